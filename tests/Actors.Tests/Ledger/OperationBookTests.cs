using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What the ledger makes of each thing that happens to an operation.</summary>
public sealed class OperationBookTests
{
    private static readonly PartitionId Seven = new(7), Eight = new(8);
    private readonly OperationBook _book = new(new LedgerSettings { HistoryEntries = 20, HistoryAge = TimeSpan.FromHours(2) });
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _ids;

    [Fact]
    public void An_operation_is_accepted_started_moves_and_ends_each_with_its_time()
    {
        var id = Accept(OperationKind.Cycle);
        Assert.Equal((OperationState.Accepted, null, null), (Of(id).State, Of(id).StartedAt, Of(id).EndedAt));

        _book.Start(id, Later(1));
        Assert.Equal((OperationState.Running, _now), (Of(id).State, Of(id).StartedAt));
        _book.Progress(id, 3, 10, "extents", Later(1));
        Assert.Equal((new OperationProgress(3, 10, "extents"), _now), (Of(id).Progress, Of(id).MovedAt));
        _book.End(id, OperationState.Done, "2 extents lack", Later(1));

        Assert.Equal((OperationState.Done, _now, "2 extents lack", false), (Of(id).State, Of(id).EndedAt, Of(id).Result, Of(id).IsOpen));
        Assert.False(_book.HasOpen);
    }

    [Theory]
    [InlineData(OperationState.Done)]
    [InlineData(OperationState.Failed)]
    [InlineData(OperationState.Cancelled)]
    public void What_has_ended_never_changes_and_whoever_still_calls_is_counted(OperationState state)
    {
        var id = Begin(OperationKind.RepairTask);
        _book.End(id, state, "first", _now);
        var ended = Of(id);

        _book.Start(id, Later(1));
        _book.Progress(id, 9, 9, "extents", _now);
        _book.End(id, OperationState.Failed, "second", _now);
        _book.Suspend(id, "third", _now);
        _book.Rest(id, "fourth", _now);
        Assert.Null(_book.End(id, OperationState.Failed, OperationHandle.NoResult, _now, isLetGo: true)); // its owner lets go: that is no late call

        Assert.Equal(ended, Of(id));
        Assert.Equal(5, _book.Counts.LateCalls);
    }

    [Fact]
    public void Progress_below_an_earlier_one_and_progress_that_is_none_are_ignored_and_counted()
    {
        var id = Begin(OperationKind.RepairTask);
        _book.Progress(id, 5, 10, "extents", _now);
        foreach (var (done, of, unit) in ((long, long, string)[])[(4, 10, "extents"), (-1, 10, "extents"), (6, -1, "extents"), (6, 10, "bytes"), (6, 10, ""), (6, 10, "a unit that is no unit")])
            _book.Progress(id, done, of, unit, _now);
        Assert.Equal(new OperationProgress(5, 10, "extents"), Of(id).Progress);
        Assert.Equal(6, _book.Counts.ProgressIgnored);

        _book.Progress(id, 12, 10, "extents", _now); // more than was known of
        Assert.Equal(new OperationProgress(12, 12, "extents"), Of(id).Progress);
        _book.Progress(id, 13, 0, "extents", _now); // how much it is in all is not known any more
        Assert.Equal(new OperationProgress(13, 13, "extents"), Of(id).Progress);
    }

    [Fact]
    public void A_comparison_that_finds_nothing_leaves_a_number_and_nothing_to_be_written()
    {
        foreach (var kind in (OperationKind[])[OperationKind.Cycle, OperationKind.TinyVerification, OperationKind.LoadCheck, OperationKind.Scrub])
        {
            var id = Accept(kind);
            Assert.Contains(_book.List(new OperationFilter()), entry => entry.Id == id); // while it is under way, it is seen
            _book.Start(id, _now);
            _book.End(id, OperationState.Done, "", _now);
            Assert.Null(_book.Lookup(id));
            Assert.Equal((1, 1), ((int)_book.Counts.Of(kind).Done, (int)_book.Counts.Of(kind).Nothing));
        }

        Assert.False(_book.HasChanges);
    }

    [Fact]
    public void A_comparison_that_finds_something_is_written_and_one_that_fails_is_kept_in_memory()
    {
        var found = Begin(OperationKind.Cycle);
        _book.End(found, OperationState.Done, "3 extents lack", _now);
        var failed = Begin(OperationKind.Cycle);
        _book.End(failed, OperationState.Failed, "nobody answers", _now);

        Assert.Equal([found], _book.TakeChanges(isTime: true, 100).Entries.Select(entry => entry.Id));
        Assert.Equal("nobody answers", Of(failed).Result);
        Assert.DoesNotContain(_book.TakeAll().Entries, entry => entry.Id == failed);
    }

    [Fact]
    public void Beginnings_and_ends_are_to_be_written_at_once_and_progress_in_its_time()
    {
        var id = Begin(OperationKind.RepairTask);
        Assert.Equal([id], _book.TakeChanges(isTime: false, 100).Entries.Select(entry => entry.Id));

        _book.Progress(id, 1, 10, "extents", _now);
        _book.Progress(id, 2, 10, "extents", _now);
        Assert.False(_book.HasUrgent);
        Assert.Empty(_book.TakeChanges(isTime: false, 100).Entries);
        Assert.Equal([2], _book.TakeChanges(isTime: true, 100).Entries.Select(entry => entry.Progress.Done)); // once, as it is now
        Assert.Empty(_book.TakeChanges(isTime: true, 100).Entries);

        _book.Progress(id, 3, 10, "extents", _now);
        _book.End(id, OperationState.Done, "all of it", _now);
        Assert.Equal([OperationState.Done], _book.TakeChanges(isTime: false, 100).Entries.Select(entry => entry.State));
        Assert.False(_book.HasChanges);
    }

    [Fact]
    public void Of_many_changes_so_many_are_taken_at_a_time()
    {
        var ids = Enumerable.Range(1, 10).Select(partition => Begin(OperationKind.Reload, new PartitionId((ulong)partition))).ToList();
        var taken = new List<Guid>();
        for (var round = 0; round < 3; round++) taken.AddRange(_book.TakeChanges(isTime: true, 4).Entries.Select(entry => entry.Id));
        Assert.Equal(ids.Order(), taken.Order());
        Assert.False(_book.HasChanges);
    }

    [Fact]
    public void What_does_not_move_for_longer_than_its_kind_allows_is_one_alert_which_clears_when_it_moves()
    {
        var id = Begin(OperationKind.RepairTask);
        var limit = OperationRules.Of(OperationKind.RepairTask).StallAfter;
        _now += limit;
        _book.Look(_now);
        Assert.Empty(_book.Alerts);

        _book.Look(Later(1));
        _book.Look(Later(1));
        var alert = Assert.Single(_book.Alerts);
        Assert.Equal((OperationAlertKind.Stall, id, Seven, true), (alert.Kind, alert.Operation, alert.Partition, OperationBook.IsActive(alert, _now)));
        Assert.True(Of(id).IsStalled);

        _book.Progress(id, 1, 2, "extents", Later(1));
        Assert.Equal((_now, false, false), (_book.Alerts.Single().ClearedAt, Of(id).IsStalled, OperationBook.IsActive(_book.Alerts.Single(), _now)));

        _now += limit + TimeSpan.FromSeconds(1);
        _book.Look(_now);
        Assert.Equal(2, _book.Alerts.Count());
        _book.End(id, OperationState.Failed, "given up", _now);
        Assert.All(_book.Alerts, raised => Assert.NotNull(raised.ClearedAt));
        Assert.Equal(2, _book.Counts.AlertsOf(OperationAlertKind.Stall));
    }

    [Fact]
    public void Every_kind_has_a_limit_and_one_that_waits_has_another()
    {
        foreach (var kind in Enum.GetValues<OperationKind>())
        {
            var book = new OperationBook(new LedgerSettings());
            Assert.NotNull(book.Begin(kind, Id(), Seven, null, "peer", "", runs: true, _now));
            book.Look(_now + OperationRules.Of(kind).StallAfter + TimeSpan.FromSeconds(1));
            Assert.Equal(OperationAlertKind.Stall, Assert.Single(book.Alerts).Kind);
        }

        var waits = Accept(OperationKind.LoadCheck);
        _book.Look(_now + OperationRules.Of(OperationKind.LoadCheck).StallAfter + TimeSpan.FromSeconds(1));
        Assert.False(Of(waits).IsStalled);
        _book.Look(_now + OperationRules.WaitAfter + TimeSpan.FromSeconds(1));
        Assert.True(Of(waits).IsStalled);
    }

    [Fact]
    public void What_rests_by_order_does_not_stall_until_it_goes_on()
    {
        var id = Begin(OperationKind.Rebuild);
        _book.Rest(id, "it was stopped by order of the master", _now);
        _book.Look(_now += TimeSpan.FromDays(1));
        Assert.Empty(_book.Alerts);
        Assert.Equal("it was stopped by order of the master", Of(id).Result);

        _book.Start(id, _now);
        Assert.Equal("", Of(id).Result);
        _book.Look(_now += OperationRules.Of(OperationKind.Rebuild).StallAfter + TimeSpan.FromSeconds(1));
        Assert.True(Of(id).IsStalled);
    }

    [Fact]
    public void A_resumed_operation_takes_over_the_entry_and_goes_on_with_its_progress()
    {
        var first = Begin(OperationKind.Rebuild);
        _book.Progress(first, 5000, 10_000, "1/10000", _now);
        _book.Suspend(first, "its replica was closed", _now);
        Assert.Equal((OperationState.Accepted, "its replica was closed"), (Of(first).State, Of(first).Result));
        var acceptedAt = Of(first).AcceptedAt;

        var second = Begin(OperationKind.Rebuild, at: Later(60));
        var entry = Assert.Single(_book.List(new OperationFilter()));
        Assert.Equal((second, first, 2, acceptedAt, 5000), (entry.Id, entry.Resumes, entry.Runs, entry.AcceptedAt, (int)entry.Progress.Done));
        Assert.Equal(entry, Of(first)); // found by both

        _book.Progress(second, 100, 10_000, "1/10000", _now); // it began anew behind: it moves, and shows what was reached
        Assert.Equal((5000, _now), ((int)Of(second).Progress.Done, Of(second).MovedAt));
        _book.End(first, OperationState.Failed, "too late", _now); // the old owner has nothing to say any more
        Assert.True(Of(second).IsOpen);

        _book.Suspend(second, "again", _now);
        var third = Begin(OperationKind.Rebuild);
        Assert.Equal((first, 3), (Of(third).Resumes, Of(third).Runs));
        Assert.Empty(_book.Alerts);
    }

    [Fact]
    public void What_is_suspended_and_not_resumed_in_time_is_interrupted_with_an_alert()
    {
        var id = Begin(OperationKind.Rebuild);
        _book.Suspend(id, "its replica was closed", _now);
        _book.Look(_now += OperationRules.ResumeWithin);
        Assert.True(Of(id).IsOpen);
        _book.Look(Later(1));
        Assert.Equal((OperationState.Interrupted, OperationBook.InterruptedReason), (Of(id).State, Of(id).Result));
        Assert.Equal((OperationAlertKind.Interrupted, id), (_book.Alerts.Single().Kind, _book.Alerts.Single().Operation));
    }

    [Fact]
    public void What_is_suspended_on_a_partition_that_is_deleted_is_cancelled()
    {
        var left = Begin(OperationKind.Rebuild);
        _book.Suspend(left, "its replica was closed", _now);
        var other = Begin(OperationKind.Rebuild, Eight);
        _book.Suspend(other, "its replica was closed", _now);
        _book.Forget(Seven, "the replica was deleted", _now);
        Assert.Equal((OperationState.Cancelled, OperationState.Accepted), (Of(left).State, Of(other).State));
        Assert.Empty(_book.Alerts);
    }

    [Fact]
    public void A_kind_that_does_not_resume_ends_when_its_owner_leaves_it()
    {
        var id = Begin(OperationKind.RepairTask);
        _book.Suspend(id, "its replica was closed", _now);
        Assert.Equal(OperationState.Cancelled, Of(id).State);
    }

    [Fact]
    public void Two_at_once_that_exclude_each_other_are_an_alert_and_of_one_key_the_older_ends()
    {
        var task = Begin(OperationKind.RepairTask);
        var own = Begin(OperationKind.OwnRepair);
        Assert.Equal((OperationAlertKind.Concurrent, own), (_book.Alerts.Single().Kind, _book.Alerts.Single().Operation));
        Assert.Contains($"{task}", _book.Alerts.Single().Got);
        Assert.True(Of(task).IsOpen);

        var again = Begin(OperationKind.RepairTask, at: Later(120));
        Assert.Equal((OperationState.Failed, "another one began before it had ended"), (Of(task).State, Of(task).Result));
        Assert.True(Of(again).IsOpen);
        Assert.True(_book.Counts.AlertsOf(OperationAlertKind.Concurrent) > 1);
    }

    [Fact]
    public void What_may_run_together_and_what_is_about_something_else_raises_nothing()
    {
        Begin(OperationKind.RepairTask);
        Begin(OperationKind.RepairTask, Eight);
        Begin(OperationKind.Cycle);
        Begin(OperationKind.DeletePartition); // it cancels the others, which are heard of a moment later
        Begin(OperationKind.Share, peer: "a:1");
        Begin(OperationKind.Share, peer: "b:1"); // to another replica
        _book.Begin(OperationKind.DiskRecovery, Id(), null, "/disk0", null, "", runs: true, _now);
        _book.Begin(OperationKind.DiskRecovery, Id(), null, "/disk1", null, "", runs: true, _now);
        _book.Begin(OperationKind.Drain, Id(), null, null, null, "", runs: true, _now);
        Assert.Empty(_book.Alerts);
        Assert.Equal(9, _book.List(new OperationFilter()).Count());
    }

    [Fact]
    public void An_id_is_used_once()
    {
        var id = Begin(OperationKind.Reload);
        Assert.Null(_book.Begin(OperationKind.Reload, id, Eight, null, null, "", runs: true, _now));
        _book.End(id, OperationState.Done, "", _now);
        Assert.Null(_book.Begin(OperationKind.Reload, id, Seven, null, null, "", runs: true, _now));
        Assert.Equal(2, _book.Counts.Unrecorded);
    }

    [Fact]
    public void History_is_limited_in_entries_in_age_and_in_comparisons()
    {
        for (var n = 0; n < 50; n++) End(OperationKind.Cycle, OperationState.Failed);
        Assert.Equal(2, _book.EndedCount); // a tenth

        var first = End(OperationKind.Reload, OperationState.Done);
        for (var n = 0; n < 50; n++) End(OperationKind.Reload, OperationState.Done);
        Assert.Equal(20, _book.EndedCount);
        Assert.Null(_book.Lookup(first));

        _now += TimeSpan.FromHours(3);
        var open = Begin(OperationKind.Reload);
        _book.Look(_now);
        Assert.Equal([open], _book.List(new OperationFilter()).Select(entry => entry.Id));
        Assert.Equal(0, _book.EndedCount);
    }

    [Fact]
    public void A_list_has_what_is_open_first_the_newest_first_and_no_more_than_asked_for()
    {
        var done = End(OperationKind.Reload, OperationState.Done);
        var failed = End(OperationKind.MemberChange, OperationState.Failed);
        var old = Begin(OperationKind.RepairTask, at: Later(1));
        var young = Begin(OperationKind.Cycle, Eight, at: Later(1));

        Assert.Equal([young, old, failed, done], Ids(new OperationFilter()));
        Assert.Equal([young, old], Ids(new OperationFilter { IsOpen = true }));
        Assert.Equal([failed], Ids(new OperationFilter(State: OperationState.Failed)));
        Assert.Equal([young], Ids(new OperationFilter(Partition: Eight)));
        Assert.Equal([old], Ids(new OperationFilter(Kind: OperationKind.RepairTask)));
        Assert.Equal([young, old], Ids(new OperationFilter(Limit: 2)));

        IEnumerable<Guid> Ids(OperationFilter filter) => _book.List(filter).Select(entry => entry.Id);
    }

    [Fact]
    public void An_operation_is_cancelled_by_whoever_carries_it_out_and_asked_once()
    {
        var id = Begin(OperationKind.RepairTask);
        Assert.Null(_book.TakeCancel(id, out var problem));
        Assert.Contains("cannot be cancelled", problem);

        var told = 0;
        _book.CancelBy(id, () => told++);
        Assert.True(Of(id).CanCancel);
        _book.TakeCancel(id, out _)!();
        Assert.Equal((1, false), (told, Of(id).CanCancel));
        Assert.Null(_book.TakeCancel(id, out _));

        _book.End(id, OperationState.Cancelled, "by order", _now);
        Assert.Null(_book.TakeCancel(id, out problem));
        Assert.Contains("has ended: Cancelled", problem);
        Assert.Null(_book.TakeCancel(Guid.NewGuid(), out problem));
        Assert.Contains("there is no operation", problem);
    }

    [Fact]
    public void The_same_alert_again_is_counted_with_the_first_and_said_once()
    {
        var mismatch = new OperationAlert(OperationAlertKind.ReplyMismatch, Guid.Empty, Seven, 1025, "a:1", "op 09", "op 0a");
        _book.Raise(mismatch, _now);
        _book.Raise(mismatch with { Got = "op 0b", Operation = Guid.NewGuid() }, Later(1));
        _book.Raise(mismatch with { Extent = 1026 }, _now);
        Assert.Equal([(1026UL, 0L), (1025UL, 1L)], _book.Alerts.Select(alert => (alert.Extent, alert.Repeats)));
        Assert.Equal(2, _book.TakeUnsaid().Count);
        Assert.Empty(_book.TakeUnsaid());

        _book.Raise(mismatch, _now += OperationBook.RepeatsWithin);
        Assert.Equal((3, 4L), (_book.Alerts.Count(), _book.Counts.AlertsOf(OperationAlertKind.ReplyMismatch)));
        Assert.All(_book.Alerts, alert => Assert.True(OperationBook.IsActive(alert, _now)));
        Assert.All(_book.Alerts, alert => Assert.False(OperationBook.IsActive(alert, _now + OperationBook.ActiveFor)));
    }

    [Fact]
    public void Of_many_alerts_the_last_are_kept_and_a_few_a_minute_said_and_one_whose_cause_is_there_is_not_pushed_out()
    {
        var stalled = Begin(OperationKind.RepairTask);
        _book.Look(_now += OperationRules.Of(OperationKind.RepairTask).StallAfter + TimeSpan.FromSeconds(1));
        _book.TakeUnsaid();
        _now += TimeSpan.FromHours(2);
        for (var extent = 1; extent <= 3 * OperationBook.AlertsMax; extent++)
        {
            _book.Raise(new OperationAlert(OperationAlertKind.IntegrityFinding, Guid.Empty, Eight, (ulong)extent, null, "", ""), _now);
            if (extent == OperationBook.AlertsMax) _now += OperationBook.ActiveFor;
        }

        Assert.Equal(OperationBook.AlertsMax, _book.Alerts.Count());
        Assert.Contains(_book.Alerts, alert => alert.Operation == stalled);
        Assert.InRange(_book.TakeUnsaid().Count, OperationBook.LinesPerMinute, 2 * OperationBook.LinesPerMinute);
    }

    [Fact]
    public void Long_texts_are_cut()
    {
        var id = Id();
        _book.Begin(OperationKind.Reload, id, Seven, null, new string('p', 1000), new string('d', 1000), runs: true, _now);
        _book.End(id, OperationState.Failed, new string('r', 1000), _now);
        Assert.All((string?[])[Of(id).Peer, Of(id).Detail, Of(id).Result], text => Assert.Equal(OperationBook.TextCharsMax, text!.Length));
    }

    private OperationEntry Of(Guid id) => _book.Lookup(id) ?? throw new InvalidOperationException($"{id} is not in the book");

    private Guid Begin(OperationKind kind, PartitionId? partition = null, string? peer = null, DateTimeOffset? at = null)
    {
        var id = Id();
        Assert.NotNull(_book.Begin(kind, id, partition ?? Seven, "/disk0", peer, "", runs: true, at ?? _now));
        return id;
    }

    private Guid Accept(OperationKind kind)
    {
        var id = Id();
        Assert.NotNull(_book.Begin(kind, id, Seven, null, null, "", runs: false, _now));
        return id;
    }

    private Guid End(OperationKind kind, OperationState state)
    {
        var id = Begin(kind);
        _book.End(id, state, "because", Later(1));
        return id;
    }

    private Guid Id() => new(++_ids, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private DateTimeOffset Later(int seconds) => _now += TimeSpan.FromSeconds(seconds);
}
