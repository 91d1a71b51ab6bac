using CubeActors.Protocol;
using CubeActors.Runtime;
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
    public void A_snapshot_for_a_store_that_is_closed_does_not_count()
    {
        var replica = new TestReplica();
        replica.Store.Dispose();

        Assert.Throws<DiskFaultException>(() => replica.Machine.Install(100));

        Assert.Equal((0ul, 0ul), (replica.Machine.Applied, replica.AppliedOnDisk));
    }

    [Fact]
    public void A_snapshot_that_could_not_be_written_down_does_not_count()
    {
        var replica = new TestReplica();
        var extent = replica.NewExtent(new byte[4096]);
        replica.Apply(1, TestReplica.Overwrite(extent, 0, [1]));
        replica.Files.Fault = call => call is { Operation: DiskOperation.Sync, Name: ".apply" } ? DiskFault.NoSpace : null;

        Assert.Throws<DiskFaultException>(() => replica.Machine.Install(100));
        replica.Files.Fault = null;
        Assert.Equal(1ul, replica.Machine.Applied); // the entries in between will be applied after all
        replica.Machine.Save();

        Assert.Equal((1ul, 1ul), (replica.Machine.DurableApplied, replica.AppliedOnDisk));
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
