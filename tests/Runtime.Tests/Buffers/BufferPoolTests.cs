namespace CubeActors.Runtime.Tests;

public sealed class BufferPoolTests
{
    private readonly BufferPool _pool = new(budgetBytes: 2 * BufferPool.LargeBytes);

    [Theory]
    [InlineData(0, BufferPool.SmallBytes)]
    [InlineData(4096, BufferPool.SmallBytes)]
    [InlineData(4097, BufferPool.BlockBytes)]
    [InlineData(131072, BufferPool.BlockBytes)]
    [InlineData(131073, BufferPool.LargeBytes)]
    [InlineData(1048577, 1048577)] // longer than any class: exactly as long as asked for
    public void A_lease_has_the_size_of_its_class(int asked, int capacity)
    {
        Assert.True(_pool.TryRent(asked, out var lease));
        Assert.Equal(capacity, lease.Capacity);
        Assert.Equal(capacity, lease.Data.Length);
        Assert.Equal(BufferLease.HeadroomBytes + capacity, lease.Array.Length);
        Assert.Equal((1, capacity), (_pool.Outstanding, _pool.RentedBytes));
        lease.Release();
        AssertAllBack();
    }

    [Fact]
    public void A_returned_buffer_is_used_again()
    {
        Assert.True(_pool.TryRent(100, out var first));
        var array = first.Array;
        first.Release();
        Assert.True(_pool.TryRent(200, out var second));
        Assert.Same(array, second.Array);
        second.Release();
        AssertAllBack();
    }

    [Fact]
    public void A_shared_lease_goes_back_with_its_last_holder()
    {
        Assert.True(_pool.TryRent(1, out var lease));
        lease.Retain();
        lease.Release();
        Assert.Equal(1, _pool.Outstanding);
        lease.Release();
        AssertAllBack();
    }

    [Fact]
    public void Releasing_or_sharing_a_lease_that_nobody_holds_is_a_broken_invariant()
    {
        Assert.True(_pool.TryRent(1, out var lease));
        lease.Release();
        Assert.Throws<InvariantViolationException>(lease.Release);
        Assert.True(_pool.TryRent(131072, out var other));
        other.Release();
        Assert.Throws<InvariantViolationException>(other.Retain);
    }

    [Fact]
    public async Task When_the_budget_is_spent_renters_wait_in_the_order_they_came()
    {
        Assert.True(_pool.TryRent(BufferPool.LargeBytes, out var first));
        Assert.True(_pool.TryRent(BufferPool.LargeBytes, out var second));
        var large = _pool.RentAsync(BufferPool.LargeBytes, CancellationToken.None);
        var block = _pool.RentAsync(BufferPool.BlockBytes, CancellationToken.None);
        Assert.False(large.IsCompleted);
        Assert.False(block.IsCompleted);
        Assert.Equal(2, _pool.Waiting);
        Assert.False(_pool.TryRent(BufferPool.BlockBytes, out _)); // nobody overtakes those who wait

        first.Release();
        var got = await large;
        Assert.False(block.IsCompleted);
        second.Release();
        (await block).Release();
        got.Release();
        AssertAllBack();
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_leaves_its_place_to_the_next()
    {
        Assert.True(_pool.TryRent(BufferPool.LargeBytes, out var first));
        Assert.True(_pool.TryRent(BufferPool.LargeBytes, out var second));
        using var cancel = new CancellationTokenSource();
        var cancelled = _pool.RentAsync(BufferPool.BlockBytes, cancel.Token).AsTask();
        var next = _pool.RentAsync(BufferPool.BlockBytes, CancellationToken.None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        first.Release();
        (await next).Release();
        second.Release();
        AssertAllBack();
    }

    [Fact]
    public async Task Short_requests_have_a_reserve_of_their_own_and_pass_long_ones_that_wait()
    {
        Assert.True(_pool.TryRent(BufferPool.LargeBytes, out var first));
        Assert.True(_pool.TryRent(BufferPool.LargeBytes, out var second));
        var waiting = _pool.RentAsync(BufferPool.LargeBytes, CancellationToken.None);
        Assert.True(_pool.TryRent(BufferPool.ShortBytesMax, out var heartbeat));
        Assert.True(_pool.TryRent(10, out var question));
        Assert.False(waiting.IsCompleted);
        Assert.False(_pool.TryRent(BufferPool.ShortBytesMax, out _)); // the reserve is bounded too: an eighth of the budget
        foreach (var lease in (BufferLease[])[heartbeat, question, first, second]) lease.Release();
        (await waiting).Release();
        AssertAllBack();
    }

    [Fact]
    public async Task More_than_the_whole_budget_can_never_be_rented()
    {
        Assert.False(_pool.TryRent(2 * BufferPool.LargeBytes + 1, out _));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _pool.RentAsync(2 * BufferPool.LargeBytes + 1, CancellationToken.None));
        AssertAllBack();
    }

    [Fact]
    public void Renting_and_returning_allocates_nothing_once_a_size_was_seen()
    {
        RentAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) RentAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void RentAll()
        {
            foreach (var bytes in (ReadOnlySpan<int>)[1, 131072])
            {
                _pool.TryRent(bytes, out var lease);
                lease!.Release();
            }
        }
    }

    [Fact]
    public async Task Many_threads_never_share_a_buffer_and_never_pass_the_budget()
    {
        await Task.WhenAll(Enumerable.Range(1, 4).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                var lease = await _pool.RentAsync(random.Next(1, BufferPool.LargeBytes), CancellationToken.None);
                var mark = (byte)random.Next(256);
                lease.Data.Span[0] = mark;
                Assert.InRange(_pool.RentedBytes, 1, 2 * BufferPool.LargeBytes * 9 / 8);
                await Task.Yield();
                Assert.Equal(mark, lease.Data.Span[0]);
                lease.Release();
            }
        })));
        AssertAllBack();
    }

    private void AssertAllBack() => Assert.Equal((0, 0, 0), (_pool.Outstanding, _pool.RentedBytes, _pool.Waiting));
}
