using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>A heartbeat on its whole way: acknowledged, obeyed, and answered by a report.</summary>
public sealed class HeartbeatTests : NodeScenario
{
    [Fact]
    public void A_heartbeat_is_acknowledged_at_once_and_its_report_is_posted_under_the_same_task()
    {
        AddDisk().WithPartitions(1, 2).WithDamagedMeta(2);
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        var reply = Heartbeat(new DataNodeHeartbeatRequest());
        Assert.Equal("ok", reply.Answer);
        Until(() => master.Answers.Count == 1, "the report is posted");

        var task = master.Answers[0];
        Assert.Equal(("addr[127.0.0.11:17310]_op[99]", (byte)Opcode.DataNodeHeartbeat, "request-1"), (task.Id, task.OpCode, task.RequestId));
        Assert.True(GoJson.TryRead(task.Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report));
        Assert.Equal((1, "zone-a", TestKit.VirtualTime.Epoch.ToUnixTimeSeconds()), (report.Status, report.ZoneName, report.StartTime));
        Assert.Equal(["/disk0"], report.AllDisks);
        Assert.Equal([(1UL, 2L), (2UL, -1L)], report.PartitionReports.Select(partition => (partition.PartitionId.Value, partition.PartitionStatus)));
        Assert.Equal("ok", reply.Answer); // still the only one
    }

    [Fact]
    public void Every_heartbeat_replaces_all_rules_of_the_one_before()
    {
        AddDisk();
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Heartbeat(new DataNodeHeartbeatRequest
        {
            ForbiddenVols = ["a", "b"],
            VolsForbidWriteOpOfProtoVer0 = ["c"],
            NotifyForbidWriteOpOfProtoVer0 = true,
            IgnoreTinyRecoverVols = ["d"],
        });
        Assert.Equal(["a", "b"], Gate.Volumes.Forbidden.Order());
        Assert.Equal(["c"], Gate.Volumes.WithoutVersion0);
        Assert.True(Gate.Volumes.ClusterWithoutVersion0);
        Assert.Equal(["d"], Gate.Volumes.IgnoreTinyRecovering);

        Heartbeat(new DataNodeHeartbeatRequest { ForbiddenVols = ["b"] });
        Assert.Equal(["b"], Gate.Volumes.Forbidden);
        Assert.Empty(Gate.Volumes.WithoutVersion0);
        Assert.False(Gate.Volumes.ClusterWithoutVersion0);
        Assert.Empty(Gate.Volumes.IgnoreTinyRecovering);
        Until(() => master.Answers.Count == 2, "both reports are posted");
    }

    [Fact]
    public void While_partitions_are_loaded_a_heartbeat_is_acknowledged_and_its_report_waits_until_99_of_100_are_settled()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        disk.Threads.Hold();
        var master = StartMaster();
        Start();
        disk.Threads.RunNext(); // listed
        Assert.Equal("ok", Heartbeat(new DataNodeHeartbeatRequest()).Answer);

        while (disk.Threads.Depth > 1) disk.Threads.RunNext();
        Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(master.Answers); // one of two

        disk.Threads.RunNext();
        Advance(TimeSpan.FromSeconds(1));
        Until(() => master.Answers.Count == 1, "the report is posted");
        Assert.Equal([1UL, 2], PartitionsIn(master.Answers[0]));
    }

    [Fact]
    public void A_report_does_not_wait_longer_than_its_patience_and_leaves_out_what_is_still_being_loaded()
    {
        Settings = Settings with { MasterLink = Settings.MasterLink with { ReportPatience = TimeSpan.FromSeconds(7) } };
        AddDisk().WithPartitions(1);
        var slow = AddDisk("/disk1").WithPartitions(2, 3);
        slow.Threads.Hold();
        var master = StartMaster();
        Start();
        slow.Threads.RunNext();
        Heartbeat(new DataNodeHeartbeatRequest());

        Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromTicks(1));
        Assert.Empty(master.Answers);
        Advance(TimeSpan.FromTicks(1));
        Until(() => master.Answers.Count == 1, "the report is posted");

        Assert.Equal([1UL], PartitionsIn(master.Answers[0]));
        Assert.True(GoJson.TryRead(master.Answers[0].Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report));
        Assert.Equal(["/disk0", "/disk1"], report.AllDisks);
    }

    private static IEnumerable<ulong> PartitionsIn(AdminTask answer)
    {
        Assert.True(GoJson.TryRead(answer.Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report));
        return report.PartitionReports.Select(partition => partition.PartitionId.Value).Order();
    }

    private RecordedReply Heartbeat(DataNodeHeartbeatRequest request) => Send(Opcode.DataNodeHeartbeat, request, MasterJson.Default.DataNodeHeartbeatRequest);
}
