using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One look at a block here and on all other replicas, over a connection of its own to each, and what follows from it.</summary>
/// <remarks>
/// It reads the own block, asks each other replica how far it has applied its log, for the block, and once more how far; then it waits until
/// the own log is as far. If the own block was not written to meanwhile, all copies should be alike, whatever else was written. A difference
/// counts when a second look finds the same. What is decided, <see cref="BlockDecision"/> says; what is done, is done only to the own copy.
/// </remarks>
internal sealed class BlockComparison(IntegrityParts parts, Suspect suspect)
{
    /// <summary>One buffer holds all copies.</summary>
    public const int PeersMax = (BufferPool.LargeBytes / DataPlane.BlockBytes) - 1;

    /// <summary>From one look at the own log to the next.</summary>
    private static readonly TimeSpan CatchUpStep = TimeSpan.FromMilliseconds(100);

    private readonly BlockPlace _place = suspect.Place;
    private readonly IntegritySettings _settings = parts.Settings;

    /// <summary>Does not fail.</summary>
    public async Task<ComparisonEnd> RunAsync(CancellationToken cancel)
    {
        RepairSite? site = null;
        try
        {
            if (parts.WhyNot(_place.Partition, out var gate) is { } why) return Again(why, null);
            site = new RepairSite(gate, parts.Repair);
            return await RunAsync(site, gate, cancel).ConfigureAwait(false);
        }
        catch (DiskFaultException fault)
        {
            site?.Fault(fault);
            return Settled(fault.Message);
        }
        catch (Exception e) when (e is ReplicaClosedException or OperationCanceledException)
        {
            return Settled(e is ReplicaClosedException ? e.Message : "it was cancelled");
        }
        catch (Exception e)
        {
            parts.Repair.Events.Broken($"the comparison of block {_place.Block} of extent {_place.Extent} of partition {_place.Partition}", e);
            return Settled("internal error");
        }
    }

    private async Task<ComparisonEnd> RunAsync(RepairSite site, PartitionGate gate, CancellationToken cancel)
    {
        var buffer = await parts.Repair.Buffers.RentAsync(BufferPool.LargeBytes, cancel).ConfigureAwait(false);
        ComparisonEnd? ended = null;
        try
        {
            return ended = await LookAsync(site, gate, buffer.Data, cancel).ConfigureAwait(false);
        }
        finally
        {
            buffer.Release();
            if (ended?.Pause is null) Unwatch(site);
        }
    }

    private void Unwatch(RepairSite site)
    {
        try
        {
            site.Look(store =>
            {
                store.EndWatch(_place.Extent, _place.Block);
                return true;
            });
        }
        catch (ReplicaClosedException)
        {
            // The store ends, and what it watched with it.
        }
    }

    private async Task<ComparisonEnd> LookAsync(RepairSite site, PartitionGate gate, Memory<byte> buffer, CancellationToken cancel)
    {
        var own = buffer[..DataPlane.BlockBytes];
        var (error, state) = await ExamineAsync(site, own, suspect.IsDirect).ConfigureAwait(false);
        // Behind the look: nothing that is in the block was written by a later entry.
        var begun = gate.Machine.Begun;
        if (error != StorageError.None) return Settled($"it is not there: {error}");
        var hosts = site.Meta.Hosts.Distinct().ToList();
        var others = hosts.Where(host => host != parts.Self()).Take(PeersMax).ToList();
        var peers = await Task.WhenAll(others.Select((host, at) => AskAsync(site, host, state, buffer.Slice((at + 1) * DataPlane.BlockBytes, state.Bytes), cancel))).ConfigureAwait(false);
        var applied = await CatchUpAsync(gate, peers, cancel).ConfigureAwait(false);
        // The last question: whatever has touched the block before the log came this far shows in it.
        var changes = await site.RunAsync(store => store.ChangesOf(_place.Extent, _place.Block)).ConfigureAwait(false);
        if (changes is null) return Settled("the extent was deleted");

        var since = suspect.Seen is { } seen && seen.HasSameOwn(state.Changes, state.Crc, state.Bytes) ? seen.Since : begun;
        var picture = new BlockPicture(
            state.Changes, state.Crc, state.Bytes, since, [.. peers.Where(peer => peer.Answer == PeerAnswer.Bytes).Select(peer => (peer.Host, Crc32.Compute(peer.Bytes.Span)))]);
        var verdict = BlockDecision.Of(new BlockFacts
        {
            Replicas = hosts.Count,
            IsTiny = _place.Extent.IsTiny,
            Own = own[..state.Bytes],
            Stored = state.Stored,
            IsDamaged = state.IsDamaged,
            StoredIsProof = !site.Look(store => store.BlockCrcsAreHints),
            HasChanged = changes != state.Changes,
            Applied = new AppliedSpan(since, applied),
            Peers = peers,
            IsConfirmed = suspect.Seen?.IsSameAs(picture) ?? false,
            IsLastTry = IsLastTry,
        });
        return verdict.Action switch
        {
            BlockAction.Fine => Settled(verdict.Reason, [.. PeersThatDiffer(verdict)]),
            BlockAction.CorrectCrc => await CorrectAsync(site, state, verdict, picture, cancel).ConfigureAwait(false),
            BlockAction.Heal => await HealAsync(site, state, verdict, picture, cancel).ConfigureAwait(false),
            BlockAction.ReportOnly => Reported(verdict, verdict.Reason),
            _ => Again(verdict.Reason, picture, verdict.ToConfirm),
        };
    }

    private Task<(StorageError Error, BlockState State)> ExamineAsync(RepairSite site, Memory<byte> destination, bool direct) => site.RunAsync(store =>
    {
        store.Watch(_place.Extent, _place.Block); // as before, where it is watched already
        var error = store.Examine(_place.Extent, _place.Block, destination.Span, direct, out var state);
        return (error, state);
    });

    private async Task<PeerBlock> AskAsync(RepairSite site, string host, BlockState state, Memory<byte> destination, CancellationToken cancel)
    {
        try
        {
            using var line = await RepairLine.DialAsync(host, parts.Repair, cancel).ConfigureAwait(false);
            await using var closing = cancel.UnsafeRegister(static state => ((RepairLine)state!).Dispose(), line);
            var before = await line.AppliedAsync(site.Partition).ConfigureAwait(false);
            await line.ReadAsync(site.Partition, _place.Extent, state.Offset, destination).ConfigureAwait(false);
            var after = await line.AppliedAsync(site.Partition).ConfigureAwait(false);
            parts.Figures.ReadFromPeer(destination.Length);
            return new PeerBlock(host, PeerAnswer.Bytes, destination, new AppliedSpan(before, after), "");
        }
        catch (RepairFailureException e)
        {
            cancel.ThrowIfCancellationRequested(); // the failure may be our own closing of the line
            return new PeerBlock(host, e.Code == ResultCode.NotExist ? PeerAnswer.Gone : PeerAnswer.None, default, null, e.Message);
        }
    }

    /// <summary>Waits until the own log is where the others were, for a bounded time.</summary>
    /// <returns>How far it is.</returns>
    private async Task<ulong> CatchUpAsync(PartitionGate gate, PeerBlock[] peers, CancellationToken cancel)
    {
        var target = peers.Max(peer => peer.Applied?.After) ?? 0;
        for (var waited = TimeSpan.Zero; gate.Machine.Applied < target && waited < _settings.CatchUp; waited += CatchUpStep)
            await Task.Delay(CatchUpStep, parts.Time, cancel).ConfigureAwait(false);
        return gate.Machine.Applied;
    }

    private async Task<ComparisonEnd> CorrectAsync(RepairSite site, BlockState state, BlockVerdict verdict, BlockPicture picture, CancellationToken cancel)
    {
        var outcome = await site.WriteAsync(0, store => store.StoreCrc(state), cancel).ConfigureAwait(false);
        if (outcome == BlockOutcome.Changed) return Again("it was written to while it was compared", picture);
        if (outcome != BlockOutcome.Done) return Settled("the extent was deleted");
        if (state.Stored == 0) parts.Figures.Filled(1);
        var corrected = state.Stored == 0
            ? []
            : new[]
            {
                Finding(IntegrityFindingKind.CrcCorrected, verdict.Right, $"its stored CRC {state.Stored:x8} was wrong and is {state.Crc:x8} now, the CRC of its bytes, which are those of the other replicas named"),
            };
        return Settled(verdict.Reason, [.. corrected, .. PeersThatDiffer(verdict)]);
    }

    private async Task<ComparisonEnd> HealAsync(RepairSite site, BlockState state, BlockVerdict verdict, BlockPicture picture, CancellationToken cancel)
    {
        var outcome = await site.WriteAsync(state.Bytes, store => store.Replace(state, verdict.Replacement.Span, parts.Keep), cancel).ConfigureAwait(false);
        switch (outcome)
        {
            case BlockOutcome.Changed:
                return Again("it was written to while it was compared", picture);
            case BlockOutcome.Gone:
                return Settled("the extent was deleted");
            case BlockOutcome.KeptFull:
                return Reported(verdict, $"{verdict.Reason}, but {_settings.KeptPerPartition} replaced blocks of this partition are kept already: look at why there are so many, and empty {ExtentStore.KeptDirectoryName} in its directory");
            case BlockOutcome.NoSpace:
                return Reported(verdict, $"{verdict.Reason}, but the disk has no room to keep the block that would be replaced");
        }

        var crc = Crc32.Compute(verdict.Replacement.Span);
        var check = new byte[DataPlane.BlockBytes];
        var (error, now) = await ExamineAsync(site, check, direct: true).ConfigureAwait(false);
        if (error == StorageError.None && now.IsDamaged)
            return Reported(verdict, $"{verdict.Reason}; they were written here, but the disk reads otherwise: it does not keep what is written to it");
        return Settled(verdict.Reason,
        [
            Finding(
                IntegrityFindingKind.Healed, verdict.Right,
                $"{verdict.Reason}: its {state.Bytes} bytes (CRC {state.Crc:x8}) were replaced by those of the other replicas named (CRC {crc:x8}); the old ones are kept in {ExtentStore.KeptDirectoryName} in the partition's directory"),
        ]);
    }

    private IEnumerable<IntegrityFinding> PeersThatDiffer(BlockVerdict verdict)
    {
        if (verdict.Wrong.Count > 0)
            yield return Finding(IntegrityFindingKind.PeerDiffers, verdict.Wrong, "most replicas, this one among them, hold other bytes than the replicas named; those are not touched from here");
    }

    private IntegrityFinding Finding(IntegrityFindingKind kind, IReadOnlyList<string> peers, string text) =>
        new(parts.Time.GetUtcNow(), kind, parts.DiskPath, _place.Partition, _place.Extent, _place.Block, peers, text);

    private bool IsLastTry => suspect.Tries + 1 >= _settings.TriesMax;

    private ComparisonEnd Reported(BlockVerdict verdict, string text) => new(suspect, null, text)
    {
        Findings = [Finding(IntegrityFindingKind.Reported, [.. verdict.Right, .. verdict.Wrong], $"{text}; nothing was changed")],
        StaysDamaged = true,
    };

    private ComparisonEnd Settled(string why, IReadOnlyList<IntegrityFinding>? findings = null) => new(suspect, null, why) { Findings = findings ?? [] };

    private ComparisonEnd Again(string why, BlockPicture? picture, bool toConfirm = false)
    {
        if (IsLastTry) return Settled($"it could not be settled: {why}");
        if (picture is not null) suspect.Seen = picture;
        var pause = toConfirm ? _settings.Confirm : _settings.RetryMin * Math.Pow(2, Math.Min(20, suspect.Tries));
        suspect.Tries++;
        return new ComparisonEnd(suspect, pause < _settings.RetryMax || toConfirm ? pause : _settings.RetryMax, why);
    }
}
