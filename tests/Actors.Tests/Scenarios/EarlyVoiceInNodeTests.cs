using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A node that starts: which replicas speak in their groups before they serve, and how they leave where loading fails.</summary>
public sealed class EarlyVoiceInNodeTests : NodeScenario
{
    private LoadStage StageOf(ulong number) => Board.Partition(TestDisk.Id(number))!.Stage;

    private bool HasVoice(ulong number) => Raft.Find(TestDisk.Id(number)) is not null;

    /// <summary>Runs the disk item by item.</summary>
    private void RunDiskUntil(TestDisk disk, Func<bool> condition)
    {
        for (var item = 0; !condition(); item++)
        {
            Assert.True(item < 100 && disk.Threads.Depth > 0, "the disk has no more to do");
            disk.Threads.RunNext();
        }
    }

    [Fact]
    public void All_replicas_of_a_disk_join_their_groups_before_the_extents_of_any_are_loaded_once_the_first_pass_is_through()
    {
        Settings = Settings with { Storage = Settings.Storage with { LoadsPerDisk = 1 } };
        var disk = AddDisk().WithPartitions(1, 2, 3);
        disk.Threads.Hold();
        StartWithoutMaster();

        RunDiskUntil(disk, () => HasVoice(1) && HasVoice(2) && HasVoice(3));

        Assert.All(Board.Partitions, partition => Assert.Equal((PartitionState.Loading, LoadStage.LoadingExtents), (partition.State, partition.Stage)));
        Assert.Equal(0, Gates.Count);
        disk.Threads.Resume();
        RunUntilIdle();
        Assert.All(Board.Partitions, partition => Assert.Equal((PartitionState.Serving, LoadStage.Serving), (partition.State, partition.Stage)));
    }

    /// <summary>CubeFS #3326: a node leads the partitions that it has loaded first, long before it serves any.</summary>
    [Fact]
    public void Issue_3326_a_half_started_node_leads_no_partition_however_long_it_takes_and_does_so_once_it_serves()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        var alone = CreateRequest(1) with { ReplicaNum = 1, Hosts = ["127.0.0.11:17310"], Members = [new Peer { Id = new NodeId(7), Address = "127.0.0.11:17310" }] };
        Assert.Equal("ok /disk0", Create(alone).Answer);
        disk.Threads.Hold();
        Operations.ReloadPartition(TestDisk.Id(1));
        RunUntilIdle();
        RunDiskUntil(disk, () => StateOf(1) == PartitionState.Loading && HasVoice(1) && StageOf(1) == LoadStage.LoadingExtents);

        Advance(TimeSpan.FromMinutes(5));
        Assert.False(Raft.Find(TestDisk.Id(1))!.Leads); // nobody else could lead it, and still
        Assert.False(Board.Partition(TestDisk.Id(1))!.IsLeader);

        disk.Threads.Resume();
        Until(() => StateOf(1) == PartitionState.Serving, "the partition serves");
        Assert.True(Board.Partition(TestDisk.Id(1))!.IsLeader);
    }

    /// <summary>CubeFS #1463: raft was up before the service port, so that clients were refused by the leader they were sent to.</summary>
    [Fact]
    public void Issue_1463_no_group_is_joined_before_the_service_port_listens()
    {
        AddDisk().WithPartitions(1);
        using var other = SimulatedNetwork.Listen(System.Net.IPEndPoint.Parse("127.0.0.11:17310"));

        StartWithoutMaster();
        Advance(TimeSpan.FromMinutes(1));

        Assert.Single(Fatal);
        Assert.Empty(Raft.Groups);
        Assert.DoesNotContain(Journal.Entries, entry => entry.StartsWith("disk", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_the_extents_cannot_be_loaded_the_replica_leaves_its_group_and_nothing_stays_open()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        disk.Threads.Hold();
        StartWithoutMaster();
        RunDiskUntil(disk, () => HasVoice(1) && HasVoice(2));
        disk.Fails = call => call.Path.StartsWith(disk.DirectoryOf(1), StringComparison.Ordinal) && !call.Path.Contains("/wal_", StringComparison.Ordinal) ? DiskFault.MediaError : null;

        disk.Threads.Resume();
        RunUntilIdle();

        Assert.Equal((PartitionState.Unavailable, PartitionState.Serving), (StateOf(1), StateOf(2)));
        Assert.Equal((false, true), (HasVoice(1), HasVoice(2))); // no acknowledgement, no vote, no echo
        disk.Fails = null;
        Stop();
        Until(() => IsStopped, "the node stops");
        Assert.Equal(0, disk.Files.OpenFiles);
    }

    [Fact]
    public void A_replica_that_is_found_on_a_second_disk_meanwhile_leaves_its_group_and_waits_for_the_master()
    {
        var first = AddDisk("/disk0").WithPartitions(1);
        var second = AddDisk("/disk1").WithPartitions(1);
        first.Threads.Hold();
        second.Threads.Hold();
        StartWithoutMaster();
        RunDiskUntil(first, () => HasVoice(1));

        second.Threads.Resume();
        RunUntilIdle();
        first.Threads.Resume();
        RunUntilIdle();

        Assert.False(HasVoice(1));
        Assert.Equal(PartitionState.Unavailable, StateOf(1));
        Assert.Equal(0, Gates.Count);
    }

    [Fact]
    public void Replicas_that_are_being_filled_or_met_errors_of_their_disk_have_no_voice_while_they_load()
    {
        var disk = AddDisk().WithPartitions(1, 2, 3).WithRebuild(1).WithErrors(2, 1);
        disk.Threads.Hold();
        StartWithoutMaster();

        RunDiskUntil(disk, () => HasVoice(3) && StageOf(1) == LoadStage.LoadingExtents && StageOf(2) == LoadStage.LoadingExtents);

        Assert.Equal((false, false), (HasVoice(1), HasVoice(2)));
        disk.Threads.Resume();
        RunUntilIdle();
        Assert.Equal((false, false), (HasVoice(1), HasVoice(2)));
    }

    [Fact]
    public void An_order_to_lead_waits_for_a_replica_that_loads_and_is_answered_when_it_serves()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Threads.Hold();
        StartWithoutMaster();
        RunDiskUntil(disk, () => HasVoice(1));

        var reply = TryToLeader(1);
        Advance(TimeSpan.FromSeconds(19));
        Assert.Null(reply.Answer);

        disk.Threads.Resume();
        RunUntilIdle();
        Advance(LeadershipOrders.RetryPeriod);
        Assert.Equal("ok", reply.Answer);
        Assert.Equal(RaftRole.Candidate, Role(1));
    }

    [Fact]
    public void An_order_to_lead_is_refused_after_twenty_seconds_of_loading_and_at_once_where_there_is_no_such_partition()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Threads.Hold();
        StartWithoutMaster();
        RunDiskUntil(disk, () => HasVoice(1));
        var reply = TryToLeader(1);

        Advance(TimeSpan.FromSeconds(21));

        Assert.Equal("refused: partition 1 raft not running: it is still being loaded", reply.Answer);
        Assert.Equal("refused: partition 9 not exsit", TryToLeader(9).Answer);
        disk.Threads.Resume();
    }

    private RaftRole Role(ulong number)
    {
        var role = default(RaftRole);
        Raft.Find(TestDisk.Id(number))!.TryRun(group => role = group.Core.Role);
        RunUntilIdle();
        return role;
    }

    private RecordedReply TryToLeader(ulong number)
    {
        var reply = new RecordedReply();
        var task = new AdminTask { OpCode = (byte)Opcode.DataPartitionTryToLeader, OperatorAddr = "127.0.0.11:17310", PartitionId = TestDisk.Id(number) };
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(task, MasterJson.Default.AdminTask);
        Desk.Accept(new PacketHeader { Opcode = Opcode.DataPartitionTryToLeader, Partition = TestDisk.Id(number), Size = (uint)json.Length, RequestId = 1 }, json, reply);
        RunUntilIdle();
        return reply;
    }
}
