namespace CubeActors.Actors.Tests;

/// <summary>Committed entries in order, with a way back to the front.</summary>
public sealed class ApplyQueueTests
{
    private readonly ApplyQueue _queue = new();

    [Fact]
    public void Items_come_out_in_the_order_they_went_in()
    {
        for (var index = 1ul; index <= 100; index++) _queue.Add(Item(index));

        for (var index = 1ul; index <= 100; index++) Assert.Equal(index, Take());
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void What_is_put_back_is_the_next_again()
    {
        _queue.Add(Item(1));
        _queue.Add(Item(2));

        Assert.True(_queue.TryTake(out var first));
        _queue.PutBack(first with { Last = 9 });

        Assert.Equal(2, _queue.Count);
        Assert.True(_queue.TryTake(out var again));
        Assert.Equal((1ul, 9ul), (again.First, again.Last));
        Assert.Equal(2ul, Take());
    }

    [Fact]
    public void A_full_ring_takes_back_what_came_out_of_it()
    {
        _queue.PutBack(Item(1)); // into an empty one
        for (var index = 2ul; index <= 32; index++) _queue.Add(Item(index));
        _queue.PutBack(Item(0)); // the 33rd: it has to grow

        for (var index = 0ul; index <= 32; index++) Assert.Equal(index, Take());
        Assert.Equal(0, _queue.Count);
    }

    private static ApplyItem Item(ulong index) => new(index, index, default, IsHere: true, null);

    private ulong Take()
    {
        Assert.True(_queue.TryTake(out var item));
        return item.First;
    }
}
