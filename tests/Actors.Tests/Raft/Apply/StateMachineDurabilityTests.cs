using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>APPLY and the durable applied id never run ahead of what the extents would show after a power cut.</summary>
public sealed class StateMachineDurabilityTests
{
    [Fact]
    public void After_a_power_cut_every_overwrite_that_APPLY_covers_is_there()
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            var replica = new TestReplica(seed: seed);
            var random = new Random(seed);
            var extent = replica.NewExtent(new byte[64 * 4096]);
            var cutAt = 1 + random.Next(60);
            var durable = 0ul;
            for (var index = 1; index <= cutAt; index++)
            {
                // Entry n writes its number into page n: what is missing afterwards can be told.
                Assert.Equal(ApplyResult.Done, replica.Apply((ulong)index, TestReplica.Overwrite(extent, index * 4096, [(byte)index])));
                if (random.Next(4) != 0) continue;
                replica.Machine.Save();
                durable = replica.Machine.DurableApplied;
                Assert.Equal((ulong)index, durable);
            }

            replica.Files.PowerCut();
            replica.Reopen();

            Assert.Equal(durable, replica.Machine.Applied);
            for (var index = 1; index <= (int)durable; index++)
                Assert.True(replica.Read(extent, index * 4096, 1)[0] == index, $"seed {seed}: APPLY says {durable}, and entry {index} is gone");
        }
    }

    [Fact]
    public void A_crash_at_any_moment_of_saving_leaves_an_APPLY_that_is_old_or_new_and_never_ahead_of_the_extents()
    {
        for (var step = 0; ; step++)
        {
            var replica = new TestReplica(seed: step + 1);
            var extent = replica.NewExtent(new byte[4096]);
            replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));
            replica.Machine.Save();
            replica.Apply(2, TestReplica.Overwrite(extent, 0, [2]));
            replica.Files.CrashAt = replica.Files.Changes + step;
            var crashed = false;
            try
            {
                replica.Machine.Save();
            }
            catch (SimulatedCrashException)
            {
                crashed = true;
            }

            replica.Files.PowerCut();
            replica.Reopen();

            Assert.InRange(replica.Machine.Applied, 1ul, 2ul);
            if (replica.Machine.Applied == 2) Assert.Equal(2, replica.Read(extent, 0, 1)[0]);
            if (crashed) continue;
            Assert.Equal(2ul, replica.Machine.Applied);
            Assert.True(step > 2, "saving changed nothing on the disk");
            return;
        }
    }

    [Fact]
    public void An_extent_that_cannot_be_synced_leaves_APPLY_as_it_is()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent(new byte[4096]);
        replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));
        replica.Files.Fault = call => call.Operation == DiskOperation.Sync && call.Name == extent.ToString() ? DiskFault.MediaError : null;

        Assert.Throws<DiskFaultException>(replica.Machine.Save);

        Assert.Equal((1ul, 0ul, 0ul), (replica.Machine.Applied, replica.Machine.DurableApplied, replica.AppliedOnDisk));
    }

    [Fact]
    public void A_store_that_was_closed_without_a_sync_keeps_APPLY_from_moving()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent(new byte[4096]);
        replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));
        replica.Store.Dispose(); // as after a fault

        replica.Machine.Save();

        Assert.Equal((0ul, 0ul), (replica.Machine.DurableApplied, replica.AppliedOnDisk));
    }

    [Fact]
    public void What_is_durable_already_is_not_synced_again()
    {
        var replica = new TestReplica();
        replica.Apply(1, TestReplica.Overwrite(replica.NewExtent(new byte[4096]), 0, [1]));
        replica.Machine.Save();
        var changes = replica.Files.Changes;

        replica.Machine.Save();

        Assert.Equal(changes, replica.Files.Changes);
    }

    [Fact]
    public void A_snapshot_stands_for_everything_up_to_its_index_and_says_so_durably()
    {
        var replica = new TestReplica();

        replica.Machine.Install(100);

        Assert.Equal((100ul, 100ul, 100ul), (replica.Machine.Applied, replica.Machine.DurableApplied, replica.AppliedOnDisk));
    }

    [Fact]
    public void What_was_applied_before_a_snapshot_is_durable_with_it()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var replica = new TestReplica(seed: seed);
            var extent = replica.NewExtent(new byte[4096]);
            replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));

            replica.Machine.Install(100);
            replica.Files.PowerCut();
            replica.Reopen();

            Assert.Equal((100ul, (byte)1), (replica.Machine.Applied, replica.Read(extent, 0, 1)[0]));
        }
    }

    [Fact]
    public void Behind_a_snapshot_an_applied_index_that_could_not_be_written_down_counts_and_is_written_by_the_next_save()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent(new byte[4096]);
        replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));
        replica.Files.Fault = call => call is { Operation: DiskOperation.Sync, Name: ".apply" } ? DiskFault.NoSpace : null;

        Assert.Throws<DiskFaultException>(() => replica.Machine.Install(100));
        replica.Files.Fault = null;
        Assert.Equal((100ul, 0ul, 0ul), (replica.Machine.Applied, replica.Machine.DurableApplied, replica.AppliedOnDisk)); // the log begins behind it
        replica.Machine.Save();

        Assert.Equal((100ul, 100ul), (replica.Machine.DurableApplied, replica.AppliedOnDisk));
    }

    [Fact]
    public void A_replica_with_extents_takes_no_snapshot_beyond_what_they_hold_and_remembers_that_it_was_told_to()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent(new byte[4096]);
        replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));

        var refused = Assert.Throws<UnknownExtentsException>(() => replica.Machine.BeginInstall(2, [new NodeId(1)]));

        Assert.Contains("a snapshot up to entry 2 skips overwrites behind entry 1", refused.Message);
        Assert.Equal((PartitionMeta.ExtentsUnknown, 2), (replica.MetaOnDisk.DiskErrorCount, replica.MetaOnDisk.Peers.Count));
        replica.Machine.BeginInstall(1, [new NodeId(1)]);
        Assert.Single(replica.MetaOnDisk.Peers);
    }

    [Fact]
    public void A_replica_that_never_held_a_byte_takes_any_snapshot()
    {
        var replica = new TestReplica();

        replica.Machine.BeginInstall(1000, [new NodeId(1), new NodeId(2)]);

        Assert.Equal(0ul, replica.MetaOnDisk.DiskErrorCount);
    }

    [Fact]
    public void A_copy_is_not_taken_back_by_overwrites_that_it_holds_and_takes_a_snapshot_as_far_as_it_was_copied()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent([10]); // what entry 10 wrote, in the copy
        replica.Record.Change(meta => meta with { CopiedUpTo = 10 });

        Assert.Equal(ApplyResult.Done, replica.Apply(6, TestReplica.Overwrite(extent, 0, [6])));
        Assert.Equal((6ul, 10ul, (byte)10), (replica.Machine.Applied, replica.Machine.HeldUpTo, replica.Read(extent, 0, 1)[0]));
        replica.Machine.BeginInstall(9, [new NodeId(1), new NodeId(2)]);
        replica.Machine.Install(9);
        replica.Apply(10, TestReplica.Overwrite(extent, 0, [10]));
        replica.Apply(11, TestReplica.Overwrite(extent, 0, [11]));

        Assert.Equal((11ul, (byte)11), (replica.Machine.Applied, replica.Read(extent, 0, 1)[0]));
        Assert.Throws<UnknownExtentsException>(() => replica.Machine.BeginInstall(12, [new NodeId(1)]));
        Assert.Empty(replica.Notes);
    }

    [Fact]
    public void An_overwrite_that_was_applied_before_the_log_lost_it_is_not_applied_again()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent(new byte[4096]);
        for (byte index = 1; index <= 3; index++) replica.Apply(index, TestReplica.Overwrite(extent, 0, [index]));
        replica.Machine.Save();
        replica.Reopen();

        replica.Apply(2, TestReplica.Overwrite(extent, 0, [2]));

        Assert.Equal((3ul, (byte)3), (replica.Machine.Applied, replica.Read(extent, 0, 1)[0]));
    }

    [Fact]
    public void The_least_applied_id_of_all_replicas_is_what_a_leader_said_last_and_zero_says_nothing()
    {
        var machine = new TestReplica().Machine;
        foreach (var (said, known) in ((ulong, ulong)[])[(0, 0), (7, 7), (0, 7), (5, 5), (9, 9)])
        {
            machine.LearnLeastApplied(said);
            Assert.Equal(known, machine.LeastApplied);
        }
    }
}
