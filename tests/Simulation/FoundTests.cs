using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Simulation;

/// <summary>What runs from seeds have found, each as the shortest scene that shows it.</summary>
public sealed class FoundTests
{
    private sealed class Listener : IRaftLogListener
    {
        public void Saved(long sequence) { }
        public void Failed(Exception failure) => throw new InvalidOperationException("the log failed", failure);
        public void Closed() { }
    }

    /// <summary>With `replicated` the entries were applied from the kernel's memory; APPLY said so, and a power cut took them from the log. Applied a
    /// second time in part, and then skipped by a snapshot, they left older bytes behind.</summary>
    [Fact]
    public void Apply_never_names_an_entry_that_a_power_cut_takes_from_the_log()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var machine = new Machine(new NodeId(1), seed);
            machine.Create([Machine.PeerOf(machine.Id)], [machine.Address], new byte[Blocks.ExtentBytes]);
            var clock = new VirtualClock();
            var log = RaftLog.Open(machine.Files, machine.LogDirectory, new RaftLogSettings(clock), applied: 0, new RaftLogStaging());
            var (writes, syncs) = (new HandQueue(), new HandQueue());
            using var writer = new RaftLogWriter(writes, syncs, clock, new RaftLogWriterSettings { Durability = RaftDurability.Replicated });
            var group = writer.Attach(log, new Listener());
            using var store = ExtentStore.Open(machine.Files, machine.Directory, new ExtentStoreSettings(clock));
            var meta = PartitionMeta.Load(machine.Files, machine.Directory)!;
            var state = new StateMachine(store, new ReplicaRecord(machine.Files, machine.Directory, meta), applied: 0) { SyncLog = group.SyncWritten };

            for (var index = 1UL; index <= 5; index++)
            {
                var command = Blocks.Command(block: 0, index, sync: false);
                Assert.True(group.TryReserve(1, command.Length));
                group.Append([new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, 1, index, command.Length), command)], lease: null);
                while (writes.RunNext()) { }
                Assert.Equal(ApplyResult.Done, state.Apply(index, command, note => Assert.Fail(note)));
            }
            state.Save();
            machine.CutPower();

            var after = RaftLog.Open(machine.Files, machine.LogDirectory, new RaftLogSettings(clock) { UnsyncedMayBeLost = true },
                ApplyFile.Load(machine.Files, machine.Directory), new RaftLogStaging());
            Assert.Equal(5UL, ApplyFile.Load(machine.Files, machine.Directory));
            Assert.Equal(5UL, after.Report.Last.Index);
        }
    }

    /// <summary>A new replica replayed older overwrites over the newer bytes that it was copied with, and another leader's snapshot skipped those that would
    /// have made up for it.</summary>
    [Fact]
    public void A_copy_of_a_replica_keeps_what_it_was_copied_with()
    {
        new RaftWorld(Plan.FromSeed(12303), new Workshop()).Run();

        var source = new byte[Blocks.ExtentBytes];
        Blocks.Apply(Blocks.Command(block: 0, 10, sync: false), source);
        var machine = new Machine(new NodeId(4), seed: 1);
        machine.Create([Machine.PeerOf(new NodeId(1)), Machine.PeerOf(machine.Id)], [Machine.AddressOf(new NodeId(1)), machine.Address], source, copiedUpTo: 10);
        using var store = ExtentStore.Open(machine.Files, machine.Directory, new ExtentStoreSettings(new VirtualClock()));
        var state = new StateMachine(store, new ReplicaRecord(machine.Files, machine.Directory, PartitionMeta.Load(machine.Files, machine.Directory)!), applied: 0);
        for (var index = 5UL; index <= 7; index++) Assert.Equal(ApplyResult.Done, state.Apply(index, Blocks.Command(block: 0, index, sync: false), note => Assert.Fail(note)));
        state.BeginInstall(9, [new NodeId(1), machine.Id]);
        state.Install(9);
        Assert.Equal(10UL, Blocks.Read(store, block: 0));
        Assert.Equal(ApplyResult.Done, state.Apply(11, Blocks.Command(block: 0, 11, sync: false), note => Assert.Fail(note)));
        Assert.Equal(11UL, Blocks.Read(store, block: 0));
    }

    /// <summary>Killed between APPLY and the log's reset, a replica took the entries of its old log for committed that were not, and the log for
    /// longer than it was. Now the log is reset first, and the start reads from it what is applied.</summary>
    [Fact]
    public void A_kill_at_any_point_of_taking_in_a_snapshot_leaves_the_log_as_it_was_or_begins_it_behind_the_snapshot()
    {
        var (snapshot, old) = (new LogPosition(3, 12), new LogPosition(2, 8));
        NodeId[] members = [new(1), new(2), new(4), new(5)]; // 3 has left, 5 is new
        foreach (var isPower in (bool[])[false, true])
        {
            var (olds, news, isOver) = (0, 0, false);
            for (var point = 0; !isOver; point++)
            {
                var machine = new Machine(new NodeId(4), seed: point + 1);
                machine.Create([.. Enumerable.Range(1, 4).Select(id => Machine.PeerOf(new NodeId((ulong)id)))], [.. Enumerable.Range(1, 4).Select(id => Machine.AddressOf(new NodeId((ulong)id)))],
                    new byte[Blocks.ExtentBytes], copiedUpTo: 20);
                using (var log = OpenLog(machine))
                {
                    for (var index = 1UL; index <= 8; index++)
                        log.Append([new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, index <= 5 ? 1UL : 2, index, 0), default)], new RaftLogStaging(4096));
                    log.SaveHardState(new HardState(3, default, 5)); // 6 to 8 are of a leader that has lost; they may never be taken for committed
                    log.Sync();
                    using var store = ExtentStore.Open(machine.Files, machine.Directory, new ExtentStoreSettings(new VirtualClock()));
                    var state = StateOf(machine, store);
                    state.Install(5);
                    machine.Files.CrashAt = machine.Files.Changes + point;
                    try
                    {
                        TakeIn(state, log);
                        isOver = true;
                    }
                    catch (SimulatedCrashException)
                    {
                        // what the next process finds is what matters
                    }
                }
                if (isPower) machine.CutPower();
                else machine.Kill();

                using (var log = OpenLog(machine))
                {
                    using var store = ExtentStore.Open(machine.Files, machine.Directory, new ExtentStoreSettings(new VirtualClock()));
                    var state = StateOf(machine, store);
                    state.Install(log.Report.Truncated.Index);
                    var isOld = log.Report.Truncated.Index == 0;
                    var (report, seen) = (log.Report, $"crash at {point}");
                    // Between META and the files of the log it looks as if entries behind the snapshot were gone: it will be careful with its vote, no more.
                    Assert.True(report.Loss == RaftLogLoss.None || (!isOld && report.Loss == RaftLogLoss.BehindTruncation), seen);
                    Assert.True(report.Last == (isOld ? old : snapshot) && report.HardState.Commit == (isOld ? 5UL : 12) && report.Applied == report.HardState.Commit, $"{seen}: {report}");
                    Assert.True(state.Applied == report.Applied && ApplyFile.Load(machine.Files, machine.Directory) == report.Applied, seen);
                    if (!isOld) Assert.Equal(members, state.Record.Meta.Peers.Select(peer => peer.Id).Order());
                    (olds, news) = isOld ? (olds + 1, news) : (olds, news + 1);
                    if (isOld) TakeIn(state, log);
                    Assert.True(log.Last == snapshot && state.DurableApplied == 12, seen);
                    Assert.Equal([.. members.Where(member => member.Value < 5).Select(Machine.AddressOf)], state.Record.Meta.Hosts);
                }
            }
            Assert.True(olds > 3 && news > 2, $"{olds} crashes before the log was another one, {news} behind");
        }

        static RaftLog OpenLog(Machine machine) => RaftLog.Open(
            machine.Files, machine.LogDirectory, new RaftLogSettings(new VirtualClock()), ApplyFile.Load(machine.Files, machine.Directory), new RaftLogStaging(4096));

        static StateMachine StateOf(Machine machine, ExtentStore store) => new(
            store, new ReplicaRecord(machine.Files, machine.Directory, PartitionMeta.Load(machine.Files, machine.Directory)!), ApplyFile.Load(machine.Files, machine.Directory));

        void TakeIn(StateMachine state, RaftLog log)
        {
            state.BeginInstall(snapshot.Index, members);
            log.InstallSnapshot(snapshot, new HardState(3, default, snapshot.Index), new RaftLogStaging(4096));
            state.Install(snapshot.Index);
        }
    }

    /// <summary>A process was killed between the making of a log file and the sync of its name. Its successor wrote there, synced the entries and not the
    /// name, and a power cut took the whole file.</summary>
    [Fact]
    public void Entries_synced_after_a_kill_at_any_point_survive_a_power_cut()
    {
        for (var point = 0; point < 40; point++)
        {
            for (var seed = 1; seed <= 4; seed++)
            {
                var files = new SimulatedFileSystem(seed, new VirtualClock());
                files.MakeDirectories("/partition");
                files.CrashAt = point;
                try
                {
                    using var killed = Open(files, mayHaveLost: false);
                    for (var index = 1UL; index <= 8; index++) Append(killed, index);
                }
                catch (SimulatedCrashException)
                {
                    // what the next process finds is what matters
                }
                files.Kill();
                LogPosition promised;
                using (var next = Open(files, mayHaveLost: false))
                {
                    Append(next, next.Last.Index + 1);
                    next.Sync();
                    promised = next.Last;
                }
                files.PowerCut();
                using var after = Open(files, mayHaveLost: true);
                Assert.True(after.Last == promised, $"killed at change {point}, seed {seed}: {promised} was synced, {after.Last} is left");
            }
        }

        static RaftLog Open(SimulatedFileSystem files, bool mayHaveLost) => RaftLog.Open(
            files, "/partition/wal_1", new RaftLogSettings(new VirtualClock()) { FileBytesMax = 128, UnsyncedMayBeLost = mayHaveLost }, applied: 0, new RaftLogStaging(4096));

        static void Append(RaftLog log, ulong index) =>
            log.Append([new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, 1, index, 40), new byte[40])], new RaftLogStaging(4096));
    }

    /// <summary>A replica that had lost its tail was killed before it caught up. The kernel had not restarted since, so the next start took the log for
    /// complete, voted for a candidate without the entries that it had acknowledged, and they were lost.</summary>
    [Fact]
    public void A_loss_is_remembered_over_restarts_until_the_replica_has_caught_up()
    {
        var files = new SimulatedFileSystem(seed: 1, new VirtualClock());
        files.MakeDirectories("/partition");
        using (var log = Open(mustCatchUp: false))
        {
            Assert.Equal(RaftLogLoss.None, log.Report.Loss);
            log.SetCaughtUp(); // nothing to say
        }
        files.PowerCut();
        Open(mustCatchUp: true).Dispose();
        files.Kill();
        using (var log = Open(mustCatchUp: false))
        {
            Assert.Equal(RaftLogLoss.NotCaughtUp, log.Report.Loss);
            log.SetCaughtUp();
        }
        files.PowerCut();
        using (var log = Open(mustCatchUp: false)) Assert.Equal(RaftLogLoss.None, log.Report.Loss);

        RaftLog Open(bool mustCatchUp) => RaftLog.Open(
            files, "/partition/wal_1", new RaftLogSettings(new VirtualClock()) { UnsyncedMayBeLost = mustCatchUp, MustCatchUp = mustCatchUp }, applied: 0, new RaftLogStaging(4096));
    }
}
