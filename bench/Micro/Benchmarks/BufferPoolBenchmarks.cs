using BenchmarkDotNet.Attributes;
using CubeActors.Runtime;

namespace CubeActors.Micro;

/// <summary>Renting a buffer that the pool has seen before, and giving it back.</summary>
public class BufferPoolBenchmarks
{
    private readonly BufferPool _pool = new(64 * BufferPool.LargeBytes);

    [Benchmark] public void RentSmall() => Rent(BufferPool.SmallBytes);
    [Benchmark] public void RentBlock() => Rent(BufferPool.BlockBytes);
    [Benchmark] public void RentLarge() => Rent(BufferPool.LargeBytes);

    [Benchmark]
    public void RentAsyncAtOnce()
    {
        var rented = _pool.RentAsync(BufferPool.BlockBytes, CancellationToken.None);
        Invariant.Check(rented.IsCompletedSuccessfully);
        rented.Result.Release();
    }

    [Benchmark]
    public void Share()
    {
        Invariant.Check(_pool.TryRent(BufferPool.BlockBytes, out var lease));
        lease!.Retain();
        lease.Release();
        lease.Release();
    }

    private void Rent(int bytes)
    {
        Invariant.Check(_pool.TryRent(bytes, out var lease));
        lease!.Release();
    }
}
