using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>One walk through the cold extents of one replica: reads every block past the page cache and puts what is suspect into the queue of those to be compared.</summary>
/// <remarks>
/// Of a normal extent each block is compared with its stored CRC, and the CRC of all blocks with those that the other replicas list: nothing
/// is read there unless a list differs. Only when a list says the same do blocks without a stored CRC get one; a CRC made of the own bytes
/// alone would turn damage that is there already into what is right. Tiny extents have no CRCs: their bytes are compared with one other
/// replica. It decides nothing and changes no byte.
/// </remarks>
/// <param name="budget">A place among the scrubbers of the disk: while clients are busy it lets less through.</param>
/// <param name="buffers">Two blocks.</param>
internal sealed class PartitionScrub(IntegrityParts parts, PartitionGate gate, ScrubPace pace, BudgetTicket budget, Memory<byte> buffers)
{
    /// <summary>Blocks read in one go: a rotating disk seeks once for them, and a client waits for one at most.</summary>
    public const int BlocksPerTurn = 8;

    private readonly record struct Turn(StorageError Error, IReadOnlyList<BlockState> States);

    private readonly RepairSite _site = new(gate, parts.Repair);
    private readonly Memory<byte> _own = buffers[..DataPlane.BlockBytes];
    private readonly Memory<byte> _its = buffers.Slice(DataPlane.BlockBytes, DataPlane.BlockBytes);

    /// <param name="after">Extents up to this id were done before.</param>
    /// <param name="done">Told of each extent that is done.</param>
    /// <exception cref="ReplicaClosedException">The partition is closing.</exception>
    /// <exception cref="DiskFaultException">The disk failed; the partition knows.</exception>
    public async Task RunAsync(ulong after, Func<ExtentId, ValueTask> done, CancellationToken cancel)
    {
        try
        {
            var hosts = _site.Meta.Hosts.Distinct().ToList();
            var self = parts.Self();
            var listed = await ListedCrcs.AskAsync(_site, hosts.Where(host => host != self), cancel).ConfigureAwait(false);
            using var neighbour = parts.Settings.ComparesTiny && ScrubPlan.Neighbour(hosts, self) is { } next ? new PeerReader(_site, next) : null;
            foreach (var extent in _site.Look(static store => store.List()))
            {
                if (extent.Id.Value <= after) continue;
                if (ScrubPlan.IsDue(extent, parts.Time.GetUtcNow().ToUnixTimeSeconds(), parts.Settings.ColdAfter))
                {
                    if (extent.Id.IsTiny) await TinyAsync(extent, neighbour, cancel).ConfigureAwait(false);
                    else await NormalAsync(extent, listed, isAlone: hosts.Count == 1, cancel).ConfigureAwait(false);
                }

                await done(extent.Id).ConfigureAwait(false);
            }
        }
        catch (DiskFaultException fault)
        {
            _site.Fault(fault);
            throw;
        }
    }

    private async Task NormalAsync(ExtentRecord extent, ListedCrcs listed, bool isAlone, CancellationToken cancel)
    {
        var applied = gate.Machine.Applied;
        var blocks = (int)((extent.Size + DataPlane.BlockBytes - 1) / DataPlane.BlockBytes);
        var crcs = new uint[blocks];
        uint? changes = null;
        var isWhole = true;
        for (var first = 0; first < blocks; first += BlocksPerTurn)
        {
            var count = Math.Min(BlocksPerTurn, blocks - first);
            await TakeTurnAsync((long)count * DataPlane.BlockBytes, cancel).ConfigureAwait(false);
            var from = first;
            var turn = await _site.RunAsync(store => Examine(store, extent.Id, from, count)).ConfigureAwait(false);
            foreach (var state in turn.States)
            {
                crcs[state.Block] = state.Crc;
                isWhole &= state.Changes == (changes ??= state.Changes);
                if (!state.IsDamaged) continue;
                isWhole = false;
                Suspect(extent.Id, state.Block, isMismatch: true);
            }

            if (turn.Error != StorageError.None) return; // deleted, cut or closed: the next walk sees what is there then
        }

        if (!isWhole) return;
        var crc = CrcOf(crcs);
        var (alike, different) = listed.Compare(extent.Id, extent.Size, crc);
        var agreed = isAlone || (alike.Count > 0 && different.Count == 0);
        // Listed here from now on, so that the walks of the others need not read this replica either.
        var filled = await _site.WriteAsync(0, store => store.PublishCrc(extent.Id, crcs, extent.Size, changes ?? 0, applied, stores: agreed), cancel).ConfigureAwait(false);
        if (filled > 0) parts.Figures.Filled(filled);
        if (alike.Count + different.Count > 0) parts.Figures.ExtentCompared(agrees: different.Count == 0);
        foreach (var host in different) await CompareAsync(extent.Id, blocks, host, cancel).ConfigureAwait(false);
    }

    /// <summary>Another replica lists another CRC: which blocks are it, if any?</summary>
    private async Task CompareAsync(ExtentId extent, int blocks, string host, CancellationToken cancel)
    {
        using var reader = new PeerReader(_site, host);
        for (var block = 0; block < blocks; block++)
        {
            await TakeTurnAsync(2 * DataPlane.BlockBytes, cancel).ConfigureAwait(false);
            var at = block;
            var turn = await _site.RunAsync(store => Examine(store, extent, at, 1)).ConfigureAwait(false);
            if (turn.Error != StorageError.None) return;
            await CompareAsync(reader, turn.States[0], cancel).ConfigureAwait(false);
        }
    }

    private async Task TinyAsync(ExtentRecord extent, PeerReader? neighbour, CancellationToken cancel)
    {
        for (var block = 0; ; block++)
        {
            await TakeTurnAsync(DataPlane.BlockBytes * (neighbour is null ? 1 : 2), cancel).ConfigureAwait(false);
            var from = block;
            var turn = await _site.RunAsync(store => NextOfTiny(store, extent.Id, from)).ConfigureAwait(false);
            if (turn.Error != StorageError.None) return; // its end
            block = turn.States[0].Block;
            if (neighbour is not null) await CompareAsync(neighbour, turn.States[0], cancel).ConfigureAwait(false);
        }
    }

    /// <param name="state">Of the block whose bytes are in the own buffer.</param>
    private async Task CompareAsync(PeerReader reader, BlockState state, CancellationToken cancel)
    {
        var its = _its[..state.Bytes];
        if (!await reader.TryReadAsync(state.Extent, state.Offset, its, cancel).ConfigureAwait(false)) return;
        parts.Figures.ReadFromPeer(state.Bytes);
        if (!BlockDecision.AreAlike(_own[..state.Bytes], its, state.Extent.IsTiny)) Suspect(state.Extent, state.Block, isMismatch: false);
    }

    private Turn Examine(ExtentStore store, ExtentId extent, int first, int count)
    {
        var states = new List<BlockState>(count);
        for (var block = first; block < first + count; block++)
        {
            var error = store.Examine(extent, block, _own.Span, direct: true, out var state);
            if (error != StorageError.None) return new Turn(error, states);
            parts.Figures.Scrubbed(1, state.Bytes);
            states.Add(state);
        }

        return new Turn(StorageError.None, states);
    }

    /// <summary>The next block of a tiny extent that is more than a hole.</summary>
    private Turn NextOfTiny(ExtentStore store, ExtentId extent, int block)
    {
        var offset = (long)block * DataPlane.BlockBytes;
        var error = store.FindRun(extent, offset, out var isHole, out var length);
        if (error != StorageError.None || length == 0) return new Turn(error == StorageError.None ? StorageError.EndOfExtent : error, []);
        return Examine(store, extent, isHole ? (int)((offset + length) / DataPlane.BlockBytes) : block, 1);
    }

    private void Suspect(ExtentId extent, int block, bool isMismatch)
    {
        if (isMismatch) parts.Figures.Mismatch();
        parts.Suspects.Offer(new BlockPlace(gate.Partition, extent, block), isDirect: true);
    }

    private async Task TakeTurnAsync(long bytes, CancellationToken cancel)
    {
        await pace.TakeAsync(bytes, cancel).ConfigureAwait(false);
        await budget.SpendAsync(bytes, cancel).ConfigureAwait(false);
    }

    private static uint CrcOf(uint[] crcs)
    {
        var table = new byte[crcs.Length * sizeof(uint)];
        for (var block = 0; block < crcs.Length; block++) BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(block * sizeof(uint)), crcs[block]);
        return Crc32.Compute(table);
    }
}
