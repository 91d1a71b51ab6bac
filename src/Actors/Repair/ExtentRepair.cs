using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>How the repair of one extent ended.</summary>
/// <param name="Problem">Null unless it failed.</param>
internal readonly record struct ExtentRepaired(ExtentId Extent, RepairOutcome Outcome, long Bytes, string? Problem = null);

/// <summary>What became of one extent.</summary>
internal enum RepairOutcome
{
    /// <summary>It is as long as the other replica's was.</summary>
    Repaired,

    /// <summary>There was nothing to do.</summary>
    WasLevel,

    /// <summary>A delete came before the repair, here or there, and stands.</summary>
    WasDeleted,

    /// <summary>Given up for this time.</summary>
    Failed,
}

/// <summary>Brings one extent level with another replica: fetches range after range behind the own watermark, and appends it there.</summary>
/// <remarks>
/// Never undoes a delete, never shrinks an extent, never changes a byte below the watermark: bytes go in only as an append at the watermark
/// does, so that whatever a client has written meanwhile stays, and the repair goes on behind it.
/// </remarks>
internal sealed class ExtentRepair(RepairSite site, RepairItem item)
{
    private long _fetched;

    /// <summary>Bytes that were fetched and written, of all tries.</summary>
    public long Fetched => _fetched;

    /// <param name="line">To the source of the item.</param>
    /// <param name="buffer">Of a megabyte; the caller's.</param>
    /// <param name="ticket">The place that the repair has; the caller's.</param>
    /// <returns>Null if somebody more urgent waits for the place: what was fetched so far is written, and the next call goes on there.</returns>
    /// <exception cref="RepairFailureException">The source; what was fetched so far is written.</exception>
    /// <exception cref="DiskFaultException">The disk.</exception>
    public async Task<ExtentRepaired?> RunAsync(RepairLine line, BufferLease buffer, BudgetTicket ticket, CancellationToken cancel)
    {
        for (var ranges = 0; ; ranges++)
        {
            cancel.ThrowIfCancellationRequested();
            var (position, ends) = site.Look(LookUp);
            if (ends is { } outcome) return new ExtentRepaired(item.Extent, outcome, _fetched);
            if (ranges > 0 && ticket.IsWanted) return null; // not before the first: each turn moves something
            var bytes = (int)Math.Min(RepairLine.RangeBytes, item.Size - position);
            await ticket.SpendAsync(bytes, cancel).ConfigureAwait(false);
            var moved = item.Extent.IsTiny
                ? await TinyRangeAsync(line, buffer, position, bytes, cancel).ConfigureAwait(false)
                : await NormalRangeAsync(line, buffer, position, bytes, cancel).ConfigureAwait(false);
            if (moved is { } problem) return new ExtentRepaired(item.Extent, problem.Outcome, _fetched, problem.Text);
        }
    }

    private (long Position, RepairOutcome? Ends) LookUp(ExtentStore store)
    {
        if (store.WasRecentlyDeleted(item.Extent)) return (0, RepairOutcome.WasDeleted);
        if (store.Find(item.Extent) is not { } here) return (0, RepairOutcome.WasDeleted); // or never created, because it was deleted
        return here.Size >= item.Size ? (here.Size, _fetched > 0 ? RepairOutcome.Repaired : RepairOutcome.WasLevel) : (here.Size, null);
    }

    private async Task<(RepairOutcome Outcome, string? Text)?> NormalRangeAsync(RepairLine line, BufferLease buffer, long position, int bytes, CancellationToken cancel)
    {
        var data = buffer.Data[..bytes];
        await line.FetchAsync(site.Partition, item.Extent, position, data).ConfigureAwait(false);
        var error = await site.WriteAsync(
            bytes, store => store.Append(item.Extent, position, data.Span, bytes == DataPlane.BlockBytes ? Crc32.Compute(data.Span) : 0, sync: false, out _), cancel).ConfigureAwait(false);
        if (error == StorageError.None) _fetched += bytes;
        // A client has appended meanwhile: its bytes stand, and the next look finds the new watermark.
        return error == StorageError.NotAtWatermark ? null : Ends(error);
    }

    private async Task<(RepairOutcome Outcome, string? Text)?> TinyRangeAsync(RepairLine line, BufferLease buffer, long position, int bytes, CancellationToken cancel)
    {
        var runs = await line.FetchTinyAsync(site.Partition, item.Extent, position, bytes, buffer.Data).ConfigureAwait(false);
        var error = await site.WriteAsync(bytes, store => Write(store, buffer, runs), cancel).ConfigureAwait(false);
        if (error == StorageError.None) _fetched += runs.Sum(run => Clip(run).Bytes);
        return Ends(error);
    }

    private StorageError Write(ExtentStore store, BufferLease buffer, List<TinyRun> runs)
    {
        foreach (var found in runs)
        {
            var run = Clip(found);
            if (run.Bytes <= 0) break;
            var error = run.IsHole
                ? store.AppendTinyHole(item.Extent, run.Offset, run.Bytes, out _)
                : store.Append(item.Extent, run.Offset, buffer.Data.Span.Slice(run.DataStart, (int)run.Bytes), run.Crc, sync: false, out _);
            if (error != StorageError.None) return error;
        }

        return StorageError.None;
    }

    /// <summary>What lies behind the end that was listed belongs to the next repair: there a write may be under way.</summary>
    private TinyRun Clip(TinyRun run) => run with { Bytes = Math.Min(run.Bytes, item.Size - run.Offset) };

    private static (RepairOutcome Outcome, string? Text)? Ends(StorageError error) => error switch
    {
        StorageError.None => null,
        StorageError.ExtentMissing or StorageError.ExtentDeleted => (RepairOutcome.WasDeleted, null),
        _ => (RepairOutcome.Failed, $"the own store refused what was fetched: {error}"),
    };
}
