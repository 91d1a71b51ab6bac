using System.Text.Json;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane.Tests;

public sealed class VolumeScenarios : ClusterScenario
{
    [Fact]
    public void A_volume_is_ready_when_every_host_of_every_partition_has_answered()
    {
        StartNodes(3);
        Cluster.Tell(new Create(Build.Volume(partitions: 3)), TestActor);
        var tasks = TasksTold();
        Assert.Equal(6, tasks.Count);
        foreach (var task in tasks.Take(5)) Answer(task);
        ExpectNoMsg();
        Answer(tasks[5]);
        Assert.Equal("create vol[vol] successfully, has allocate [3] data partitions", ExpectMsg<string>());
        Assert.All(Ask<DataPartitionsView>(new GetClientPartitions("vol")).DataPartitions, view => Assert.Equal(PartitionStatus.ReadWrite, view.Status));
    }

    [Fact]
    public void A_create_task_says_what_the_node_must_know()
    {
        StartNodes(2);
        Cluster.Tell(new Create(Build.Volume(partitions: 1)), TestActor);
        var (task, _) = NextTask(Opcode.CreateDataPartition);
        Assert.True(task.TryReadRequest(MasterJson.Default.CreateDataPartitionRequest, out var request));
        Assert.Equal((new PartitionId(1), Build.PartitionBytes, 2L, "vol", 0L), (request.PartitionId, request.PartitionSize, request.ReplicaNum, request.VolumeId, request.CreateType));
        Assert.Equal(request.Hosts, request.Members.Select(member => member.Address));
        Assert.All(request.Members, member => Assert.Equal(("17330", "17340"), (member.HeartbeatPort, member.ReplicaPort)));
        Assert.All(request.Members, member => Assert.Equal(Ask<DataNodeInfo>(new GetNode(member.Address)).Id, member.Id));
        Assert.Equal($"addr[{task.OperatorAddr}]_op[96]_DataPartitionID[1]", task.Id);
    }

    [Fact]
    public void A_partition_that_one_node_refuses_is_rolled_back_and_made_elsewhere()
    {
        StartNodes(3);
        Cluster.Tell(new Create(Build.Volume(partitions: 1)), TestActor);
        var first = TasksTold();
        Answer(first[0], "result code[243],msg[No disk space to create a data partition]");
        Answer(first[1]);
        var then = TasksTold();
        var removals = then.Where(task => task.OpCode == (byte)Opcode.DeleteDataPartition).ToList();
        var creates = then.Where(task => task.OpCode == (byte)Opcode.CreateDataPartition).ToList();
        Assert.Equal(first.Select(task => task.OperatorAddr).Order(), removals.Select(task => task.OperatorAddr).Order());
        Assert.All(removals, task => Assert.True(task.TryReadRequest(MasterJson.Default.DeleteDataPartitionRequest, out var request) && !request.Force));
        Assert.All(creates, task => Assert.Equal(new PartitionId(2), task.PartitionId));
        Assert.DoesNotContain(first[0].OperatorAddr, creates.Select(task => task.OperatorAddr));
        foreach (var task in then) Answer(task);
        ExpectMsg<string>();
        Assert.Equal(MasterReply.PartitionMissing, Ask<Refusal>(new GetPartition(1)).Code);
        Assert.Equal(2, Ask<DataPartitionInfo>(new GetPartition(2)).Hosts.Count);
    }

    [Fact]
    public void A_volume_that_no_other_node_can_take_fails_with_the_reason_and_leaves_nothing()
    {
        StartNodes(2);
        Cluster.Tell(new Create(Build.Volume(partitions: 1)), TestActor);
        var tasks = TasksTold();
        Answer(tasks[0], "it is broken");
        Answer(tasks[1]);
        var refused = ExpectMsg<Refusal>();
        Assert.Contains("it is broken", refused.Message, StringComparison.Ordinal);
        Assert.Contains(tasks[0].OperatorAddr, refused.Message, StringComparison.Ordinal);
        Assert.Equal(MasterReply.VolumeMissing, Ask<Refusal>(new GetVolume("vol")).Code);
        foreach (var removal in TasksTold()) Answer(removal);
        Assert.Empty(Ask<DataNodeInfo>(new GetNode(Build.Address(1))).PersistenceDataPartitions);
        CreateVolume(); // the name is free again
    }

    [Fact]
    public void Too_few_active_nodes_are_told_at_once()
    {
        StartNodes(1);
        Register(2); // never reports
        var refused = Ask<Refusal>(new Create(Build.Volume()));
        Assert.Contains("2 are needed for 2 replicas, 1 of 2 registered nodes are active", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_waits_too_long_hears_how_far_it_is_and_may_go_on_waiting()
    {
        StartNodes(2);
        Cluster.Tell(new Create(Build.Volume(partitions: 2)), TestActor);
        var tasks = TasksTold();
        foreach (var task in tasks.Where(task => task.PartitionId == new PartitionId(1))) Answer(task);
        Advance(Options.CreateWait);
        Assert.Contains("1 of 2 data partitions exist", ExpectMsg<Refusal>().Message, StringComparison.Ordinal);
        Cluster.Tell(new Create(Build.Volume(partitions: 2)), TestActor);
        foreach (var task in tasks.Where(task => task.PartitionId == new PartitionId(2))) Answer(task);
        ExpectMsg<string>();
        Assert.Contains("exists already", Ask<Refusal>(new Create(Build.Volume(partitions: 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_that_was_being_created_is_finished_after_a_restart()
    {
        StartNodes(2);
        Cluster.Tell(new Create(Build.Volume(partitions: 2)), TestActor);
        var before = TasksTold();
        foreach (var task in before.Where(task => task.PartitionId == new PartitionId(1))) Answer(task);
        RunUntilIdle();
        Restart();
        var after = TasksTold();
        Assert.Equal([new PartitionId(2)], after.Select(task => task.PartitionId).Distinct());
        Assert.Equal(
            before.Where(task => task.PartitionId == new PartitionId(2)).Select(task => task.Request!.Value.GetRawText()).Order(),
            after.Select(task => task.Request!.Value.GetRawText()).Order());
        Cluster.Tell(new Create(Build.Volume(partitions: 2)), TestActor);
        foreach (var task in after) Answer(task);
        ExpectMsg<string>();
    }

    [Fact]
    public void A_restart_forgets_nothing()
    {
        StartNodes(3);
        CreateVolume(partitions: 3);
        var put = Ask<Protocol.Objects.IntentOpened>(new OpenPut(new Protocol.Objects.OpenIntent("vol", "o"))).IntentId;
        Ask<Protocol.Objects.ObjectEntry>(new CommitPut(put, new Protocol.Objects.CommitIntent(Build.Sha256, [Build.Normal(1, 1025, 0, 5)])));
        var partitions = Describe();
        Restart();
        Assert.Equal(partitions, Describe());
        Assert.Equal(5, Ask<Protocol.Objects.StoredObject>(new GetObject("vol", "o")).Size);

        string Describe() => string.Join('\n', Ask<DataPartitionsView>(new GetClientPartitions("vol")).DataPartitions
            .Select(view => $"{view.PartitionId} {string.Join(' ', view.Hosts)}"));
    }

    [Fact]
    public void A_deleted_volume_is_gone_at_once_and_its_replicas_are_removed_until_each_node_has_done_it()
    {
        StartNodes(2);
        CreateVolume();
        Ask<string>(new DeleteVolume("vol"));
        Assert.Equal(MasterReply.VolumeMissing, Ask<Refusal>(new GetClientPartitions("vol")).Code);
        var tasks = TasksTold();
        Assert.Equal(2, tasks.Count);
        Answer(tasks[0]);
        Answer(tasks[1], "it does not answer");
        Restart(); // what is still to be removed is remembered
        var again = Assert.Single(TasksTold());
        Assert.Equal((tasks[1].OperatorAddr, (byte)Opcode.DeleteDataPartition), (again.OperatorAddr, again.OpCode));
        Answer(again, "it does not answer");
        Advance(Options.SweepPeriod);
        Assert.Empty(TasksTold()); // inactive: it is not asked again and again
        Report(again.OperatorAddr == Build.Address(1) ? 1 : 2, Build.Report(1));
        Answer(Assert.Single(TasksTold()));
        Assert.Empty(Ask<DataNodeInfo>(new GetNode(again.OperatorAddr)).PersistenceDataPartitions);
    }

    [Fact]
    public void No_more_partitions_of_a_volume_are_created_at_a_time_than_allowed()
    {
        StartNodes(2);
        Cluster.Tell(new Create(Build.Volume(partitions: 40)), TestActor);
        var done = 0;
        for (var tasks = TasksTold(); tasks.Count > 0; tasks = TasksTold())
        {
            Assert.InRange(tasks.Count, 1, 2 * 16);
            foreach (var task in tasks) Answer(task);
            done += tasks.Count;
        }

        Assert.Equal(80, done);
        ExpectMsg<string>();
    }
}
