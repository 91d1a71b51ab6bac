using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client;

/// <summary>The bytes in the extents of one volume: appended, overwritten and read in place. Thread-safe; belongs to its <see cref="CubeClient"/>.</summary>
/// <remarks>
/// Works with CubeFS masters and the embedded one. It knows extents, not objects: the embedded master keeps the SHA-256 of a whole object,
/// so that reading an object fails after a part of it was overwritten here.
/// All methods throw <see cref="CubeClientException"/> if the data nodes fail them or the volume has no such partition, and
/// <see cref="OperationCanceledException"/>.
/// </remarks>
public sealed class VolumeExtents
{
    private readonly ClientContext _context;
    private readonly VolumeView _view;
    private int _turn;

    internal VolumeExtents(ClientContext context, VolumeView view, int firstTurn) => (_context, _view, _turn) = (context, view, firstTurn);

    public string Volume => _view.Volume;

    /// <summary>Writes over bytes of a piece. When it completes a majority of the replicas have it; readers of the raft leader see it.</summary>
    /// <remarks>
    /// After a failure or a cancellation the bytes may be the old ones, the new ones, or become the new ones later; of more than
    /// <see cref="ClientSettings.PacketBytes"/> also a front of them only. Two overwrites of the same bytes at the same time end in any order.
    /// </remarks>
    /// <param name="skip">Bytes of the piece in front of the first that is written.</param>
    /// <param name="data">Not changed until the call completes. Must lie within the piece: an overwrite does not make an extent longer.</param>
    /// <param name="sync">Asks the replicas to have it on their disks before they answer (0xB4).</param>
    /// <exception cref="ArgumentException">The range is not within the piece, or the piece is no place in an extent.</exception>
    public ValueTask OverwriteAsync(ObjectExtent piece, long skip, ReadOnlyMemory<byte> data, bool sync = false, CancellationToken cancel = default)
    {
        Check(piece, skip, data.Length);
        return new Overwriter(_context, _view, cancel).WriteAsync(piece, skip, data, sync);
    }

    /// <summary>Writes over a range of a whole object, piece by piece; packets never reach from one piece into another.</summary>
    /// <inheritdoc cref="OverwriteAsync(ObjectExtent, long, ReadOnlyMemory{byte}, bool, CancellationToken)" path="/remarks"/>
    /// <param name="pieces">All of the object's, in its order.</param>
    /// <param name="offset">Within the object.</param>
    /// <exception cref="ArgumentException">The range is not within the object, or the pieces do not make one up.</exception>
    public async Task OverwriteAsync(
        IReadOnlyList<ObjectExtent> pieces, long offset, ReadOnlyMemory<byte> data, bool sync = false, CancellationToken cancel = default)
    {
        if (!ObjectRules.Cover(pieces, out var size)) throw new ArgumentException("not the pieces of one object, in its order", nameof(pieces));
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, size - data.Length);
        var overwriter = new Overwriter(_context, _view, cancel);
        var written = 0;
        foreach (var part in PieceRange.Cut(pieces, offset, data.Length))
        {
            await overwriter.WriteAsync(part.Piece, part.Skip, data.Slice(written, part.Bytes), sync).ConfigureAwait(false);
            written += part.Bytes;
        }
    }

    /// <summary>Fills <paramref name="destination"/> from a piece, each packet's CRC checked.</summary>
    /// <param name="skip">Bytes of the piece to leave out in front.</param>
    /// <param name="source">Null for what <see cref="ClientSettings.ReadSource"/> says.</param>
    /// <param name="replica">Index in the partition's hosts to read from only (0x06), whatever the source; to check one copy.</param>
    /// <exception cref="ArgumentException">The range is not within the piece, or the piece is no place in an extent.</exception>
    public async ValueTask ReadAsync(
        ObjectExtent piece, long skip, Memory<byte> destination, ReadSource? source = null, int? replica = null, CancellationToken cancel = default)
    {
        Check(piece, skip, destination.Length);
        if (replica is { } index) ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(replica));
        var reader = new ExtentReader(_context, _view, source ?? _context.Settings.ReadSource, replica, Interlocked.Increment(ref _turn), cancel);
        var filled = 0;
        await reader.ReadAsync(piece, skip, destination.Length, Take).ConfigureAwait(false);

        ValueTask Take(ReadOnlyMemory<byte> bytes)
        {
            bytes.CopyTo(destination[filled..]);
            filled += bytes.Length;
            return default;
        }
    }

    /// <summary>Begins a file in new extents; the caller disposes it.</summary>
    public ExtentAppender OpenAppender(CancellationToken cancel = default) => new(_context, _view, cancel);

    /// <summary>The hosts of a partition in the master's order: what an index of a replica refers to.</summary>
    public async ValueTask<IReadOnlyList<string>> GetHostsAsync(PartitionId partition, CancellationToken cancel = default) =>
        (await _view.FindAsync(partition, cancel).ConfigureAwait(false)).Hosts;

    /// <summary>How far one replica has applied the raft log of its partition (0x10): equal numbers mean equal overwrites.</summary>
    /// <param name="replica">Index in the partition's hosts.</param>
    public async ValueTask<ulong> GetAppliedIdAsync(PartitionId partition, int replica, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replica);
        var found = await _view.FindAsync(partition, cancel).ConfigureAwait(false);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(replica, found.Hosts.Length);
        var (applied, failure) = await AppliedIds.AskAsync(_context, partition, found.Hosts[replica], cancel).ConfigureAwait(false);
        return applied ?? throw new CubeClientException($"partition {partition}: its applied id is not known: {failure}", failure as Exception);
    }

    private static void Check(ObjectExtent piece, long skip, long bytes)
    {
        if (!ObjectRules.IsPlace(piece)) throw new ArgumentException($"not a place in an extent: {piece}", nameof(piece));
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(skip, piece.Size - bytes);
    }
}
