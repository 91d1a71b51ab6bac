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
