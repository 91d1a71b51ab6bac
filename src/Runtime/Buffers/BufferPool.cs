using System.Diagnostics.CodeAnalysis;

namespace CubeActors.Runtime;

/// <summary>The buffers of one node: three kept sizes, and one budget in bytes over all that is rented.</summary>
/// <remarks>
/// The budget is what bounds the node's memory: when it is spent <see cref="RentAsync"/> waits, first come first served, which stops the
/// reading of sockets. Short requests have an eighth on top of it and do not wait behind long ones, so that a few peers which claim much
/// and send nothing cannot silence heartbeats and questions. Thread-safe. Renting and returning allocate nothing once a size has been seen.
/// </remarks>
public sealed class BufferPool
{
    /// <summary>4 KiB: small reads and requests; keeps them within the processor's caches.</summary>
    public const int SmallBytes = 4096;

    /// <summary>128 KiB, one block. Source: CubeFS util/unit.go BlockSize.</summary>
    public const int BlockBytes = 131072;

    /// <summary>1 MiB, the longest tiny append. Source: CubeFS util/unit.go DefaultTinySizeLimit.</summary>
    public const int LargeBytes = 1048576;

    /// <summary>64 KiB: what counts as short. Heartbeat tasks of a cluster with some hundred volumes fit.</summary>
    public const int ShortBytesMax = 65536;

    /// <summary>The part of the budget that short requests have on top of it.</summary>
    private const int ReserveDivisor = 8;

    private static readonly int[] Sizes = [SmallBytes, BlockBytes, LargeBytes];

    private readonly Lock _lock = new();
    private readonly Stack<BufferLease>[] _free = [new(), new(), new()];
    private readonly Queue<Waiter> _waiters = new();
    private readonly long _budgetBytes;
    private long _rentedBytes;
    private long _keptBytes;
    private long _outstanding;

    /// <param name="budgetBytes">Bytes of data that may be rented at once; at least <see cref="LargeBytes"/>. A quarter of it is kept when idle.</param>
    public BufferPool(long budgetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budgetBytes, LargeBytes);
        _budgetBytes = budgetBytes;
    }

    /// <summary>Leases that are out. A test ends by asserting that it is 0.</summary>
    public long Outstanding => Interlocked.Read(ref _outstanding);

    /// <summary>Bytes of data in the leases that are out.</summary>
    public long RentedBytes => Interlocked.Read(ref _rentedBytes);

    /// <summary>More than half of the budget is out: whoever keeps buffers only to save work later should let go of them.</summary>
    public bool IsTight => Interlocked.Read(ref _rentedBytes) > _budgetBytes / 2;

    /// <summary>Bytes that callers wait for now; above 0 means that reading from clients stands still.</summary>
    public int Waiting { get { lock (_lock) return _waiters.Count; } }

    /// <summary>Rents at once, or not at all if the budget is spent or, for more than <see cref="ShortBytesMax"/>, others wait already.</summary>
    /// <param name="dataBytes">0 up to the budget.</param>
    public bool TryRent(int dataBytes, [NotNullWhen(true)] out BufferLease? lease)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dataBytes);
        lock (_lock) lease = _waiters.Count == 0 || dataBytes <= ShortBytesMax ? Take(dataBytes) : null;
        return lease is not null;
    }

    /// <summary>Rents, waiting for the budget where it is spent. The caller owns one count of the result.</summary>
    /// <param name="dataBytes">0 up to the budget.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired while waiting.</exception>
    public ValueTask<BufferLease> RentAsync(int dataBytes, CancellationToken cancel)
    {
        if (TryRent(dataBytes, out var lease)) return new(lease);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataBytes, _budgetBytes);
        var waiter = new Waiter(dataBytes);
        lock (_lock) _waiters.Enqueue(waiter);
        var cancelling = cancel.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        ServeWaiters();
        return Finish(waiter, cancelling);

        static async ValueTask<BufferLease> Finish(Waiter waiter, CancellationTokenRegistration cancelling)
        {
            await using (cancelling) return await waiter.Task.ConfigureAwait(false);
        }
    }

    internal void Return(BufferLease lease)
    {
        lock (_lock)
        {
            _rentedBytes -= lease.Capacity;
            _outstanding--;
            if (lease.SizeClass >= 0 && _keptBytes + lease.Capacity <= _budgetBytes / 4)
            {
                _free[lease.SizeClass].Push(lease);
                _keptBytes += lease.Capacity;
            }

            if (_waiters.Count == 0) return;
        }

        ServeWaiters();
    }

    private BufferLease? Take(int dataBytes)
    {
        var sizeClass = ClassFor(dataBytes);
        var capacity = sizeClass < 0 ? dataBytes : Sizes[sizeClass];
        var limit = dataBytes <= ShortBytesMax ? _budgetBytes + (_budgetBytes / ReserveDivisor) : _budgetBytes;
        if (_rentedBytes + capacity > limit) return null;
        _rentedBytes += capacity;
        _outstanding++;
        if (sizeClass < 0 || !_free[sizeClass].TryPop(out var lease)) return new BufferLease(this, sizeClass, capacity).Rented();
        _keptBytes -= capacity;
        return lease.Rented();
    }

    private static int ClassFor(int dataBytes)
    {
        for (var i = 0; i < Sizes.Length; i++)
            if (dataBytes <= Sizes[i]) return i;
        return -1;
    }

    private void ServeWaiters()
    {
        while (true)
        {
            Waiter? served;
            BufferLease? lease;
            lock (_lock)
            {
                if (!_waiters.TryPeek(out served)) return;
                lease = served.Task.IsCompleted ? null : Take(served.DataBytes);
                if (lease is null && !served.Task.IsCompleted) return;
                _waiters.Dequeue();
            }

            // Cancelled between the look and here: nobody will take the lease, so it goes back.
            if (lease is not null && !served.TrySetResult(lease)) lease.Release();
        }
    }

    private sealed class Waiter(int dataBytes) : TaskCompletionSource<BufferLease>(Elsewhere.Continuations)
    {
        public int DataBytes { get; } = dataBytes;
    }
}
