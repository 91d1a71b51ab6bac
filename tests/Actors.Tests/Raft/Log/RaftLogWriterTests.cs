using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

public sealed class RaftLogWriterTests
{
    private static readonly RaftLogWriterSettings Strict = new() { Durability = RaftDurability.Strict };

    [Fact]
    public void Replicated_entries_are_saved_when_they_are_written_and_synced_once_within_the_interval()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        test.Watch();
        Assert.Equal(1, group.Append(3));
        Assert.Equal(0, group.LastSaved);
        test.Run();
        Assert.Equal(1, group.LastSaved);
        Assert.Equal(["Write a/log"], test.Calls);
        group.Append();
        test.Run();
        test.Time.Advance(TimeSpan.FromMilliseconds(999));
        test.Run();
        Assert.DoesNotContain("Sync a/log", test.Calls);
        test.Time.Advance(TimeSpan.FromMilliseconds(1));
        test.Run();
        Assert.Equal(["Write a/log", "Write a/log", "Sync a/log"], test.Calls);
        test.Time.Advance(TimeSpan.FromSeconds(5));
        test.Run();
        Assert.Equal(3, test.Calls.Count); // nothing new, nothing to sync
        Assert.Equal(0, test.Pool.Outstanding);
    }

    [Fact]
    public void Strict_entries_of_all_groups_are_written_first_then_synced_and_only_then_saved()
    {
        var test = new LogWriterTest(Strict);
        var (a, b, idle) = (test.Group("a"), test.Group("b"), test.Group("idle"));
        test.Watch(call =>
        {
            if (call.Operation == DiskOperation.Sync && call.Path.Contains("/a/", StringComparison.Ordinal)) Assert.Equal((0L, 0L), (a.LastSaved, b.LastSaved));
            return null;
        });
        a.Append();
        b.Append();
        a.Append(2);
        test.Run();
        Assert.Equal(["Write a/log", "Write b/log", "Sync a/log", "Sync b/log"], test.Calls);
        Assert.Equal((2L, 1L, 0L), (a.LastSaved, b.LastSaved, idle.LastSaved));
        test.Time.Advance(TimeSpan.FromSeconds(1));
        test.Run();
        Assert.Equal(4, test.Calls.Count);
    }

    [Theory]
    [InlineData(2UL, 0UL)]
    [InlineData(1UL, 3UL)]
    public void A_new_term_or_vote_is_synced_before_it_is_saved_and_replicated_entries_beside_it_are_not(ulong term, ulong vote)
    {
        var test = new LogWriterTest();
        var (group, other) = (test.Group("a"), test.Group("b"));
        group.Save(1, 0, 0);
        test.Run();
        test.Watch(call =>
        {
            if (call.Operation == DiskOperation.Sync) Assert.Equal((1L, 1L), (group.LastSaved, other.LastSaved)); // who needs no sync does not wait for it
            return null;
        });
        group.Append();
        group.Save(term, vote, 0);
        other.Append();
        test.Run();
        Assert.Equal(["Write a/log", "Write a/META", "Write b/log", "Sync a/META"], test.Calls);
        Assert.Equal(3, group.LastSaved);
    }

    [Fact]
    public void Commit_indexes_are_written_once_a_round_and_never_synced_for_themselves()
    {
        var test = new LogWriterTest(Strict);
        var group = test.Group("a");
        group.Save(1, 2, 0);
        group.Append(9);
        test.Run();
        test.Watch();
        for (ulong commit = 1; commit <= 5; commit++) group.Save(1, 2, commit);
        group.Append();
        group.Save(1, 2, 6);
        group.Save(1, 2, 7);
        test.Run();
        Assert.Equal(["Write a/log", "Write a/META", "Sync a/log"], test.Calls);
        Assert.Equal(10, group.LastSaved);
        test.Watch();
        group.Save(1, 2, 8);
        test.Run();
        Assert.Equal(["Write a/META"], test.Calls);
        Assert.Equal(11, group.LastSaved);
        test.Disk.Kill();
        Assert.Equal(8UL, group.Reopen().HardState.Commit);
    }

    [Fact]
    public void Orders_are_carried_out_in_order_and_appends_in_a_row_are_one_write()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        test.Watch();
        group.Append(3);
        group.Append(3);
        group.TruncateBack(5);
        group.Save(2, 0, 2);
        group.Append(1, term: 2);
        group.Log.TruncateFront(2);
        test.Run();
        Assert.Equal(["Write a/log", "SetLength a/log", "Sync a/log", "Write a/META", "Write a/log", "Write a/META", "Sync a/META"], test.Calls);
        Assert.Equal(6, group.LastSaved);
        Assert.Equal((new LogPosition(1, 2), new LogPosition(2, 5)), (group.Log.Log.Truncated, group.Log.Log.Last));
        group.Install(3, 9);
        group.Append(1, term: 3);
        test.Run();
        Assert.Equal((new LogPosition(3, 9), new LogPosition(3, 10), 8L), (group.Log.Log.Truncated, group.Log.Log.Last, group.LastSaved));
    }

    [Fact]
    public void An_ordered_sync_makes_everything_before_it_durable_whatever_the_setting()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        group.Append(5);
        group.Log.Sync();
        test.Run();
        Assert.Equal(2, group.LastSaved);
        test.Disk.PowerCut();
        Assert.Equal(5UL, group.Reopen().Last.Index);
    }

    [Fact]
    public void A_write_that_fails_is_told_to_its_group_once_and_the_others_go_on()
    {
        var test = new LogWriterTest();
        var (bad, good) = (test.Group("bad"), test.Group("good"));
        test.Watch(call => call.Operation == DiskOperation.Write && call.Path.Contains("/bad/", StringComparison.Ordinal) ? DiskFault.MediaError : null);
        bad.Append();
        bad.Save(5, 0, 0);
        good.Append();
        test.Run();
        bad.Append(); // dropped
        test.Run();
        Assert.True(Assert.IsType<DiskFaultException>(Assert.Single(bad.Failures)).IsMediaError);
        Assert.Equal((0L, 1L), (bad.LastSaved, good.LastSaved));
        Assert.Equal((0L, 0L), (test.Pool.Outstanding, test.Writer.QueuedBytes));
        Assert.Equal(TimeSpan.Zero, bad.Log.OutstandingFor);
        bad.Log.Close();
        good.Log.Close();
        test.Run();
        Assert.True(bad.IsClosed && good.IsClosed);
        Assert.Equal(0, test.Disk.OpenFiles);
        Assert.Single(bad.Failures);
    }

    [Theory]
    [InlineData(DiskOperation.Write)]
    [InlineData(DiskOperation.Sync)]
    public void A_fault_that_nobody_thought_of_ends_its_group_and_neither_the_others_nor_the_writer(DiskOperation where)
    {
        var test = new LogWriterTest(Strict);
        var (bad, good) = (test.Group("bad"), test.Group("good"));
        test.Watch(call => call.Operation == where && call.Path.Contains("/bad/", StringComparison.Ordinal) ? throw new NotSupportedException("no such machine") : null);
        bad.Append();
        good.Append();
        Assert.Throws<NotSupportedException>(test.Run); // the queue says where it happened
        Assert.IsType<NotSupportedException>(Assert.Single(bad.Failures));
        good.Append();
        test.Run();
        Assert.Equal((0L, 2L), (bad.LastSaved, good.LastSaved));
        bad.Log.Close();
        good.Log.Close();
        test.Run();
        Assert.True(bad.IsClosed && good.IsClosed);
        Assert.Equal((0, 0L, 0L), (test.Disk.OpenFiles, test.Pool.Outstanding, test.Writer.QueuedBytes));
        Assert.Single(bad.Failures);
    }

    [Theory]
    [InlineData(RaftDurability.Replicated, 1L)] // in the background, after it was saved
    [InlineData(RaftDurability.Strict, 0L)]
    public void A_sync_that_fails_ends_the_group(RaftDurability durability, long saved)
    {
        var test = new LogWriterTest(new RaftLogWriterSettings { Durability = durability });
        var group = test.Group("a");
        test.Watch(call => call.Operation == DiskOperation.Sync ? DiskFault.MediaError : null);
        group.Append();
        test.Run();
        test.Time.Advance(TimeSpan.FromSeconds(1));
        test.Run();
        Assert.Single(group.Failures);
        group.Append();
        test.Run();
        Assert.Equal((saved, 0L), (group.LastSaved, test.Pool.Outstanding));
        group.Log.Close();
        test.Run();
        Assert.True(group.IsClosed);
        Assert.Equal(0, test.Disk.OpenFiles);
    }

    [Fact]
    public void A_mistake_of_the_caller_ends_its_group_as_a_broken_invariant()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        group.Append(2, term: 5);
        group.Append(1, term: 4);
        test.Run();
        Assert.IsType<InvariantViolationException>(Assert.Single(group.Failures));
        Assert.Equal(0, test.Pool.Outstanding);
    }

    [Fact]
    public void What_waits_for_the_disk_is_bounded_over_all_groups_and_given_back_when_written()
    {
        var test = new LogWriterTest(new RaftLogWriterSettings { QueuedBytesMax = 1000 });
        var (a, b) = (test.Group("a"), test.Group("b"));
        a.Append(1, bytes: 500);
        Assert.Equal(628, test.Writer.QueuedBytes);
        Assert.False(b.Log.TryReserve(1, 300));
        Assert.True(b.Log.TryReserve(1, 200));
        b.Log.CancelReservation(1, 200);
        Assert.Equal(628, test.Writer.QueuedBytes);
        test.Run();
        Assert.Equal(0, test.Writer.QueuedBytes);
        a.Append(1, bytes: 5000); // larger than the whole budget: alone it passes
        Assert.False(b.Log.TryReserve(0, 1));
        test.Run();
        Assert.Equal((2L, 0L), (a.LastSaved, test.Writer.QueuedBytes));
        Assert.Throws<InvariantViolationException>(() => a.Log.CancelReservation(1, 0));
    }

    [Fact]
    public void A_stalled_disk_shows_in_the_age_of_the_oldest_order()
    {
        var test = new LogWriterTest();
        var (a, b) = (test.Group("a"), test.Group("b"));
        test.Writes.Hold();
        a.Append();
        test.Time.Advance(TimeSpan.FromMilliseconds(700));
        b.Append();
        a.Append();
        test.Time.Advance(TimeSpan.FromMilliseconds(500));
        test.Run();
        Assert.Equal(TimeSpan.FromMilliseconds(1200), a.Log.OutstandingFor);
        Assert.Equal(TimeSpan.FromMilliseconds(500), b.Log.OutstandingFor);
        Assert.Equal(TimeSpan.FromMilliseconds(1200), test.Writer.OutstandingFor);
        test.Writes.Resume();
        test.Run();
        Assert.Equal((2L, 1L), (a.LastSaved, b.LastSaved));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero), (a.Log.OutstandingFor, b.Log.OutstandingFor, test.Writer.OutstandingFor));
    }

    [Fact]
    public void An_order_that_is_being_written_counts_as_outstanding()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        var seen = TimeSpan.Zero;
        test.Watch(call =>
        {
            if (call.Operation != DiskOperation.Write) return null;
            test.Time.Advance(TimeSpan.FromSeconds(3)); // the call hangs
            seen = group.Log.OutstandingFor;
            return null;
        });
        group.Append();
        test.Run();
        Assert.Equal(TimeSpan.FromSeconds(3), seen);
        Assert.Equal(TimeSpan.Zero, group.Log.OutstandingFor);
    }

    [Fact]
    public void Queues_that_are_full_are_tried_again_at_the_next_tick()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        (test.Writes.Capacity, test.Syncs.Capacity) = (0, 0);
        group.Append();
        test.Run();
        Assert.Equal(0, group.LastSaved);
        test.Writes.Capacity = 1;
        test.Time.Advance(TimeSpan.FromSeconds(1));
        test.Run();
        Assert.Equal(1, group.LastSaved);
        test.Watch();
        test.Time.Advance(TimeSpan.FromSeconds(1));
        test.Run();
        Assert.Empty(test.Calls);
        Assert.Equal(TimeSpan.FromSeconds(1), test.Writer.UnsyncedFor); // saved with the first tick
        test.Syncs.Capacity = 1;
        test.Time.Advance(TimeSpan.FromSeconds(1));
        test.Run();
        Assert.Equal(["Sync a/log"], test.Calls);
        Assert.Equal(TimeSpan.Zero, test.Writer.UnsyncedFor);
    }

    [Fact]
    public void States_that_follow_each_other_on_a_stalled_disk_take_one_place()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        test.Writes.Hold();
        for (ulong term = 1; term <= 1000; term++) group.Save(term, 2, 0);
        test.Watch();
        test.Writes.Resume();
        test.Run();
        Assert.Equal(["Write a/META", "Sync a/META"], test.Calls);
        Assert.Equal(1000, group.LastSaved);
    }

    [Fact]
    public void Closing_carries_out_what_was_ordered_before_syncs_it_and_drops_what_comes_after()
    {
        var test = new LogWriterTest();
        var group = test.Group("a");
        group.Append(4);
        group.Save(1, 0, 3);
        group.Log.Close();
        group.Append();
        test.Run();
        Assert.True(group.IsClosed);
        Assert.Equal((3L, 0L, 0), (group.LastSaved, test.Pool.Outstanding, test.Disk.OpenFiles));
        test.Time.Advance(TimeSpan.FromSeconds(1)); // nothing is left for the sync in the background
        test.Run();
        Assert.Empty(group.Failures);
        test.Disk.PowerCut();
        var report = group.Reopen();
        Assert.Equal((4UL, 3UL), (report.Last.Index, report.HardState.Commit));
    }

    [Theory]
    [InlineData(RaftDurability.Replicated, false)] // kill -9
    [InlineData(RaftDurability.Strict, true)]      // power cut
    public void Whatever_was_saved_is_there_after_a_crash_at_any_change(RaftDurability durability, bool powerCut)
    {
        var promises = 0;
        for (var seed = 0; seed < 150; seed++)
        {
            var test = new LogWriterTest(new RaftLogWriterSettings { Durability = durability }, seed);
            var groups = new[] { test.Group("a"), test.Group("b"), test.Group("c") };
            var random = new Random(seed);
            var promised = new (ulong Last, ulong Term)[groups.Length];
            var ordered = groups.Select(_ => new List<(long Sequence, ulong Last, ulong Term)>()).ToArray();
            (test.Disk.CrashAt, test.Disk.CrashTearsWrites) = (test.Disk.Changes + random.Next(60), true);
            try
            {
                for (ulong term = 1; ; term++)
                {
                    var at = random.Next(groups.Length);
                    if (random.Next(3) == 0) ordered[at].Add((groups[at].Save(term, 1, 0), groups[at].LastOrdered, term));
                    else ordered[at].Add((groups[at].Append(random.Next(1, 4), ordered[at].LastOrDefault().Term, random.Next(3000)), groups[at].LastOrdered, ordered[at].LastOrDefault().Term));
                    if (random.Next(3) == 0) test.Run();
                    if (random.Next(9) == 0) test.Time.Advance(TimeSpan.FromSeconds(1));
                }
            }
            catch (SimulatedCrashException)
            {
            }
            for (var i = 0; i < groups.Length; i++)
                promised[i] = ordered[i].Where(order => order.Sequence <= groups[i].LastSaved).Select(order => (order.Last, order.Term)).LastOrDefault();
            promises += promised.Count(promise => promise.Last > 0);
            if (powerCut) test.Disk.PowerCut();
            else test.Disk.Kill();
            for (var i = 0; i < groups.Length; i++)
            {
                var report = groups[i].Reopen();
                Assert.True(report.Last.Index >= promised[i].Last && report.HardState.Term >= promised[i].Term,
                    $"seed {seed}, group {i}: {report.Last} and term {report.HardState.Term}, promised were {promised[i]}");
            }
        }
        Assert.True(promises > 100, $"only {promises} promises to keep");
    }
}
