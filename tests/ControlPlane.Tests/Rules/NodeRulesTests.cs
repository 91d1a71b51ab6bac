using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane.Tests;

public sealed class NodeRulesTests
{
    private readonly ClusterState _state = new();

    private static RegisterNode Request(int node = 1, string zone = "default", uint medium = 1, string heartbeat = "17330", string replica = "17340") =>
        new(Build.Address(node), heartbeat, replica, zone, medium);

    private Refusal? Register(RegisterNode request)
    {
        var (events, refused) = NodeRules.Register(_state, request);
        foreach (var happened in events) _state.Apply(happened);
        return refused;
    }

    [Fact]
    public void An_address_keeps_its_id_and_another_address_gets_another()
    {
        Assert.Null(Register(Request(1)));
        Assert.Null(Register(Request(2)));
        var first = _state.FindNode(Build.Address(1))!.Id;
        Assert.Null(Register(Request(1)));
        Assert.Equal(first, _state.FindNode(Build.Address(1))!.Id);
        Assert.NotEqual(first, _state.FindNode(Build.Address(2))!.Id);
        Assert.Equal(2, _state.Nodes.Count);
    }

    [Fact]
    public void Another_zone_is_refused_in_the_words_that_end_a_Go_node()
    {
        Register(Request());
        var refused = Register(Request(zone: "other"));
        Assert.Equal(new Refusal(MasterReply.InternalError, "add datanode failed, err zoneName not match, old: default, new: other, hint DataNode mediaType not match"), refused);
    }

    [Fact]
    public void Another_medium_is_refused_for_the_node_and_for_its_zone()
    {
        Register(Request());
        Assert.Equal("add datanode failed, err mediaType not match, old: 1, new: 2, hint DataNode mediaType not match", Register(Request(medium: 2))!.Message);
        Assert.Contains("zone default has: 1, new: 2", Register(Request(2, medium: 2))!.Message, StringComparison.Ordinal);
        Assert.Null(Register(Request(2, zone: "slow", medium: 2)));
    }

    [Fact]
    public void An_empty_zone_is_the_default_zone()
    {
        Register(Request(zone: ""));
        Assert.Equal("default", _state.FindNode(Build.Address(1))!.Zone);
    }

    [Fact]
    public void Raft_ports_are_filled_in_once_and_never_replaced()
    {
        Register(Request(heartbeat: "", replica: ""));
        Register(Request(heartbeat: "1", replica: "2"));
        Register(Request(heartbeat: "3", replica: "4"));
        var node = _state.FindNode(Build.Address(1))!;
        Assert.Equal(("1", "2"), (node.HeartbeatPort, node.ReplicaPort));
    }

    [Theory]
    [InlineData("127.0.0.1:1023")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1")]
    [InlineData("127.1:17310")]
    [InlineData("010.0.0.1:17310")]
    [InlineData("[::1]:17310")]
    [InlineData("host:17310")]
    [InlineData(":17310")]
    [InlineData("127.0.0.1:+17310")]
    [InlineData("127.0.0.1: 17310")]
    [InlineData("")]
    public void An_address_that_is_none_is_a_parameter_error(string address)
    {
        var refused = Register(Request() with { Address = address });
        Assert.Equal(MasterReply.ParameterError, refused!.Code);
        Assert.StartsWith("addr not legal", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_state.Nodes);
    }

    [Theory]
    [InlineData("127.0.0.1:1024")]
    [InlineData("127.0.0.1:65535")]
    public void The_ports_at_the_bounds_are_legal(string address) => Assert.Null(Register(Request() with { Address = address }));
}
