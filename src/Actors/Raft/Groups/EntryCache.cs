using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The youngest entries of one log with their data: what is being written, applied and sent need not be read back.</summary>
/// <remarks>
/// Holds one count of each lease. Entries are contiguous. What counts against the limit is the memory that is kept from the pool, not the
/// bytes of the entries: an entry of 4 KiB can pin the block that it was received in. One owner, the group's actor.
/// </remarks>
internal sealed class EntryCache(long bytesMax)
{
    private RaftPayload[] _ring = new RaftPayload[4]; // of a group that is idle: it grows with the writes under way
    private int _start;
    private int _count;
    private BufferLease? _youngest; // counted already: entries of one receive share a lease

    /// <summary>Index of the oldest entry; meaningless while empty.</summary>
    public ulong First { get; private set; } = 1;

    public int Count => _count;

    /// <summary>Bytes of the pool that are kept.</summary>
    public long PinnedBytes { get; private set; }

    /// <summary>Adds an entry behind the last one and retains its lease. A gap empties the cache first.</summary>
    public void Add(in RaftPayload entry)
    {
        if (_count > 0 && entry.Header.Index != First + (ulong)_count) Clear();
        if (_count == 0) First = entry.Header.Index;
        if (_count == _ring.Length) Grow();
        entry.Lease?.Retain();
        _ring[Slot(_count++)] = entry;
        PinnedBytes += PinnedBy(entry);
        _youngest = entry.Lease ?? _youngest;
    }

    /// <returns>False if the entry is not here any more, or not yet.</returns>
    public bool TryGet(ulong index, out RaftPayload entry)
    {
        entry = default;
        if (_count == 0 || index < First || index - First >= (ulong)_count) return false;
        entry = _ring[Slot((int)(index - First))];
        return true;
    }

    /// <summary>Forgets the entries from <paramref name="index"/> on: others will stand there.</summary>
    public void TruncateFrom(ulong index)
    {
        while (_count > 0 && First + (ulong)_count > index)
        {
            ref var last = ref _ring[Slot(--_count)];
            last.Lease?.Release();
            last = default;
        }

        Recount();
    }

    /// <summary>Forgets entries from the front: those up to <paramref name="done"/>, which nobody needs any more, and as many as it takes to keep the limit.</summary>
    public void Trim(ulong done)
    {
        while (_count > 0 && (First <= done || PinnedBytes > bytesMax))
        {
            ref var first = ref _ring[_start];
            if (first.Lease is { } lease)
            {
                if (NextLease() != lease) PinnedBytes -= BufferLease.HeadroomBytes + lease.Capacity;
                lease.Release();
            }

            first = default;
            _start = (_start + 1) % _ring.Length;
            _count--;
            First++;
        }

        if (_count == 0) (_youngest, PinnedBytes) = (null, 0);
    }

    public void Clear()
    {
        for (var i = 0; i < _count; i++)
        {
            _ring[Slot(i)].Lease?.Release();
            _ring[Slot(i)] = default;
        }

        (_start, _count, _youngest, PinnedBytes) = (0, 0, null, 0);
    }

    private long PinnedBy(in RaftPayload entry) => entry.Lease is { } lease && lease != _youngest ? BufferLease.HeadroomBytes + lease.Capacity : 0;

    /// <summary>Of the first entry behind the oldest one that has data: a leader's first has none, and may stand between two of one receive.</summary>
    private BufferLease? NextLease()
    {
        for (var i = 1; i < _count; i++)
            if (_ring[Slot(i)].Lease is { } lease) return lease;
        return null;
    }

    private void Recount()
    {
        (_youngest, PinnedBytes) = (null, 0);
        for (var i = 0; i < _count; i++)
        {
            ref var entry = ref _ring[Slot(i)];
            PinnedBytes += PinnedBy(entry);
            _youngest = entry.Lease ?? _youngest;
        }
    }

    private int Slot(int at) => (_start + at) % _ring.Length;

    private void Grow()
    {
        var larger = new RaftPayload[_ring.Length * 2];
        for (var i = 0; i < _count; i++) larger[i] = _ring[Slot(i)];
        (_ring, _start) = (larger, 0);
    }
}
