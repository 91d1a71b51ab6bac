using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Whatever comes in whatever order, what the ledger promises holds.</summary>
public sealed class OperationBookRandomTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Progress_that_comes_in_any_order_never_falls_and_ends_at_the_furthest(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 200; run++)
        {
            var book = new OperationBook(new LedgerSettings());
            var id = Guid.NewGuid();
            book.Begin(OperationKind.RepairTask, id, new PartitionId(1), null, null, "", runs: true, Start);
            var updates = Enumerable.Range(0, random.Next(1, 60)).Select(_ => ((long)random.Next(1000), (long)random.Next(1, 1000))).ToArray();
            random.Shuffle(updates);
            var before = 0L;
            foreach (var (done, of) in updates)
            {
                book.Progress(id, done, of, "extents", Start);
                var now = book.Lookup(id)!.Progress;
                Assert.True(now.Done >= before && now.Of >= now.Done, $"seed {seed}, run {run}: {now} after {before}");
                before = now.Done;
            }

            Assert.Equal(updates.Max(update => update.Item1), before);
            Assert.Equal(updates.Where((update, at) => at > 0 && update.Item1 < updates.Take(at).Max(earlier => earlier.Item1)).Count(), book.Counts.ProgressIgnored);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void One_key_has_one_open_operation_limits_hold_and_what_is_written_is_what_is(int seed)
    {
        var random = new Random(seed);
        var settings = new LedgerSettings { HistoryEntries = 30, HistoryAge = TimeSpan.FromHours(1) };
        var book = new OperationBook(settings);
        var file = new LedgerReplay();
        var ids = new List<Guid>();
        var now = Start;
        for (var step = 0; step < 5000; step++)
        {
            now += TimeSpan.FromSeconds(random.Next(0, 20));
            Guid Known() => ids.Count == 0 ? NewId() : ids[^random.Next(1, Math.Min(ids.Count, 12) + 1)];
            switch (random.Next(9))
            {
                case 0 or 1:
                    var kind = (OperationKind)random.Next(Enum.GetValues<OperationKind>().Length);
                    ids.Add(NewId());
                    book.Begin(kind, ids[^1], random.Next(4) == 0 ? null : new PartitionId((ulong)random.Next(1, 4)), "/disk0", $"peer {random.Next(2)}", "", random.Next(2) == 0, now);
                    break;
                case 2:
                    book.Start(Known(), now);
                    break;
                case 3:
                    book.Progress(Known(), random.Next(100), 100, "extents", now);
                    break;
                case 4:
                    book.End(Known(), (OperationState)random.Next((int)OperationState.Done, (int)OperationState.Interrupted), random.Next(3) == 0 ? "" : "because", now);
                    break;
                case 5:
                    book.Suspend(Known(), "closed", now);
                    break;
                case 6:
                    book.Look(now);
                    break;
                case 7:
                    book.Forget(new PartitionId((ulong)random.Next(1, 4)), "deleted", now);
                    break;
                case 8:
                    Write(book.TakeChanges(random.Next(2) == 0, random.Next(1, 20)));
                    break;
            }

            var open = book.List(new OperationFilter(Limit: int.MaxValue) { IsOpen = true }).ToList();
            Assert.Equal(open.Count, open.Select(OperationKey.Of).Distinct().Count());
            Assert.True(book.EndedCount <= settings.HistoryEntries && book.Alerts.Count() <= OperationBook.AlertsMax, $"seed {seed}, step {step}");
        }

        while (book.HasChanges) Write(book.TakeChanges(isTime: true, 10));
        var saved = book.TakeAll();
        var replayed = file.Content.Entries.ToDictionary(entry => entry.Id);
        foreach (var entry in saved.Entries) Assert.Equal(entry with { IsStalled = false, CanCancel = false, MovedAt = default }, replayed[entry.Id] with { MovedAt = default });
        Assert.Equal(saved.Entries.Count(entry => entry.IsOpen), file.Content.Entries.Count(entry => entry.IsOpen)); // nothing else is open in the file

        Guid NewId()
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            return new Guid(bytes);
        }

        void Write((IReadOnlyList<OperationEntry> Entries, IReadOnlyList<OperationAlert> Alerts) changes)
        {
            foreach (var entry in changes.Entries) file.Take(SavedOperation.From(entry));
            foreach (var alert in changes.Alerts) file.Take(SavedAlert.From(alert));
        }
    }
}
