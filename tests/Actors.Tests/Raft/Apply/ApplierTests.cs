using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Committed entries are applied in order, in turns, and nothing is applied twice or lost.</summary>
public sealed class ApplierTests : ApplierTest
{
    [Fact]
    public void Entries_are_applied_in_order_and_their_commands_end_after_it()
    {
        AddEmpty();
        var first = AddOverwrite(proposed: true)!;
        AddOverwrite();
        var last = AddOverwrite(proposed: true)!;

        Run();

        Assert.Equal((byte[])[0, 2, 3, 4], Applied(4));
        Assert.Equal(["applied 4", "ended Applied", "ended Applied"], Owner.Events);
        Assert.Equal([ProposalOutcome.Applied], first.Outcomes);
        Assert.Equal([ProposalOutcome.Applied], last.Outcomes);
        Assert.Equal(0, Applier.HeldBytes);
    }

    [Fact]
    public void Nothing_runs_on_the_thread_that_adds()
    {
        Disk.Hold();
        AddOverwrite();
        Applier.Start();
        Applier.Start(); // once is enough
        Loop.RunUntilIdle();

        Assert.Empty(Owner.Events);
        Assert.Equal((1, 1), (Disk.Depth, Disk.DepthOf(IoClass.Client)));
        Assert.True(Applier.HeldBytes > 0);

        Disk.Resume();
        Loop.RunUntilIdle();
        Assert.Equal(["applied 1"], Owner.Events);
    }

    [Fact]
    public void A_long_backlog_is_worked_off_in_turns_so_that_others_get_the_thread()
    {
        for (var i = 0; i < 150; i++) AddOverwrite();
        Disk.Hold();
        Applier.Start();

        Disk.RunNext();
        Assert.Equal(64ul, Owner.LastApplied);
        Disk.RunNext();
        Assert.Equal(128ul, Owner.LastApplied);
        Disk.RunNext();
        Assert.Equal((150ul, 0), (Owner.LastApplied, Disk.Depth));
        Assert.Equal(Numbers(150), Applied(150));
    }

    [Fact]
    public void What_is_added_during_a_turn_gets_the_next_one()
    {
        Disk.Hold();
        AddOverwrite();
        Applier.Start();
        AddOverwrite();
        Applier.Start();

        Disk.RunNext();

        Assert.Equal(["applied 2"], Owner.Events);
        Assert.Equal(0, Disk.Depth);
    }

    [Fact]
    public void No_space_stands_until_it_is_retried_and_nothing_overtakes_it()
    {
        var full = true;
        Replica.Files.Fault = call => full && call.Operation == DiskOperation.Write && call.Name == Extent.ToString() ? DiskFault.NoSpace : null;
        var first = AddOverwrite(proposed: true)!;
        AddOverwrite();
        Run();
        Assert.True(Applier.Stands);
        Assert.Empty(Owner.Events);

        AddOverwrite();
        Run(); // starting is no retry
        Applier.Retry();
        Loop.RunUntilIdle();
        Assert.Empty(Owner.Events); // still full
        Assert.Empty(first.Outcomes); // its client waits

        full = false;
        Applier.Retry();
        Loop.RunUntilIdle();
        Assert.Equal(["applied 3", "ended Applied"], Owner.Events);
        Assert.Equal(Numbers(3), Applied(3));
        Assert.False(Applier.Stands);
    }

    [Fact]
    public void A_full_queue_of_the_disk_is_tried_again_at_the_next_retry()
    {
        Disk.Capacity = 0;
        var proposal = AddOverwrite(proposed: true)!;
        Run();
        Assert.True(Applier.Stands);

        Disk.Capacity = 10;
        Applier.Retry();
        Loop.RunUntilIdle();

        Assert.Equal([ProposalOutcome.Applied], proposal.Outcomes);
    }

    [Fact]
    public void A_store_that_was_closed_under_an_entry_answers_its_client_and_keeps_the_entry()
    {
        var proposal = AddOverwrite(proposed: true)!;
        Replica.Store.Close();

        Run();
        Assert.Equal(["ended StoreClosed"], Owner.Events);
        Assert.True(Applier.Stands);
        Applier.Retry();
        Loop.RunUntilIdle();

        Assert.Equal([ProposalOutcome.StoreClosed], proposal.Outcomes); // and not a second time
        Assert.Equal(0ul, Owner.LastApplied);
    }

    [Fact]
    public void A_store_that_is_being_closed_is_not_entered()
    {
        AddOverwrite();
        var closed = Usage.CloseAsync();
        Assert.True(closed.IsCompletedSuccessfully);

        Run();

        Assert.True(Applier.Stands);
        Assert.Equal(0, Replica.Read(Extent, 1, 1)[0]);
    }

    [Fact]
    public void The_store_is_entered_for_a_turn_and_left_behind_it()
    {
        Disk.Hold();
        AddOverwrite();
        Applier.Start();
        Disk.RunNext();

        Assert.True(Usage.CloseAsync().IsCompletedSuccessfully); // nobody is inside any more
    }

    [Fact]
    public void A_fault_of_the_disk_is_told_once_and_nothing_behind_it_is_applied()
    {
        var broken = true;
        Replica.Files.Fault = call => broken && call.Operation == DiskOperation.Write && call.Name == Extent.ToString() ? DiskFault.MediaError : null;
        AddEmpty();
        AddOverwrite();
        AddOverwrite();

        Run();
        broken = false;
        Applier.Retry();
        Run();

        Assert.Equal(["applied 1", "failed"], Owner.Events);
        Assert.True(Assert.IsType<DiskFaultException>(Owner.Failure).IsMediaError);
        Assert.Equal(new byte[3], Applied(3));
        Assert.True(Applier.Stands);
    }

    [Fact]
    public void An_entry_that_is_none_of_ours_is_told_by_name()
    {
        Write(RaftEntryType.Normal, Last + 1, [1, 2]);
        AddHere(RaftEntryType.Normal, Last, [1, 2], proposed: false);

        Run();

        Assert.Contains("entry 1 of its raft log holds 2 bytes that are no command", Owner.Failure!.Message);
    }
}
