using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The bytes received ahead of their meaning: a small buffer in which headers and Args are found.</summary>
/// <remarks>Small on purpose: payload goes past it, straight into its own buffer; only what came along with a header is copied.</remarks>
internal sealed class PacketStaging
{
    /// <summary>One page: header, Arg and several pipelined read requests in one receive.</summary>
    private const int Bytes = 4096;

    /// <summary>Longest Arg accepted. Follower lists are about 20 bytes an address; everything has to fit the buffer at once.</summary>
    private const int ArgBytesMax = 1024;

    private static readonly PacketLimits Limits = PacketLimits.Requests with { ArgBytesMax = ArgBytesMax };

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
    private int _start;
    private int _end;

    /// <summary>Nothing is here: the peer is between packets.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Where to receive next; never empty, since a whole request front fits.</summary>
    public Memory<byte> Free
    {
        get
        {
            if (IsEmpty) _start = _end = 0;
            if (_start > 0 && _end == Bytes)
            {
                _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
                _end -= _start;
                _start = 0;
            }

            Invariant.Check(_end < Bytes);
            return _bytes.AsMemory(_end);
        }
    }

    public void Received(int bytes) => _end += bytes;

    /// <summary>Takes the front of one request: header, version list (skipped) and Arg.</summary>
    /// <param name="arg">Valid until the next call.</param>
    /// <returns>Malformed also for a version list that does not fit: only snapshot clusters send one.</returns>
    public DecodeStatus TryTakeFront(out PacketHeader header, out ReadOnlySpan<byte> arg)
    {
        arg = default;
        var here = _bytes.AsSpan(_start, _end - _start);
        var status = PacketHeader.TryRead(here, Limits, out header, out var at);
        if (status != DecodeStatus.Complete) return status;
        if (header.HasVersionList)
        {
            status = VersionList.TryRead(here[at..], out _, out var listBytes);
            if (status == DecodeStatus.NeedMore && here.Length - at + ArgBytesMax + PacketHeader.BytesMax > Bytes) return DecodeStatus.Malformed;
            if (status != DecodeStatus.Complete) return status;
            at += listBytes;
        }

        var argBytes = (int)header.ArgBytes;
        if (at + argBytes > Bytes) return DecodeStatus.Malformed;
        if (here.Length < at + argBytes) return DecodeStatus.NeedMore;
        arg = here.Slice(at, argBytes);
        _start += at + argBytes;
        return DecodeStatus.Complete;
    }

    /// <summary>Moves what is here of a payload into its buffer.</summary>
    /// <returns>Bytes moved, at most the length of <paramref name="payload"/>.</returns>
    public int TakeInto(Span<byte> payload)
    {
        var bytes = Math.Min(payload.Length, _end - _start);
        _bytes.AsSpan(_start, bytes).CopyTo(payload);
        _start += bytes;
        return bytes;
    }

    public void Clear() => _start = _end = 0;
}
