using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>What a node goes through with its masters between its first start and its end.</summary>
public sealed class NodeLifeTests : NodeScenario
{
    private const string OtherMaster = "127.0.0.2:17010";

    [Fact]
    public void From_the_registration_to_the_last_deletion()
    {
        var disk = AddDisk();
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        Assert.Equal(("127.0.0.11:17310", 7UL), KnownAs);

        Assert.Equal("ok /disk0", Create(1).Answer);
        Assert.Equal("ok /disk0", Create(1).Answer); // sent again
        var created = Report(master);
        Assert.Equal([(1UL, 2L, "/disk0")], created.PartitionReports.Select(report => (report.PartitionId.Value, report.PartitionStatus, report.DiskPath)));

        Assert.Equal("ok", Load(1).Answer);
        var list = Loaded(master);
        Assert.Equal((1, "", 2L), (list.Status, list.Result, list.PartitionStatus));
        Assert.Equal(64, list.PartitionSnapshot.Count(extent => ulong.Parse(extent.Name) <= 64 && extent.Crc == 0));

        var available = created.Available;
        Assert.True(available > 0);
        Assert.Equal(0UL, Report(master, new DataNodeHeartbeatRequest { DecommissionDisks = ["/disk0"] }, again: true).Available);
        Assert.Equal(available, Report(master, again: true).Available);

        Report(master, new DataNodeHeartbeatRequest { ForbiddenVols = ["vol"] });
        Assert.Equal(["vol"], Gate.Volumes.Forbidden);
        Report(master);
        Assert.Empty(Gate.Volumes.Forbidden);

        Assert.Equal("ok", Delete(1).Answer);
        Assert.Equal("ok", Delete(1).Answer); // what is gone is deleted
        Assert.Empty(Report(master).PartitionReports);
        Assert.Empty(disk.PartitionNames);
    }

    [Fact]
    public void When_the_master_goes_another_one_gets_the_reports()
    {
        Settings = Settings with { Masters = [ScriptedMaster.Address, OtherMaster] };
        AddDisk();
        var first = StartMaster();
        using var second = new ScriptedMaster(SimulatedNetwork, OtherMaster);
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        Report(first);

        first.Play("/dataNode/response", 400, "no leader");
        Heartbeat(new DataNodeHeartbeatRequest());
        Until(() => second.Answers.Count == 1, "the second master gets the report");
        Heartbeat(new DataNodeHeartbeatRequest());
        Until(() => second.Answers.Count == 2, "it is asked first from now on");
        Assert.Equal(2, first.CallsOf("/dataNode/response").Count);
    }

    [Fact]
    public void Who_the_node_is_outlives_it()
    {
        AddDisk();
        var state = AddRaftDirectory();
        StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready && NodeRecord.Load(state.Files, "/raft/cubeactors") is not null, "the node is registered and has noted it");

        Assert.Equal(new NodeRecord(1, 7, "test", "127.0.0.11:17310", "17330", "17340"), NodeRecord.Load(state.Files, "/raft/cubeactors"));
        Assert.NotNull(RaftDirectory.LoadPorts(state.Files, "/raft")); // before it: a Go node must find its own files
    }

    [Fact]
    public void Without_a_master_a_node_that_knows_who_it_was_joins_its_groups()
    {
        Settings = Settings with { Identity = Settings.Identity with { LocalAddress = null, BindToLocalAddress = false } };
        AddDisk().WithPartitions(1);
        Remembers(7, "127.0.0.11:17310");
        StartWithoutMaster();

        Assert.Equal(("127.0.0.11:17310", 7UL), KnownAs);
        Assert.NotNull(GateOf(1).Raft);
        Assert.True(Gate.IsStarted);
        Assert.Equal("not registered with any master yet", Reasons);
    }

    [Fact]
    public void Without_a_master_and_without_memory_a_node_that_has_no_configured_address_serves_what_needs_no_group()
    {
        Settings = Settings with { Identity = Settings.Identity with { LocalAddress = null, BindToLocalAddress = false } };
        AddDisk().WithPartitions(1);
        AddRaftDirectory();
        StartWithoutMaster();

        Assert.Equal(("", 0UL), KnownAs);
        Assert.Null(GateOf(1).Raft);
        Assert.Equal(PartitionState.Serving, StateOf(1));
    }

    [Theory]
    [InlineData("127.0.0.12:17310", "17330")] // of another node
    [InlineData("127.0.0.11:17310", "17331")]
    public void A_record_that_is_not_this_nodes_is_not_used(string address, string heartbeatPort)
    {
        AddDisk().WithPartitions(1);
        Remembers(9, address, heartbeatPort);
        StartWithoutMaster();

        Assert.Equal(("127.0.0.11:17310", 0UL), KnownAs); // as configured
        Assert.NotNull(GateOf(1).Raft);
        Assert.Contains(Warnings, warning => warning.StartsWith("The record of an earlier run", StringComparison.Ordinal));
    }

    [Fact]
    public void A_record_of_a_later_version_ends_the_start_with_what_to_do()
    {
        AddDisk();
        var state = AddRaftDirectory();
        state.Files.MakeDirectories("/raft/cubeactors");
        using (var file = state.Files.OpenOrCreate("/raft/cubeactors/node.json", truncate: true)) file.Write(0, """{"format":2}"""u8);
        StartWithoutMaster();

        Assert.Contains("a later version of this program wrote it", Assert.Single(Fatal));
    }

    [Fact]
    public void A_raft_directory_that_does_not_answer_holds_up_neither_disks_nor_clients()
    {
        AddDisk().WithPartitions(1);
        var state = AddRaftDirectory();
        state.Threads.Hold();
        StartMaster();
        Start();
        Until(() => StateOf(1) == PartitionState.Serving, "the partition serves");

        Assert.True(Gate.IsStarted);
    }

    [Fact]
    public void A_node_that_the_masters_know_under_another_id_leaves_the_groups_of_the_old_one()
    {
        AddDisk().WithPartitions(1);
        Remembers(7, "127.0.0.11:17310");
        StartMaster().NodeId = 8;
        Start();
        Until(() => Phase == NodePhase.Ready && Gates.Find(new PartitionId(1)) is { Raft: null }, "the replica is loaded anew, outside its group");

        Assert.Equal(8UL, KnownAs.Id);
        Assert.Contains(Warnings, warning => warning.StartsWith("The masters know this node as 8 and no longer as 7", StringComparison.Ordinal));
        Until(() => StateOf(1) == PartitionState.Serving, "it serves again");
    }

    [Fact]
    public void The_same_id_again_leaves_the_groups_alone()
    {
        AddDisk().WithPartitions(1);
        Remembers(7, "127.0.0.11:17310");
        StartMaster();
        Start();
        var store = GateOf(1).Store;
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        RunUntilIdle();

        Assert.Same(store, GateOf(1).Store);
        Assert.NotNull(GateOf(1).Raft);
    }

    [Fact]
    public void A_raft_directory_of_another_cluster_ends_the_start()
    {
        AddDisk();
        var state = AddRaftDirectory();
        state.Files.MakeDirectories("/raft");
        using (var file = state.Files.OpenOrCreate("/raft/CLUSTER-VERSION", truncate: true)) file.Write(0, """{"ClusterUUID":"other"}"""u8);
        var master = StartMaster();
        master.Cluster = master.Cluster with { ClusterUuidEnable = true, ClusterUuid = "mine" };
        Start();
        Until(() => Fatal.Count == 1, "the node declines");

        Assert.Contains("CLUSTER-VERSION", Fatal[0]);
        Assert.Empty(master.Registrations); // before anything is promised
    }

    [Fact]
    public void A_node_of_another_cluster_is_not_registered()
    {
        AddDisk();
        Remembers(5, "127.0.0.11:17310");
        var master = StartMaster();
        master.Cluster = master.Cluster with { Cluster = "another" };
        Start();
        Until(() => Fatal.Count == 1, "the node declines");

        Assert.Equal("the masters are those of cluster another, and this node was registered in cluster test; correct masterAddr, "
            + "or delete /raft/cubeactors/node.json if that cluster has got a new name or the disks are to serve the other one", Fatal[0]);
        Assert.Empty(master.Registrations);
    }

    [Fact]
    public void A_cluster_with_the_same_uuid_may_have_another_name()
    {
        AddDisk();
        Remembers(5, "127.0.0.11:17310");
        using (var file = StateDisk!.Files.OpenOrCreate("/raft/CLUSTER-VERSION", truncate: true)) file.Write(0, """{"ClusterUUID":"mine"}"""u8);
        var master = StartMaster();
        master.Cluster = master.Cluster with { Cluster = "another", ClusterUuidEnable = true, ClusterUuid = "mine" };
        Start();
        Until(() => Phase == NodePhase.Ready && NodeRecord.Load(StateDisk.Files, "/raft/cubeactors") is { Cluster: "another" }, "the node is registered and has noted the new name");
        Assert.Contains(Warnings, warning => warning.Contains("test, is called another now", StringComparison.Ordinal));
    }

    [Fact]
    public void A_raft_directory_that_hangs_is_told_and_waited_for()
    {
        AddDisk();
        var state = AddRaftDirectory();
        var master = StartMaster();
        state.Threads.Hold();
        Start();
        Until(() => Time.IsDueIn(Settings.Storage.DiskDeadline) && state.Threads.Depth >= 2, "the node has asked raftDir what it holds and whether it belongs to this cluster");
        Advance(Settings.Storage.DiskDeadline);
        Assert.Equal("the registration waits for raftDir /raft, which does not answer", Reasons);
        Assert.Contains(Warnings, warning => warning.StartsWith("raftDir /raft has not answered for 30 s", StringComparison.Ordinal));
        Assert.Empty(master.Registrations);

        state.Threads.Resume();
        Until(() => Phase == NodePhase.Ready, "the node is registered");
        Assert.Single(master.Registrations);
    }

    [Fact]
    public void A_comparison_of_an_unknown_partition_fails_in_words()
    {
        AddDisk();
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal("ok", Load(99).Answer);
        var list = Loaded(master);

        Assert.Equal((2, 99UL), (list.Status, list.PartitionId.Value));
        Assert.Contains("data partition not exists", list.Result);
    }

    [Fact]
    public void A_comparison_that_is_sent_again_while_the_disk_is_busy_is_answered_once_under_the_last_task()
    {
        var disk = AddDisk().WithPartitions(1);
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        disk.Threads.Hold();
        Load(1);
        Load(1);
        Load(1);
        disk.Threads.Resume();

        Loaded(master);
        RunUntilIdle();
        Assert.Single(master.Answers);
    }

    [Fact]
    public void The_hosts_of_a_partition_are_asked_for_with_its_volume_and_compared_with_the_port()
    {
        AddDisk();
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        master.Partitions = [new DataPartitionInfo { PartitionId = new PartitionId(1), VolName = "vol", Hosts = ["127.0.0.11:17311", "127.0.0.11:17310"] }];

        var hosts = Assert.IsType<HostsAnswer.Answered>(Hosts(1, "vol"));
        Assert.False(hosts.IsFirst("127.0.0.11:17310"));
        Assert.True(hosts.IsFirst("127.0.0.11:17311"));
        Assert.False(hosts.IsFirst(""));
        Assert.Equal("vol", master.CallsOf("/dataPartition/get")[0].Query["name"]);
        Assert.IsType<HostsAnswer.Unknown>(Hosts(2, "vol"));
        Assert.IsType<HostsAnswer.NoAnswer>(Hosts(1, "other")); // the master answered for another volume
        master.Play("/dataPartition/get", 400, "no leader");
        Assert.IsType<HostsAnswer.NoAnswer>(Hosts(1, "vol"));
        master.Partitions = [new DataPartitionInfo { PartitionId = new PartitionId(1), VolName = "vol" }];
        Assert.IsType<HostsAnswer.NoAnswer>(Hosts(1, "vol")); // no hosts at all
    }

    [Fact]
    public void What_a_master_says_of_another_node_is_not_taken_for_ones_own()
    {
        AddDisk();
        var master = StartMaster();
        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");
        master.Node = new DataNodeInfo { Addr = "127.0.0.12:17310" };

        var question = Questions.RosterAsync(CancellationToken.None);
        Until(() => question.IsCompleted, "the master answers");

        Assert.Contains("answered for data node 127.0.0.12:17310", question.Exception!.InnerException!.Message);
    }

    private HostsAnswer Hosts(ulong partition, string volume)
    {
        var question = Questions.HostsAsync(new PartitionId(partition), volume, CancellationToken.None);
        Until(() => question.IsCompleted, "the master answers");
        return Await(question);
    }

    private void Remembers(ulong id, string address, string heartbeatPort = "17330")
    {
        var state = AddRaftDirectory();
        state.Files.MakeDirectories("/raft");
        new NodeRecord(1, id, "test", address, heartbeatPort, "17340").Save(state.Files, "/raft/cubeactors");
    }

    private RecordedReply Heartbeat(DataNodeHeartbeatRequest request) => Send(Opcode.DataNodeHeartbeat, request, MasterJson.Default.DataNodeHeartbeatRequest);

    private RecordedReply Load(ulong number) =>
        Send(Opcode.LoadDataPartition, new LoadDataPartitionRequest { PartitionId = new PartitionId(number) }, MasterJson.Default.LoadDataPartitionRequest);

    /// <param name="again">Twice: what a heartbeat orders may show in the report after it.</param>
    private DataNodeHeartbeatResponse Report(ScriptedMaster master, DataNodeHeartbeatRequest? request = null, bool again = false)
    {
        for (var times = again ? 2 : 1; times > 0; times--)
        {
            var before = master.Answers.Count;
            Assert.Equal("ok", Heartbeat(request ?? new DataNodeHeartbeatRequest()).Answer);
            Until(() => master.Answers.Count == before + 1, "the report is posted");
        }

        Assert.True(GoJson.TryRead(master.Answers[^1].Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report));
        return report;
    }

    private LoadDataPartitionResponse Loaded(ScriptedMaster master)
    {
        Until(() => master.Answers.Any(task => task.OpCode == (byte)Opcode.LoadDataPartition), "the list is posted");
        Assert.True(GoJson.TryRead(master.Answers.Last(task => task.OpCode == (byte)Opcode.LoadDataPartition).Response, MasterJson.Default.LoadDataPartitionResponse, out var list));
        return list;
    }
}
