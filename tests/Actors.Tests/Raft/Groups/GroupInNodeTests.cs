using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A replica leaves with its group; the node, its disk and the other partitions go on.</summary>
public sealed class GroupInNodeTests : NodeScenario
{
    private const string Self = "127.0.0.11:17310";

    [Fact]
    public void A_damaged_log_keeps_that_one_partition_out_and_says_file_and_offset()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        var path = WriteLog(disk, 1);
        using (var file = disk.Files.TryOpen(path)!) file.Write(200, [0xEE]);
        var before = Read(disk, path);
        StartMaster();

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Contains($"{path}: ", Board.Partition(TestDisk.Id(1))!.Reason);
        Assert.Matches(@"offset \d+", Board.Partition(TestDisk.Id(1))!.Reason);
        Assert.Single(Errors, error => error.Contains(path, StringComparison.Ordinal)); // said once
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.Equal(before, Read(disk, path)); // nothing was changed
        Assert.Equal("ok /disk0", Create(3).Answer);
        Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(PartitionState.Unavailable, StateOf(1));
    }

    [Fact]
    public void A_fault_of_the_log_ends_that_replica_and_the_node_runs_on()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var port = CreateAlone(9);
        disk.Fails = call => call.Operation == DiskOperation.Write && call.Path.Contains("/wal_9/", StringComparison.Ordinal) ? DiskFault.MediaError : null;

        var proposal = Propose(port);
        RunUntilIdle();

        Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes);
        Assert.Equal((PartitionState.Serving, PartitionState.Unavailable), (StateOf(1), StateOf(9)));
        Assert.Contains("the raft group of partition 9 ended: ", Board.Partition(TestDisk.Id(9))!.Reason);
        Assert.Contains("/wal_9/", Board.Partition(TestDisk.Id(9))!.Reason);
        Assert.Null(Gates.Find(TestDisk.Id(9)));
        Assert.False(port.IsAlive(Time.GetTimestamp()));
        Assert.Equal("ok /disk0", Create(3).Answer);
        Assert.True(GateOf(1).TryEnter());
        GateOf(1).Exit();
    }

    [Fact]
    public void A_fault_of_the_state_machine_ends_that_replica_too()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        var port = CreateAlone(9);

        Propose(port, [1, 2, 3]);
        RunUntilIdle();

        Assert.Equal(PartitionState.Unavailable, StateOf(9));
        Assert.Contains("3 bytes that are no command", Board.Partition(TestDisk.Id(9))!.Reason);
        Until(() => disk.Files.OpenFiles == 0, "store and log are closed");
    }

    [Fact]
    public void A_partition_serves_only_when_it_has_applied_what_was_committed_before_its_stop()
    {
        var disk = AddDisk();
        disk.WithPartitions(1);
        WriteLog(disk, 1, commit: 5);
        disk.Threads.Hold();
        StartWithoutMaster();
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual(PartitionState.Serving, StateOf(1));
            Assert.Null(Gates.Find(TestDisk.Id(1)));
            disk.Threads.RunNext(); // the list, the store, the log
        }

        Assert.Equal(PartitionState.Loading, StateOf(1));
        disk.Threads.Resume(); // applies
        RunUntilIdle();

        Assert.Equal((PartitionState.Serving, 5ul), (StateOf(1), GateOf(1).Machine.Applied));
        Assert.Equal(RaftRole.Follower, GateOf(1).Raft!.Status.Role);
    }

    [Fact]
    public void The_applied_id_is_made_durable_every_ten_seconds_also_after_it_could_not_be_once()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        var port = CreateAlone(9);
        Propose(port);
        Advance(TimeSpan.FromSeconds(10));
        var first = ApplyFile.Load(disk.Files, disk.DirectoryOf(9));
        Assert.Equal(GateOf(9).Machine.Applied, first);

        disk.Fails = call => call is { Operation: DiskOperation.Sync, Name: ".apply" } ? DiskFault.NoSpace : null;
        Propose(port);
        Advance(TimeSpan.FromSeconds(10));
        disk.Fails = null;
        Assert.Equal(first, ApplyFile.Load(disk.Files, disk.DirectoryOf(9)));
        Assert.Equal(PartitionState.Serving, StateOf(9));

        Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(first + 1, ApplyFile.Load(disk.Files, disk.DirectoryOf(9)));
    }

    [Fact]
    public void A_clean_stop_leaves_an_applied_id_that_needs_no_replay()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        var port = CreateAlone(9);
        Propose(port);
        RunUntilIdle();
        var applied = GateOf(9).Machine.Applied;

        Stop();
        Until(() => IsStopped, "the node has stopped");

        Assert.Equal((applied, true, 0), (ApplyFile.Load(disk.Files, disk.DirectoryOf(9)), disk.WasStoppedCleanly, disk.Files.OpenFiles));
    }

    [Fact]
    public void A_replica_with_other_members_that_are_not_there_leads_nothing_and_answers_what_needs_no_leader()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        Advance(TimeSpan.FromSeconds(60));

        Assert.False(GateOf(1).Raft!.Leads);
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Equal(ProposeFailure.NotLeader, GateOf(1).Raft!.TryPropose(new TestProposal(bytes: 1)));
    }

    [Fact]
    public void A_replica_that_is_being_rebuilt_takes_no_part_in_its_group()
    {
        var disk = AddDisk().WithPartitions(1);
        (PartitionMeta.Load(disk.Files, disk.DirectoryOf(1))! with { IsBeingRebuilt = true }).Save(disk.Files, disk.DirectoryOf(1));

        StartWithoutMaster();

        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Null(GateOf(1).Raft);
        Assert.Null(disk.Files.Stat($"{disk.DirectoryOf(1)}/wal_1"));
    }

    [Fact]
    public void A_replica_with_disk_errors_in_its_META_stays_out_and_can_be_deleted()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        (PartitionMeta.Load(disk.Files, disk.DirectoryOf(1))! with { DiskErrorCount = 1 }).Save(disk.Files, disk.DirectoryOf(1));
        StartMaster();

        Start();
        Until(() => Phase == NodePhase.Ready, "the node becomes ready");

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Contains("META counts 1 disk errors", Board.Partition(TestDisk.Id(1))!.Reason);
        Assert.Equal((true, null), (GateOf(1).Flags.IsOutOfService, GateOf(1).Raft));
        Assert.Null(disk.Files.Stat($"{disk.DirectoryOf(1)}/wal_1"));
        Assert.Equal("ok", Delete(1).Answer?.Trim());
        Assert.Null(StateOf(1));
        Assert.Equal([TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Fact]
    public void A_replica_that_ends_before_it_has_served_leaves_no_clean_stop_behind()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        WriteLog(disk, 1, commit: 5, command: [1, 2, 3]);
        StartWithoutMaster(); // the entry cannot be applied, and before it is the replica does not serve
        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));

        Stop();
        Until(() => IsStopped, "the node has stopped");

        Assert.False(disk.WasStoppedCleanly);
        Assert.Equal(0, disk.Files.OpenFiles);
    }

    [Fact]
    public void A_log_that_is_opened_for_a_replica_that_has_ended_meanwhile_is_closed()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Threads.Hold();
        StartWithoutMaster();
        disk.Threads.RunNext(); // the list
        disk.Threads.RunNext(); // the store; the log is next
        RunUntilIdle();
        Sys.ActorSelection("/user/node/disk-0/partition-1").Tell(Kill.Instance);
        RunUntilIdle();
        Assert.Equal(PartitionState.Unavailable, StateOf(1));

        disk.Threads.Resume();
        Until(() => disk.Files.OpenFiles == 0, "store and log are closed");
    }

    /// <summary>A partition that this node alone holds, and so leads.</summary>
    private RaftGroupPort CreateAlone(ulong number)
    {
        var request = CreateRequest(number) with { ReplicaNum = 1, Hosts = [Self], Members = [new Peer { Id = new NodeId(7), Address = Self }] };
        Assert.Equal("ok /disk0", Create(request).Answer);
        var port = GateOf(number).Raft!;
        Assert.True(port.Leads);
        return port;
    }

    private static TestProposal Propose(RaftGroupPort port, byte[]? command = null)
    {
        command ??= TestReplica.Overwrite(new ExtentId(1025), 0, []);
        Assert.True(new BufferPool(1 << 20).TryRent(command.Length, out var lease));
        command.CopyTo(lease.Data);
        var proposal = new TestProposal(lease, command.Length);
        Assert.Null(port.TryPropose(proposal));
        return proposal;
    }

    /// <summary>Five overwrites without data in the log of a partition, closed cleanly.</summary>
    /// <returns>The log's file.</returns>
    private string WriteLog(TestDisk disk, ulong number, ulong commit = 0, byte[]? command = null)
    {
        var directory = $"{disk.DirectoryOf(number)}/{RaftLog.DirectoryName(TestDisk.Id(number))}";
        var log = RaftLog.Open(disk.Files, directory, new RaftLogSettings(Time), 0, new RaftLogStaging());
        var data = command ?? TestReplica.Overwrite(new ExtentId(1025), 0, []);
        for (var index = 1ul; index <= 5; index++) log.Append([new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, 1, index, data.Length), data)], new RaftLogStaging());
        log.SaveHardState(new HardState(1, default, commit));
        log.Close();
        return $"{directory}/{disk.Files.List(directory)!.Single(name => name != "META")}";
    }

    private static byte[] Read(TestDisk disk, string path)
    {
        using var file = disk.Files.TryOpen(path)!;
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }
}
