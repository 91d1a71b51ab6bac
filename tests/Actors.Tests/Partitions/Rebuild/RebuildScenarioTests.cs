using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>A replica that a master adds to a partition (CreateType 1), from the order to the first heartbeat as a member.</summary>
public sealed class RebuildScenarioTests : NodeScenario
{
    private const string Source = "127.0.0.12:17310", Self = "127.0.0.11:17310";
    private const ulong Number = 1, Extent = 1025;
    private static readonly byte[] Content = Requests.Noise(10_000, 6);
    private static readonly Peer Eight = new() { Id = new NodeId(8), Address = Source }, Me = new() { Id = new NodeId(7), Address = Self };

    /// <summary>A time that nothing else in the node waits for, so that the end of a look can be seen by the next one's being due.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5017);

    private readonly TestDisk _disk;
    private CopySource? _source;

    public RebuildScenarioTests()
    {
        Repairs = true;
        Settings = Settings with { Repair = Settings.Repair with { FirstVerification = TimeSpan.FromDays(1), CopyPeriod = Period } };
        _disk = AddDisk();
    }

    private CopySource TheSource => _source ??= new CopySource(SimulatedNetwork, Source) { Extents = { [Extent] = Content.Length } };

    private static CreateDataPartitionRequest Addition => CreateRequest(Number) with { CreateType = 1, LeaderSize = 5000, Hosts = [Source, Self], Members = [Eight, Me] };

    private PartitionMeta Meta => _disk.MetaOf(Number);

    private PartitionFigures Figures => Board.Partition(TestDisk.Id(Number))!;

    /// <summary>What the next heartbeat says.</summary>
    private int Status => HeartbeatReport.StatusOf(Figures, Board.Disk("/disk0")!);

    [Fact]
    public void The_order_makes_a_replica_without_a_group_that_refuses_writes_and_is_reported_as_being_filled()
    {
        StartWithoutMaster();

        Assert.Equal("ok /disk0", Create(Addition).Answer);

        Assert.Equal((true, true, 0UL), (Meta.IsBeingRebuilt, Meta.IsRepairing, Meta.CopyBasis));
        Assert.Null(GateOf(Number).Raft);
        Assert.Null(_disk.Files.Stat($"{_disk.DirectoryOf(Number)}/wal_1"));
        Assert.Equal((true, true), (GateOf(Number).Flags.Repairing, GateOf(Number).Flags.Recovering));
        Assert.Equal((PartitionState.Serving, 0, 0.0, true), (StateOf(Number), Status, Figures.RepairProgress, Figures.IsRepairing));
        Assert.Equal(0, GateOf(Number).Store.TinyAvailable);
        Assert.Equal("ok /disk0", Create(Addition).Answer); // the master has not heard the answer
        Assert.StartsWith("refused: ", Create(Addition with { Hosts = [Self, Source] }).Answer);
    }

    [Fact]
    public void It_is_filled_then_joins_and_is_reported_as_a_replica_only_when_it_has_followed_a_leader_to_where_its_copy_began()
    {
        StartWithoutMaster();
        TheSource.Applied = 1;
        Create(Addition);
        Look();
        Assert.Equal((1UL, 0, 0.0, 14096L), (Meta.CopyBasis, Status, Figures.RepairProgress, Figures.LeaderBytes));

        Copy(Content[..5000]);
        Look();
        Assert.Equal((0, 0.5), (Status, Figures.RepairProgress));
        Copy(Content[5000..]);
        Advance(Period);
        Until(() => GateOf(Number).Raft is not null, "it joins its group");

        Assert.Equal((1UL, 0UL, false, true), (Meta.CopiedUpTo, Meta.CopyBasis, Meta.IsBeingRebuilt, Meta.IsRepairing));
        Assert.Equal([7ul, 8], GateOf(Number).Raft!.Status.Members.Select(member => member.Id.Value));
        Assert.Equal((0, 0.9999, true), (Status, Figures.RepairProgress, GateOf(Number).Flags.Recovering));
        Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, Status);

        Append(1, TestReplica.Overwrite(new ExtentId(Extent), 0, [9, 9, 9])); // it is in the copy, or what was written over it
        Advance(TimeSpan.FromSeconds(1));
        RunUntilIdle();

        Assert.Equal((2, 1.0, false, true), (Status, Figures.RepairProgress, GateOf(Number).Flags.Recovering, GateOf(Number).Flags.Repairing));
        Assert.Equal(Content, Read());
        Assert.Equal(1UL, ApplyFile.Load(_disk.Files, _disk.DirectoryOf(Number)));
        var asked = TheSource.Questions.Count;
        Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(asked, TheSource.Questions.Count);
        Assert.Equal(0, TheSource.SharedConnections);
    }

    [Fact]
    public void A_source_that_is_away_for_hours_costs_nothing_but_time()
    {
        StartWithoutMaster();
        SimulatedNetwork.Refuse(Source);
        Create(Addition);
        for (var look = 0; look < 20; look++) Look();
        Assert.Equal((0, PartitionState.Serving), (Status, StateOf(Number)));

        TheSource.Applied = 1;
        SimulatedNetwork.Admit(Source);
        Look();
        Assert.Equal(1UL, Meta.CopyBasis);
    }

    [Fact]
    public void A_stop_by_the_master_is_kept_and_ended_by_the_master()
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition);
        Assert.Equal("ok", StopRepair(true).Answer);
        Look();
        Assert.Empty(TheSource.Questions);
        Assert.Equal((true, 0), (Meta.StopRecover, Status));

        Assert.Equal("ok", StopRepair(false).Answer);
        Look();
        Assert.NotEmpty(TheSource.Questions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Deleted_in_the_middle_it_is_gone_or_set_aside_and_nobody_is_asked_any_more(bool force)
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition);
        Look();
        Copy(Content[..5000]);

        Assert.Equal("ok", Delete(Number, force).Answer?.Trim());

        Assert.Null(Board.Partition(TestDisk.Id(Number)));
        Assert.Equal(force, _disk.PartitionNames.Any(name => name.StartsWith("backup_", StringComparison.Ordinal)));
        Assert.Null(_disk.Files.Stat($"{_disk.DirectoryOf(Number)}"));
        var asked = TheSource.Questions.Count;
        Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(asked, TheSource.Questions.Count);
    }

    [Fact]
    public void Deleted_while_its_source_is_asked_it_is_gone_at_once()
    {
        StartWithoutMaster();
        SimulatedNetwork.Silence(Source);
        Create(Addition);
        Advance(Period);

        Assert.Equal("ok", Delete(Number).Answer?.Trim());

        Assert.Empty(_disk.PartitionNames);
        Assert.Empty(Errors);
    }

    [Fact]
    public void After_a_restart_it_goes_on()
    {
        _disk.WithPartitions(Number);
        Fill(_disk, Content[..5000]);
        Change(meta => meta with { IsBeingRebuilt = true, IsRepairing = true, CopyBasis = 1, Hosts = [Source, Self], Peers = [Eight, Me] });
        _ = TheSource;
        StartWithoutMaster();
        Assert.Equal((0, PartitionState.Serving, 0L), (Status, StateOf(Number), Figures.LeaderBytes)); // so the whole partition is reserved on its disk
        Look();
        Assert.Equal((0.5, 1UL), (Figures.RepairProgress, Meta.CopyBasis));
        Assert.DoesNotContain(Opcode.GetAppliedId, TheSource.Questions);
    }

    [Fact]
    public void The_next_start_tells_the_master_no_less_than_the_last_one_did_though_its_source_has_grown()
    {
        _disk.WithPartitions(Number);
        Fill(_disk, Content[..1000]);
        Change(meta => meta with { IsBeingRebuilt = true, IsRepairing = true, CopyBasis = 1, CopyShare = 5000, Hosts = [Source, Self], Peers = [Eight, Me] });
        _ = TheSource;
        StartWithoutMaster();
        Assert.Equal((0, 0.5), (Status, Figures.RepairProgress));

        Look(); // a tenth is here
        Assert.Equal((0, 0.5, 5000u), (Status, Figures.RepairProgress, Meta.CopyShare));
        Copy(Content[1000..6000]);
        Look();
        Assert.Equal((0, 0.6, 6000u), (Status, Figures.RepairProgress, Meta.CopyShare));
        Copy(Content[6000..]);
        Advance(Period);
        Until(() => GateOf(Number).Raft is not null, "it joins its group");
        Assert.Equal((0u, 0.9999), (Meta.CopyShare, Figures.RepairProgress));
    }

    [Fact]
    public void Killed_between_the_end_of_the_copy_and_its_group_it_joins_at_the_next_start()
    {
        _disk.WithPartitions(Number);
        Fill(_disk, Content);
        Change(meta => meta with { IsRepairing = true, CopiedUpTo = 1, Hosts = [Source, Self], Peers = [Eight, Me] });
        StartWithoutMaster();
        Assert.Equal((0, true), (Status, GateOf(Number).Raft is not null));

        Append(1, TestReplica.Overwrite(new ExtentId(Extent), 0, [9, 9, 9]));
        Advance(TimeSpan.FromSeconds(1));
        RunUntilIdle();
        Assert.Equal(2, Status);
        Assert.Equal(Content, Read());
    }

    [Fact]
    public void It_stands_in_the_ledger_as_far_as_the_master_is_told_rests_while_it_is_stopped_and_goes_on_with_a_reload()
    {
        StartWithoutMaster();
        TheSource.Applied = 1;
        Create(Addition);
        Look();
        Copy(Content[..5000]);
        Look();
        var first = OperationOf(OperationKind.Rebuild);
        Assert.Equal((OperationState.Running, Source, new OperationProgress(5000, 10_000, "1/10000")), (first.State, first.Peer, first.Progress));
        Assert.Equal(0.5, Figures.RepairProgress);

        Assert.Equal("ok", StopRepair(true).Answer);
        Look();
        Advance(OperationRules.Of(OperationKind.Rebuild).StallAfter * 2);
        Assert.Empty(Ledger.Alerts); // that it does not move is what was ordered
        Assert.Equal("ok", StopRepair(false).Answer);

        var reload = Operations.ReloadPartition(TestDisk.Id(Number));
        RunUntilIdle();
        Until(() => reload.IsCompleted, "it is loaded anew");
        Look();
        var second = OperationOf(OperationKind.Rebuild);
        Assert.Equal((first.Id, 2, first.AcceptedAt, 5000L), (second.Resumes, second.Runs, second.AcceptedAt, second.Progress.Done));

        Copy(Content[(int)(GateOf(Number).Store.Find(new ExtentId(Extent))?.Size ?? 0)..]); // all of it: nobody knows whether the machine lost power
        Advance(Period);
        Until(() => OperationOf(OperationKind.Rebuild).State == OperationState.Done, "it is complete");
        Assert.Empty(Ledger.Alerts);
    }

    [Fact]
    public void Deleted_in_the_middle_it_is_cancelled_in_the_ledger()
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition);
        Look();
        Assert.Equal("ok", Delete(Number).Answer?.Trim());
        Assert.Equal((OperationState.Cancelled, "the replica was deleted or set aside"), (OperationOf(OperationKind.Rebuild).State, OperationOf(OperationKind.Rebuild).Result));
    }

    [Fact]
    public void A_raft_log_that_cannot_be_opened_makes_it_unavailable_and_says_why()
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition);
        Look();
        Copy(Content);
        _disk.Fails = call => call.Path.Contains("/wal_", StringComparison.Ordinal) ? DiskFault.MediaError : null;
        Advance(Period);
        Until(() => StateOf(Number) == PartitionState.Unavailable, "it is given up");

        Assert.Equal(-1, Status);
        Assert.Contains("wal_", Figures.Reason);
        Assert.Null(Gates.Find(TestDisk.Id(Number)));
        _disk.Fails = null;
        Assert.Equal("ok", Delete(Number).Answer?.Trim());
        Assert.StartsWith("backup_", Assert.Single(_disk.PartitionNames)); // what has failed, somebody may want to look at
    }

    [Fact]
    public void One_that_is_no_member_when_it_is_filled_is_unavailable_and_says_so()
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition with { Members = [Eight] });
        Look();
        Copy(Content);
        Advance(Period);
        Until(() => StateOf(Number) == PartitionState.Unavailable, "it is given up");

        Assert.Equal(-1, Status);
        Assert.Contains($"META names no peer 0 at {Self}", Figures.Reason);
        Assert.Equal("ok", Delete(Number).Answer?.Trim());
    }

    [Fact]
    public void A_snapshot_of_what_the_copy_does_not_hold_makes_it_unavailable()
    {
        StartWithoutMaster();
        TheSource.Applied = 5;
        Create(Addition);
        Look();
        Copy(Content);
        Advance(Period);
        Until(() => GateOf(Number).Raft is not null, "it joins its group");
        Assert.True(TakeSnapshot(5));
        Advance(TimeSpan.FromSeconds(1));
        RunUntilIdle();
        Assert.Equal(2, Status); // up to there the copy holds it

        Assert.False(TakeSnapshot(9));
        Until(() => StateOf(Number) == PartitionState.Unavailable, "it is out of service");
        Assert.Equal(-1, Status);
    }

    [Fact]
    public void A_media_error_under_the_copy_is_reported_as_one_and_undoes_the_addition()
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition);
        Look();
        Copy(Content);
        _disk.Fails = call => call.Operation == DiskOperation.Sync && call.Name == Extent.ToString(null, null) ? DiskFault.MediaError : null;
        Advance(Period);
        Until(() => StateOf(Number) == PartitionState.Unavailable, "the replica is given up");

        Assert.Equal(-1, Status);
        Assert.True(Meta.IsBeingRebuilt);
    }

    [Fact]
    public void Removed_by_force_from_its_group_it_stays_what_it_is()
    {
        StartWithoutMaster();
        _ = TheSource;
        Create(Addition with { Hosts = [Source, Self, "127.0.0.13:17310"], Members = [Eight, Me, new Peer { Id = new NodeId(9), Address = "127.0.0.13:17310" }] });
        var removal = new RemoveRaftMemberRequest { PartitionId = TestDisk.Id(Number), RemovePeer = Eight, Force = true };
        Assert.Equal("ok", Send(Opcode.RemoveDataPartitionRaftMember, removal, MasterJson.Default.RemoveRaftMemberRequest).Answer);
        Assert.Equal((true, 0), (Meta.IsBeingRebuilt, Status));
        Look();
        Assert.Empty(TheSource.Questions); // the next host is asked now
    }

    [Fact]
    public void Other_members_by_order_let_it_go_on_with_them()
    {
        StartWithoutMaster();
        Create(Addition with { Hosts = ["127.0.0.13:17310", Self] });
        var recover = Send(
            Opcode.RecoverDataReplicaMeta, new RecoverReplicaMetaRequest { PartitionId = TestDisk.Id(Number), Peers = [Eight, Me], Hosts = [Source, Self] }, MasterJson.Default.RecoverReplicaMetaRequest);
        Until(() => recover.Answer is not null, "the replica is loaded anew");
        Assert.Equal(("ok", 0), (recover.Answer, Status));
        _ = TheSource;
        Look();
        Assert.NotEmpty(TheSource.Questions);
    }

    [Fact]
    public void The_repairing_status_is_not_for_a_replica_without_a_group()
    {
        StartWithoutMaster();
        Create(Addition);
        Assert.Equal(
            $"refused: {ErrorTexts.NotRaftLeader}",
            Send(Opcode.SetRepairingStatus, new SetRepairingStatusRequest { PartitionId = TestDisk.Id(Number), RepairingStatus = false }, MasterJson.Default.SetRepairingStatusRequest).Answer);
        Assert.True(GateOf(Number).Flags.Repairing);
    }

    protected override void AfterAll()
    {
        _source?.Dispose();
        base.AfterAll();
        if (_source is not null) Await(_source.Running);
    }

    /// <summary>One look, to its end: the next one is set by it.</summary>
    private void Look()
    {
        Advance(Period);
        Until(() => Time.IsDueIn(Period), "the look has ended");
        RunUntilIdle();
    }

    private void Copy(byte[] more) => Fill(GateOf(Number).Store, more);

    private static void Fill(ExtentStore store, byte[] more)
    {
        var extent = new ExtentId(Extent);
        if (store.Find(extent) is null) Assert.Equal(StorageError.None, store.CreateExtent(extent));
        Assert.Equal(StorageError.None, store.Append(extent, store.Find(extent)!.Value.Size, more, Crc32.Compute(more), sync: false, out _));
    }

    /// <summary>As an earlier run has left it.</summary>
    private void Fill(TestDisk disk, byte[] bytes)
    {
        var store = ExtentStore.Open(disk.Files, disk.DirectoryOf(Number), new ExtentStoreSettings(Time));
        Fill(store, bytes);
        store.Close();
    }

    private void Change(Func<PartitionMeta, PartitionMeta> change)
    {
        change(Meta).Save(_disk.Files, _disk.DirectoryOf(Number));
        using var root = DiskRoot.Open(_disk.Files, _disk.Path, TestDisk.BootId, "an earlier run");
        root.MarkCleanStop();
    }

    private byte[] Read()
    {
        var bytes = new byte[Content.Length];
        Assert.Equal(StorageError.None, GateOf(Number).Store.Read(new ExtentId(Extent), 0, bytes, out _));
        return bytes;
    }

    private RecordedReply StopRepair(bool stop) => Send(
        Opcode.StopDataPartitionRepair, new StopPartitionRepairRequest { PartitionId = TestDisk.Id(Number), Stop = stop }, MasterJson.Default.StopPartitionRepairRequest);

    /// <summary>Node 8 leads and appends one entry, which is committed.</summary>
    private void Append(ulong commit, byte[] command)
    {
        var port = GateOf(Number).Raft!;
        Assert.True(new BufferPool(1 << 20).TryRent(1024, out var buffer));
        var at = BufferLease.HeadroomBytes;
        var message = new RaftMessage { Type = RaftMessageType.Append, Group = port.Partition, From = Eight.Id, To = Me.Id, Term = 1, Commit = commit };
        at += RaftFrame.WriteAppend(buffer.Array.AsSpan(at), message, 1, RaftEntryHeader.SizedBytes + command.Length);
        at += new RaftEntryHeader(RaftEntryType.Normal, 1, 1, command.Length).WriteSized(buffer.Array.AsSpan(at));
        command.CopyTo(buffer.Array, at);
        at += command.Length;
        Assert.Equal(
            DecodeStatus.Complete,
            RaftFrame.TryRead(buffer.Array.AsSpan(BufferLease.HeadroomBytes, at - BufferLease.HeadroomBytes), 2 << 20, BufferLease.HeadroomBytes, out var frame));
        port.DeliverAppend(frame.Message, frame.Entries, buffer);
        buffer.Release();
        RunUntilIdle();
    }

    private bool TakeSnapshot(ulong index)
    {
        var answer = new TaskCompletionSource<bool>();
        GateOf(Number).Raft!.TryRun(
            group => group.TakeSnapshot(
                new RaftMessage { Type = RaftMessageType.Snapshot, Group = TestDisk.Id(Number), From = Eight.Id, To = Me.Id, Term = 1 }, new LogPosition(1, index), [Me.Id, Eight.Id], answer),
            dropped: () => answer.TrySetResult(false));
        RunUntilIdle();
        Until(() => answer.Task.IsCompleted, "the snapshot is answered");
        return Await(answer.Task);
    }
}
