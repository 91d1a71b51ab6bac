using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Packets that only masters or data nodes send, over real connections that seem to come from elsewhere.</summary>
public sealed class SourceOnConnectionTests
{
    private const string Stranger = "10.0.0.9:40000";

    [Theory]
    [InlineData(SourcePolicy.Enforce, Stranger, false)]
    [InlineData(SourcePolicy.Warn, Stranger, true)]
    [InlineData(SourcePolicy.Off, Stranger, true)]
    [InlineData(SourcePolicy.Enforce, "10.0.0.1:40000", true)]
    public async Task A_task_is_handed_on_or_refused_for_good(SourcePolicy policy, string remote, bool isServed)
    {
        await using var door = Open(policy, remote);
        using var client = await PacketPeer.ConnectAsync(door.EndPoint);
        var task = AdminTask.For(Opcode.DataNodeHeartbeat, "10.0.0.5:17310", default, unixSeconds: 1_893_456_000, "", new DataNodeHeartbeatRequest(), MasterJson.Default.DataNodeHeartbeatRequest);
        var reply = await client.AskAsync(AdminPacket.Build(task, requestId: 1));
        Assert.Equal(isServed ? ResultCode.Ok : ResultCode.IntraGroupNetError, reply.Header.Result);
        if (!isServed) Assert.Equal("ActionCreateDataPartition_OpDataNodeHeartbeat is taken from masters of this cluster only, and 10.0.0.9 is none", reply.Text);
    }

    [Fact]
    public async Task What_clients_send_is_not_looked_at()
    {
        await using var door = Open(SourcePolicy.Enforce, Stranger);
        using var client = await PacketPeer.ConnectAsync(door.EndPoint);
        Assert.Equal(ResultCode.TryOtherAddress, (await client.AskAsync(Requests.Read(21, 1025, 0, 5, 1))).Header.Result); // the partition is not here, which is all
    }

    [Fact]
    public async Task A_read_for_repair_is_refused_before_the_partition_is_looked_for()
    {
        await using var door = Open(SourcePolicy.Enforce, $"{Stranger}/smux-3");
        using var client = await PacketPeer.ConnectAsync(door.EndPoint);
        var request = Requests.Read(21, 1025, 0, 5, 1);
        request[2] = (byte)Opcode.ExtentRepairRead;
        var reply = await client.AskAsync(request);
        Assert.Equal(ResultCode.IntraGroupNetError, reply.Header.Result);
        Assert.Contains("is taken from data nodes of this cluster only", reply.Text, StringComparison.Ordinal);
    }

    private static StartingDoor Open(SourcePolicy policy, string remote)
    {
        var known = new KnownSources { Self = () => "10.0.0.5:17310" };
        known.SetMasters(["10.0.0.1:17010"]);
        return new StartingDoor(TimeProvider.System, new NodeOptions().DataPath, new SourceCheck(known, policy, TimeProvider.System, NoLogger.Instance), remote);
    }
}
