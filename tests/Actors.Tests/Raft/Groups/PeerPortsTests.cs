using System.Net;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Where members are looked for: on our own raft ports, or on those of their records where the master says that they may differ.</summary>
public sealed class PeerPortsTests : NodeScenario
{
    private static readonly NodeId Other = new(9);

    [Theory]
    [InlineData(false, 17330, 17340)]
    [InlineData(true, 27330, 27340)]
    public void A_peer_s_own_raft_ports_count_where_the_cluster_allows_them(bool mayDiffer, int heartbeat, int replica)
    {
        AddDisk();
        var master = StartMaster();
        master.Cluster = master.Cluster with { RaftPartitionCanUsingDifferentPort = mayDiffer };
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal("ok /disk0", Create(RequestWithOther("27330", "27340")).Answer);

        Assert.Equal((new(Ip, heartbeat), new(Ip, replica)), AddressOfOther());
    }

    [Fact]
    public void The_rule_may_change_while_groups_run_and_a_record_without_ports_means_our_own()
    {
        AddDisk();
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        Assert.Equal("ok /disk0", Create(RequestWithOther("27330", "")).Answer);
        Assert.Equal((new(Ip, 17330), new(Ip, 17340)), AddressOfOther());

        master.Cluster = master.Cluster with { RaftPartitionCanUsingDifferentPort = true };
        Advance(Settings.MasterLink.ClusterInfoPeriod);
        Until(() => Gate.UsesPeerRaftPorts, "the new rule is learned");
        RunUntilIdle();

        Assert.Equal((new(Ip, 27330), new(Ip, 17340)), AddressOfOther());
    }

    private static IPAddress Ip => IPAddress.Parse("127.0.0.12");

    private (IPEndPoint Heartbeat, IPEndPoint Replicate) AddressOfOther() => RaftAddresses.Find(Other) is { } found ? (found.Heartbeat, found.Replicate) : default;

    private static CreateDataPartitionRequest RequestWithOther(string heartbeat, string replica) => CreateRequest(1) with
    {
        ReplicaNum = 2,
        Hosts = ["127.0.0.11:17310", $"{Ip}:17310"],
        Members =
        [
            new Peer { Id = new NodeId(7), Address = "127.0.0.11:17310" },
            new Peer { Id = Other, Address = $"{Ip}:17310", HeartbeatPort = heartbeat, ReplicaPort = replica },
        ],
    };
}
