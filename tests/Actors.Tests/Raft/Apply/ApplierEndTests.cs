using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>An applier is stopped, or emptied for a snapshot, at any moment: every command ends once, every buffer comes back.</summary>
public sealed class ApplierEndTests : ApplierTest
{
    [Fact]
    public void Stopped_while_nothing_is_under_way_it_is_done_at_once_and_gives_everything_back()
    {
        var proposals = Enumerable.Range(0, 3).Select(_ => AddOverwrite(proposed: true)!).ToList();

        Assert.True(Applier.StopAsync().IsCompletedSuccessfully);

        Assert.All(proposals, proposal => Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes));
        Assert.Equal((0L, 0L), (Buffers.Outstanding, Applier.HeldBytes));
        Assert.Equal(0, Replica.Read(Extent, 1, 1)[0]);
    }

    [Fact]
    public void Stopped_while_a_turn_waits_for_the_disk_it_is_done_when_the_disk_has_answered()
    {
        Disk.Hold();
        var proposal = AddOverwrite(proposed: true)!;
        Applier.Start();
        var stopped = Applier.StopAsync();
        Assert.False(stopped.IsCompleted);

        Disk.RunNext();

        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes);
        Assert.Equal(0ul, Owner.LastApplied);
    }

    [Fact]
    public void Stopped_in_the_middle_of_a_turn_it_finishes_the_entry_under_way_and_no_other()
    {
        Task? stopped = null;
        Replica.Files.Fault = call =>
        {
            if (call.Operation == DiskOperation.Write && call.Name == Extent.ToString()) stopped ??= Applier.StopAsync();
            return null;
        };
        var first = AddOverwrite(proposed: true)!;
        var second = AddOverwrite(proposed: true)!;

        Run();

        Assert.True(stopped!.IsCompletedSuccessfully);
        Assert.Equal([ProposalOutcome.Applied], first.Outcomes);
        Assert.Equal([ProposalOutcome.GroupEnded], second.Outcomes);
        Assert.Equal((1ul, (byte)0), (Owner.LastApplied, Applied(2)[1]));
    }

    [Fact]
    public void What_comes_after_the_stop_is_given_back_too()
    {
        Applier.StopAsync();

        var late = AddOverwrite(proposed: true)!;

        Assert.Equal([ProposalOutcome.GroupEnded], late.Outcomes);
        Assert.Equal((0L, 0L), (Buffers.Outstanding, Applier.HeldBytes));
    }

    [Fact]
    public void Stopped_while_it_stands_for_want_of_space_it_is_done_at_once()
    {
        Replica.Files.Fault = call => call.Operation == DiskOperation.Write && call.Name == Extent.ToString() ? DiskFault.NoSpace : null;
        var proposal = AddOverwrite(proposed: true)!;
        Run();

        Assert.True(Applier.StopAsync().IsCompletedSuccessfully);
        Assert.Equal([ProposalOutcome.GroupEnded], proposal.Outcomes);
    }

    [Fact]
    public void Cleared_for_a_snapshot_it_forgets_what_waits_and_goes_on_with_what_comes_behind()
    {
        var dropped = AddOverwrite(proposed: true)!;
        AddRange(3);

        Assert.True(Applier.ClearAsync().IsCompletedSuccessfully);
        Assert.Equal([ProposalOutcome.NotLeader], dropped.Outcomes);
        Assert.Equal((0L, 0L), (Buffers.Outstanding, Applier.HeldBytes));
        AddOverwrite();
        Run();

        Assert.Equal((byte[])[0, 0, 0, 0, 5], Applied(5));
    }

    [Fact]
    public void Cleared_in_the_middle_of_a_turn_it_is_quiet_only_when_the_entry_under_way_is_done()
    {
        Task? cleared = null;
        var wasQuiet = true;
        Replica.Files.Fault = call =>
        {
            if (call.Operation != DiskOperation.Write || call.Name != Extent.ToString() || cleared is not null) return null;
            cleared = Applier.ClearAsync();
            wasQuiet = cleared.IsCompleted;
            return null;
        };
        var first = AddOverwrite(proposed: true)!;
        var second = AddOverwrite(proposed: true)!;

        Run();

        Assert.False(wasQuiet); // the snapshot must not overtake the entry under way
        Assert.True(cleared!.IsCompletedSuccessfully);
        Assert.Equal([ProposalOutcome.Applied], first.Outcomes);
        Assert.Equal([ProposalOutcome.NotLeader], second.Outcomes);
        Assert.Equal(1ul, Owner.LastApplied);
    }

    [Fact]
    public void An_entry_that_would_stand_is_not_put_back_once_it_was_cleared()
    {
        Replica.Files.Fault = call =>
        {
            if (call.Operation != DiskOperation.Write || call.Name != Extent.ToString()) return null;
            Applier.ClearAsync();
            return DiskFault.NoSpace;
        };
        var proposal = AddOverwrite(proposed: true)!;

        Run();
        Replica.Files.Fault = null;
        Applier.Retry();
        Loop.RunUntilIdle();

        Assert.Equal([ProposalOutcome.NotLeader], proposal.Outcomes);
        Assert.Equal((0ul, 0L), (Owner.LastApplied, Buffers.Outstanding));
        AddOverwrite(); // and it does not stand for ever
        Run();
        Assert.Equal(2ul, Owner.LastApplied);
    }

    [Fact]
    public void A_thousand_random_stops_and_clears_lose_no_buffer_and_end_every_command_once()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            for (var i = random.Next(4); i > 0; i--) AddOverwrite(proposed: random.Next(2) == 0);
            if (random.Next(5) == 0) AddRange(1 + random.Next(3));
            if (random.Next(3) == 0) Disk.Hold();
            else Disk.Resume();
            Applier.Start();
            if (random.Next(4) == 0) Applier.ClearAsync();
            if (random.Next(4) == 0) Applier.Retry();
            if (random.Next(2) == 0) Loop.RunUntilIdle();
            if (Last > 900) break; // the extent has 1000 bytes
        }
        // Dispose stops it and asserts the rest.
    }
}
