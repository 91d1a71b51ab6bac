using System.Diagnostics.CodeAnalysis;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>A stretch of bytes to send with one call.</summary>
/// <param name="Lease">Held by the segment; null for bytes in the queue's own buffer.</param>
/// <param name="Messages">Frames that end in it.</param>
internal readonly record struct SendSegment(byte[] Array, BufferLease? Lease, int Start, int Bytes, int Messages, bool IsPayload)
{
    public ReadOnlyMemory<byte> Memory => Array.AsMemory(Start, Bytes);

    public int End => Start + Bytes;
}

/// <summary>What waits to be sent on one connection: frames written one behind the other, long entries left where they lie. One owner; no clock, no lock.</summary>
/// <remarks>
/// Frames are encoded when they are queued. While the sender is busy with one segment, everything short that comes meanwhile gathers in the
/// next, so that one call sends it all. A small buffer is the queue's own, so that a vote or an acknowledgement can be sent while the node's
/// buffers are spent; more is rented. Invariants: a frame is queued whole or not at all; Bytes and Messages are those of the segments
/// queued or taken and not yet given back.
/// </remarks>
internal sealed class SendQueue(BufferPool buffers, int directBytes)
{
    /// <summary>16 KiB, as the send buffer of CubeFS: about two hundred short messages.</summary>
    private const int HomeBytes = 16 * 1024;

    private const int RingMin = 16;

    private SendSegment[] _ring = new SendSegment[RingMin];
    private int _first;
    private int _count;

    private byte[]? _home;
    private int _homeSegments;
    private byte[]? _open;          // where the next bytes go
    private BufferLease? _openLease; // null: the own buffer
    private int _openUsed;

    /// <summary>Bytes queued or being sent.</summary>
    public long Bytes { get; private set; }

    /// <summary>Frames queued or being sent.</summary>
    public int Messages { get; private set; }

    /// <summary>Queues a message without entries.</summary>
    /// <returns>False, and nothing is queued, if the pool has no buffer.</returns>
    public bool TryAdd(in RaftMessage message)
    {
        if (!TryReserve(RaftFrame.MessageBytes, out var room)) return false;
        Commit(RaftFrame.Write(room, message), 1);
        return true;
    }

    public bool TryAddHeartbeat(in RaftMessage message, ReadOnlySpan<PartitionId> ascending, int frameBytes)
    {
        if (!TryReserve(frameBytes, out var room)) return false;
        Commit(RaftFrame.WriteHeartbeat(room, message, ascending), 1);
        return true;
    }

    /// <param name="entriesBytes">Of all entries, sizes and headers included.</param>
    public bool TryAddAppend(in RaftMessage message, ReadOnlySpan<RaftPayload> entries, int entriesBytes)
    {
        var segments = _count;
        var last = _count > 0 ? Last : default;
        if (!TryReserve(RaftFrame.MessageBytes, out var room)) return false;
        Commit(RaftFrame.WriteAppend(room, message, entries.Length, entriesBytes), 0);
        foreach (ref readonly var entry in entries)
        {
            var isDirect = entry.Header.DataBytes > directBytes;
            if (!TryReserve(isDirect ? RaftEntryHeader.SizedBytes : RaftEntryHeader.SizedBytes + entry.Header.DataBytes, out room))
            {
                Undo(segments, last);
                return false;
            }

            var written = entry.Header.WriteSized(room);
            if (!isDirect)
            {
                entry.Data.CopyTo(room[written..]);
                written += entry.Header.DataBytes;
            }

            Commit(written, 0);
            if (isDirect) Push(new SendSegment(entry.Lease!.Array, entry.Lease, entry.Start, entry.Header.DataBytes, 0, IsPayload: true));
        }

        Last = Last with { Messages = Last.Messages + 1 };
        Messages++;
        return true;
    }

    /// <summary>Takes the oldest segment; it is given back with <see cref="Done"/>, sent or not.</summary>
    public bool TryTake(out SendSegment segment)
    {
        segment = default;
        if (_count == 0)
        {
            if (Bytes == 0) CloseOpen(); // an idle connection holds none of the node's buffers
            return false;
        }

        segment = _ring[_first];
        _ring[_first] = default;
        _first = (_first + 1) & (_ring.Length - 1);
        _count--;
        return true;
    }

    public void Done(in SendSegment segment)
    {
        Bytes -= segment.Bytes;
        Messages -= segment.Messages;
        if (segment.Lease is null) _homeSegments--;
        else segment.Lease.Release();
        Invariant.Check(Bytes >= 0 && Messages >= 0 && _homeSegments >= 0);
    }

    /// <summary>Drops all that is queued.</summary>
    /// <returns>Frames dropped.</returns>
    public int Clear()
    {
        var dropped = 0;
        while (TryTake(out var segment))
        {
            dropped += segment.Messages;
            Done(segment);
        }

        return dropped;
    }

    private ref SendSegment Last => ref _ring[(_first + _count - 1) & (_ring.Length - 1)];

    /// <summary>Room for bytes that belong together, at the end of what is queued.</summary>
    private bool TryReserve(int bytes, out Span<byte> room)
    {
        room = default;
        if ((_open is null || _open.Length - _openUsed < bytes) && !TryOpen(bytes)) return false;
        room = _open.AsSpan(_openUsed);
        return true;
    }

    [MemberNotNullWhen(true, nameof(_open))]
    private bool TryOpen(int bytes)
    {
        if (_homeSegments == 0 && bytes <= HomeBytes)
        {
            CloseOpen();
            _open = _home ??= GC.AllocateUninitializedArray<byte>(HomeBytes, pinned: true);
            return true;
        }

        var request = Math.Max(RaftTransportServices.BlockRequestBytes, RaftTransportServices.RequestFor(bytes));
        if (!buffers.TryRent(request, out var lease)) return false;
        CloseOpen();
        _open = lease.Array;
        _openLease = lease;
        return true;
    }

    private void CloseOpen()
    {
        _openLease?.Release();
        (_open, _openLease, _openUsed) = (null, null, 0);
    }

    /// <summary>The bytes are written: they join the last segment if they lie right behind it.</summary>
    private void Commit(int bytes, int messages)
    {
        var start = _openUsed;
        _openUsed += bytes;
        if (_count > 0 && Last is { IsPayload: false } last && ReferenceEquals(last.Array, _open) && last.End == start)
        {
            Last = last with { Bytes = last.Bytes + bytes, Messages = last.Messages + messages };
            Bytes += bytes;
            Messages += messages;
            return;
        }

        Push(new SendSegment(_open!, _openLease, start, bytes, messages, IsPayload: false));
    }

    private void Push(in SendSegment segment)
    {
        if (segment.Lease is null) _homeSegments++;
        else segment.Lease.Retain();
        if (_count == _ring.Length) Grow();
        _count++;
        Last = segment;
        Bytes += segment.Bytes;
        Messages += segment.Messages;
    }

    private void Grow()
    {
        var larger = new SendSegment[_ring.Length * 2];
        for (var i = 0; i < _count; i++) larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
        (_ring, _first) = (larger, 0);
    }

    /// <summary>Takes back the part of a frame that was written before the buffers ran out.</summary>
    private void Undo(int segments, in SendSegment last)
    {
        while (_count > segments)
        {
            Done(Last);
            Last = default;
            _count--;
        }

        if (segments == 0) return;
        Bytes -= Last.Bytes - last.Bytes;
        Messages -= Last.Messages - last.Messages;
        Last = last;
    }
}
