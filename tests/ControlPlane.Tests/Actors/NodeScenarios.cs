using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane.Tests;

public sealed class NodeScenarios : ClusterScenario
{
    [Fact]
    public void A_node_without_report_for_18_seconds_is_inactive_and_its_partition_not_writable()
    {
        StartNodes(2);
        CreateVolume();
        Assert.Equal(PartitionStatus.ReadWrite, StatusOf(1));
        Advance(TimeSpan.FromSeconds(18));
        Assert.Equal(PartitionStatus.ReadWrite, StatusOf(1));
        Report(1, Build.Report(1, isLeader: true));
        Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PartitionStatus.ReadOnly, StatusOf(1));
        Assert.False(Ask<DataNodeInfo>(new GetNode(Build.Address(2))).IsActive);
        Assert.True(Ask<DataNodeInfo>(new GetNode(Build.Address(1))).IsActive);
        Report(2, Build.Report(1));
        Assert.Equal(PartitionStatus.ReadWrite, StatusOf(1));
    }

    [Fact]
    public void Clients_see_the_status_at_once()
    {
        StartNodes(2);
        CreateVolume(partitions: 2);
        Report(1, Build.Report(1), Build.Report(2, PartitionStatus.ReadOnly));
        Report(2, Build.Report(1, isLeader: true), Build.Report(2));
        var view = Ask<DataPartitionsView>(new GetClientPartitions("vol")).DataPartitions;
        Assert.Equal([PartitionStatus.ReadWrite, PartitionStatus.ReadOnly], view.Select(partition => partition.Status));
        Assert.Equal([Build.Address(2), ""], view.Select(partition => partition.LeaderAddr));
        var replicas = Ask<DataPartitionInfo>(new GetPartition(1)).Replicas;
        Assert.Equal([(Build.Address(1), false), (Build.Address(2), true)], replicas.Select(replica => (replica.Addr, replica.IsLeader)).Order());
    }

    [Fact]
    public void A_partition_without_a_raft_leader_stops_taking_new_extents_and_goes_on_when_one_is_elected()
    {
        StartNodes(2);
        CreateVolume(partitions: 1);
        Advance(LiveView.FirstLeaderGrace);
        Report(1, Build.Report(1));
        Report(2, Build.Report(1));
        Assert.Equal(PartitionStatus.ReadWrite, StatusOf(1));
        Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PartitionStatus.ReadOnly, StatusOf(1));
        Report(2, Build.Report(1, isLeader: true));
        Assert.Equal(PartitionStatus.ReadWrite, StatusOf(1));
        Report(2, Build.Report(1));
        Assert.Equal(PartitionStatus.ReadWrite, StatusOf(1));
        Advance(LiveView.LeaderGrace + TimeSpan.FromMilliseconds(1));
        Assert.Equal(PartitionStatus.ReadOnly, StatusOf(1));
    }

    [Fact]
    public void A_restart_keeps_ids_disks_and_paths_but_no_liveness()
    {
        StartNodes(2);
        CreateVolume();
        Report(1, Build.Report(1, disk: "/other"));
        var before = Ask<DataNodeInfo>(new GetNode(Build.Address(1)));
        Restart();
        var after = Ask<DataNodeInfo>(new GetNode(Build.Address(1)));
        Assert.Equal(before.Id, after.Id);
        Assert.Equal(["/disk"], after.AllDisks);
        Assert.Equal([new PartitionId(1)], after.PersistenceDataPartitions);
        Assert.Equal([new PartitionOnDisk { PartitionId = new PartitionId(1), Disk = "/other" }], after.PersistenceDataPartitionsWithDiskPath);
        Assert.False(after.IsActive);
        Assert.Equal(PartitionStatus.Unavailable, StatusOf(1));
        Assert.Equal(before.Id.Value, Register(1));
    }

    [Fact]
    public void A_report_of_a_stranger_of_a_failure_or_of_another_shape_changes_nothing()
    {
        Register(1);
        Report(9);
        var request = new DataNodeHeartbeatRequest();
        var task = AdminTask.For(Opcode.DataNodeHeartbeat, Build.Address(1), default, 1, "r", request, MasterJson.Default.DataNodeHeartbeatRequest);
        Cluster.Tell(new TaskAnswered(task), TestActor);
        Cluster.Tell(new TaskAnswered(task.Answered(Build.Heartbeat() with { Status = 2 }, MasterJson.Default.DataNodeHeartbeatResponse)), TestActor);
        Cluster.Tell(new TaskAnswered(task.Answered(Build.Heartbeat(Build.Report(1), null!), MasterJson.Default.DataNodeHeartbeatResponse)), TestActor);
        Assert.False(Ask<DataNodeInfo>(new GetNode(Build.Address(1))).IsActive);
        Report(1);
        Assert.True(Ask<DataNodeInfo>(new GetNode(Build.Address(1))).IsActive);
    }

    [Fact]
    public void A_node_that_registers_again_gets_its_heartbeat_at_once()
    {
        Register(1);
        RunUntilIdle();
        Nodes.ExpectNoMsg();
        Register(1);
        Nodes.ExpectMsg<NodeRegistered>();
    }

    [Fact]
    public void An_answered_heartbeat_is_told_to_the_link()
    {
        Register(1);
        Report(1);
        Nodes.ExpectMsg(new HeartbeatAnswered($"addr[{Build.Address(1)}]_op[99]"));
    }
}
