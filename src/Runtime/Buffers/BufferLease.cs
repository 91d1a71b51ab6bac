namespace CubeActors.Runtime;

/// <summary>A counted hold on one pooled buffer: headroom for a packet header, then the data.</summary>
/// <remarks>
/// Whoever rents owns one count. Sharing is <see cref="Retain"/> before handing on; from then on the bytes are read-only. Each holder
/// calls <see cref="Release"/> once and the last one returns the buffer. Thread-safe. A use after the last release is a broken invariant.
/// </remarks>
public sealed class BufferLease
{
    /// <summary>Room before the data, one page: enough for the longest header and Arg that a node itself writes.</summary>
    public const int HeadroomBytes = 4096;

    private readonly BufferPool _pool;
    private int _holders;

    internal BufferLease(BufferPool pool, int sizeClass, int capacity)
    {
        _pool = pool;
        SizeClass = sizeClass;
        Capacity = capacity;
        // Pinned for life: sockets and preadv take its address, and a pin per call would cost more than the call's own work.
        Array = GC.AllocateUninitializedArray<byte>(HeadroomBytes + capacity, pinned: true);
    }

    /// <summary>The whole buffer, headroom first.</summary>
    public byte[] Array { get; }

    /// <summary>Bytes of data it can hold; at least what was asked for.</summary>
    public int Capacity { get; }

    /// <summary>The data part, <see cref="Capacity"/> bytes long, with whatever the last user left in it.</summary>
    public Memory<byte> Data => new(Array, HeadroomBytes, Capacity);

    /// <summary>The class this buffer returns to; -1 for one of a size of its own that is not kept.</summary>
    internal int SizeClass { get; }

    /// <summary>Adds a holder. Only somebody who holds the lease may call it.</summary>
    public void Retain() => Invariant.Check(Interlocked.Increment(ref _holders) > 1);

    /// <summary>Gives up one hold; the last one returns the buffer to its pool.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        Invariant.Check(left >= 0);
        if (left == 0) _pool.Return(this);
    }

    internal BufferLease Rented()
    {
        Invariant.Check(_holders == 0);
        _holders = 1;
        return this;
    }
}
