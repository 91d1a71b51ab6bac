using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What came of one look at a copy.</summary>
internal enum RebuildStep
{
    /// <summary>It goes on; the reason says what it waits for.</summary>
    Goes,

    /// <summary>It is complete, durable, and META says so.</summary>
    Complete,

    /// <summary>The partition is closing.</summary>
    Over,
}

/// <param name="Reason">What it waits for; empty while data comes in.</param>
internal sealed record RebuildOutcome(RebuildStep Step, RebuildSizes Sizes, string Reason);

/// <summary>One look at a copy: asks its source how much it holds, and ends the copy when all of that is here.</summary>
/// <remarks>
/// It copies nothing: extents come by the tasks of the repair leader, to the <see cref="RepairDesk"/>. The order is what makes a copy safe: the number up to
/// which overwrites are in it (META CopyBasis) is asked for and durable before the first byte; the lists are compared; everything is synced; then META says
/// that the copy is complete; only then does the replica open a raft log. Source: CubeFS datanode/partition_raft.go StartRaftAfterRepair, storage-and-repair 4.10.
/// </remarks>
internal sealed class RebuildRound(RebuildSite site, CancellationToken cancel)
{
    private readonly RepairSite _repair = site.Repair;

    /// <exception cref="RepairFailureException">The source.</exception>
    /// <exception cref="ReplicaClosedException">The partition is closing.</exception>
    /// <exception cref="DiskFaultException">The disk failed.</exception>
    public async Task<RebuildOutcome> RunAsync(RebuildSizes sizes)
    {
        var meta = _repair.Meta;
        if (!meta.IsBeingRebuilt) return new RebuildOutcome(RebuildStep.Complete, sizes, "");
        if (meta.StopRecover) return Goes(sizes, "it was stopped by order of the master");
        var self = site.Self();
        if (self.Length == 0) return Goes(sizes, "this node does not know its own address yet");
        if (RebuildSite.SourceOf(meta.Hosts, self) is not { } source) return Goes(sizes, "META names no other replica to be filled from");
        sizes = sizes.From(source);
        var questions = new RebuildQuestions(_repair, source, cancel);
        if (IsWithoutBasis(meta) && await FindBasisAsync(questions, source).ConfigureAwait(false) is { } why) return Goes(sizes, why);
        if (sizes.NeedsTotals)
        {
            var (last, bytes) = await questions.TotalsAsync().ConfigureAwait(false);
            sizes = sizes.WithTotals(last, bytes);
            // Of extents that are deleted already nothing comes, and their ids must not be given out again by this replica: the others refuse them for hours, and a
            // late delete of the old extent would hit the new one.
            if (await _repair.RunAsync(store => store.ObserveExtentId(sizes.Last)).ConfigureAwait(false) == StorageError.NoSpace) return Goes(sizes, "its disk is full");
        }

        var (sourceBytes, used) = await questions.SizesAsync(sizes.Last).ConfigureAwait(false);
        var upTo = sizes.Last;
        sizes = sizes.With(sourceBytes, used, _repair.Look(store => store.LogicalBytesUpTo(upTo)), meta.PartitionBytes);
        var looked = sizes;
        if (looked.Tell(meta) != meta) await _repair.RunAsync(_ => site.Record.Change(looked.Tell)).ConfigureAwait(false);
        if (sizes.IsToBeCompared) return await CompareAsync(questions, sizes).ConfigureAwait(false);
        return Goes(sizes, meta.Hosts[0] == self ? "it stands first among the hosts itself, so that nobody sends it tasks until there are others" : "");
    }

    /// <summary>Nothing was copied yet, so it is not too late to ask. A replica with data and without the number was a member before (<see cref="UnfinishedCopy"/>).</summary>
    private bool IsWithoutBasis(PartitionMeta meta) => meta.CopyBasis == 0 && _repair.Look(static store => store.Totals().LogicalBytes) == 0;

    /// <returns>Null once the number is in META.</returns>
    private async Task<string?> FindBasisAsync(RebuildQuestions questions, string source)
    {
        var applied = await questions.AppliedAsync().ConfigureAwait(false);
        // The entry that added this replica is one at least; and what is applied here, the copy has to hold.
        if (applied < Math.Max(1, site.Machine.Applied)) return $"{source} has applied the raft log up to {applied} only";
        return await _repair.RunAsync<string?>(store =>
        {
            if (store.Totals().LogicalBytes > 0) return "data came before it was known what it holds"; // not by our tasks: those wait for the number
            site.Record.Change(meta => meta is { IsBeingRebuilt: true, CopyBasis: 0 } ? meta with { CopyBasis = applied } : meta);
            return null;
        }).ConfigureAwait(false);
    }

    private async Task<RebuildOutcome> CompareAsync(RebuildQuestions questions, RebuildSizes sizes)
    {
        var there = await questions.ListAsync().ConfigureAwait(false);
        var comparison = await _repair.RunAsync(store => Compare(store, there, sizes.Last)).ConfigureAwait(false);
        sizes = sizes with { UnlistedRounds = comparison.IsShort(sizes) ? Math.Min(sizes.UnlistedRounds + 1, RebuildSizes.UnlistedRoundsMax) : 0 };
        if (comparison.WhyNotComplete(sizes) is { } why) return Goes(sizes, why);
        await SyncAsync().ConfigureAwait(false);
        return await _repair.RunAsync(store => Conclude(store, there, sizes)).ConfigureAwait(false);
    }

    private static RebuildComparison Compare(ExtentStore store, IReadOnlyList<Watermark> there, ExtentId last)
    {
        var missing = there.Where(extent => !extent.Extent.IsTiny && store.Find(extent.Extent) is null).Select(extent => extent.Extent).ToList();
        return RebuildComparison.Of(there, last, id => store.Find(id)?.Size, store.FindDeleted(missing));
    }

    /// <summary>In small turns: a copy has thousands of files, and clients of other partitions wait behind each.</summary>
    private async Task SyncAsync()
    {
        var (files, directory) = (site.Files, site.Record.Directory);
        var names = await _repair.RunAsync(_ => UnfinishedCopy.FilesToSync(files, directory)).ConfigureAwait(false);
        foreach (var some in names.Chunk(UnfinishedCopy.FilesPerTurn))
        {
            cancel.ThrowIfCancellationRequested();
            await _repair.RunAsync(_ =>
            {
                UnfinishedCopy.Sync(files, directory, some);
                return true;
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Compares once more, since the sync took its time, and writes the end down.</summary>
    private RebuildOutcome Conclude(ExtentStore store, IReadOnlyList<Watermark> there, RebuildSizes sizes)
    {
        if (Compare(store, there, sizes.Last).WhyNotComplete(sizes) is { } why) return Goes(sizes, why);
        if (!store.Sync()) throw new ReplicaClosedException(_repair.Partition);
        site.Files.SyncDirectory(site.Record.Directory);
        var self = site.Self();
        // An order may have come meanwhile: to stop, or with other hosts.
        var meta = site.Record.Change(now => now is { IsBeingRebuilt: true, StopRecover: false } && RebuildSite.SourceOf(now.Hosts, self) == sizes.Source
            ? now with { IsBeingRebuilt = false, CopiedUpTo = Math.Max(now.CopiedUpTo, now.CopyBasis), CopyBasis = 0, CopyShare = 0 }
            : now);
        return meta.IsBeingRebuilt ? Goes(sizes, "an order came in between") : new RebuildOutcome(RebuildStep.Complete, sizes, "");
    }

    private static RebuildOutcome Goes(RebuildSizes sizes, string reason) => new(RebuildStep.Goes, sizes, reason);
}
