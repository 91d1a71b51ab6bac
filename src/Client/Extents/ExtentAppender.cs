using CubeActors.Protocol.Objects;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>A file that grows at its end, kept open: bytes go to normal extents one behind the other, with the retries of every append.</summary>
/// <remarks>
/// It knows extents, not files: who keeps the pieces is the caller's matter, so that it works with CubeFS masters and the embedded one. One
/// caller at a time; dispose it in every case.
/// </remarks>
public sealed class ExtentAppender : IDisposable
{
    private readonly ClientContext _context;
    private readonly ExtentWriter _writer;
    private readonly List<ObjectExtent> _created = [];
    private readonly CancellationToken _cancel;

    internal ExtentAppender(ClientContext context, VolumeView view, CancellationToken cancel)
    {
        (_context, _cancel) = (context, cancel);
        _writer = new ExtentWriter(context, view, 0, Remember, _ => { }, cancel);
    }

    /// <summary>Where the acknowledged bytes lie, in order; all of them after <see cref="CloseAsync"/>.</summary>
    public IReadOnlyList<ObjectExtent> Pieces => _writer.Pieces;

    /// <summary>Every extent that was made, with what may be in it beyond <see cref="Pieces"/>: what a caller deletes who wants none of it. Sizes say nothing.</summary>
    public IReadOnlyList<ObjectExtent> Created => _created;

    /// <summary>Adds bytes at the end. Returns when they are sent; <see cref="SettleAsync"/> says when they are safe.</summary>
    /// <exception cref="CubeClientException">They could not be placed; the file takes no more.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data)
    {
        for (var at = 0; at < data.Length;)
        {
            var bytes = Math.Min(ClientSettings.PacketBytes, data.Length - at);
            var lease = await _context.Buffers.RentAsync(bytes, _cancel).ConfigureAwait(false);
            data.Span.Slice(at, bytes).CopyTo(lease.Data.Span);
            await _writer.AppendAsync(lease, bytes).ConfigureAwait(false); // the lease is its own from here on
            at += bytes;
        }
    }

    /// <summary>Returns when all replicas have acknowledged what was appended; the extent stays open.</summary>
    /// <exception cref="CubeClientException">Some of it could not be placed.</exception>
    public async ValueTask SettleAsync()
    {
        while (await _writer.TryFreeOneAsync().ConfigureAwait(false)) { }
    }

    /// <summary>The same, and ends the file.</summary>
    public ValueTask CloseAsync() => _writer.FlushAsync();

    public void Dispose() => _writer.Dispose();

    private ValueTask Remember(ObjectExtent extent)
    {
        Invariant.Check(extent.Size == 0);
        _created.Add(extent with { Size = 1 }); // a place has a size
        return default;
    }
}
