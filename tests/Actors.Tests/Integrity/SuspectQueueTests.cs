using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>The blocks that wait to be compared: each once, one of a partition at a time, and only so many.</summary>
public sealed class SuspectQueueTests
{
    private readonly VirtualTime _time = new();
    private int _woken;

    [Fact]
    public void A_block_is_taken_once_however_often_it_is_read()
    {
        var queue = New(10);
        Assert.True(queue.Offer(Place(1, 1), false));
        Assert.False(queue.Offer(Place(1, 1), true));
        Assert.Equal(1, _woken);
        var suspect = queue.Take(out _)!;
        Assert.False(queue.Offer(Place(1, 1), false)); // it is being compared
        queue.End(suspect, staysDamaged: false);
        Assert.True(queue.Offer(Place(1, 1), false));
    }

    [Fact]
    public void Of_a_partition_one_is_compared_at_a_time()
    {
        var queue = New(10);
        queue.Offer(Place(1, 1), false);
        queue.Offer(Place(1, 2), false);
        queue.Offer(Place(2, 1), false);
        var first = queue.Take(out _)!;
        Assert.Equal(Place(2, 1), queue.Take(out _)!.Place);
        Assert.Null(queue.Take(out var wait));
        Assert.Null(wait);
        queue.End(first, staysDamaged: false);
        Assert.Equal(Place(1, 2), queue.Take(out _)!.Place);
    }

    [Fact]
    public void What_is_to_be_looked_at_again_waits_and_lets_others_of_its_partition_pass()
    {
        var queue = New(10);
        queue.Offer(Place(1, 1), false);
        queue.Return(queue.Take(out _)!, TimeSpan.FromSeconds(5));
        Assert.Null(queue.Take(out var wait));
        Assert.Equal(TimeSpan.FromSeconds(5), wait);
        queue.Offer(Place(1, 2), false);
        queue.End(queue.Take(out _)!, staysDamaged: false);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Place(1, 1), queue.Take(out _)!.Place);
    }

    [Fact]
    public void What_could_not_be_set_right_is_left_alone_for_an_hour()
    {
        var queue = New(10);
        queue.Offer(Place(1, 1), false);
        queue.End(queue.Take(out _)!, staysDamaged: true);
        Assert.False(queue.Offer(Place(1, 1), false));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(queue.Offer(Place(1, 1), false));
    }

    [Fact]
    public void More_than_so_many_are_counted_and_dropped()
    {
        var queue = New(2);
        for (var block = 0; block < 5; block++) queue.Offer(Place(1, block), false);
        Assert.Equal((2, 3L), (queue.Count, queue.Dropped));
        queue.End(queue.Take(out _)!, staysDamaged: true);
        queue.End(queue.Take(out _)!, staysDamaged: true);
        for (var block = 5; block < 7; block++) Assert.True(queue.Offer(Place(1, block), false)); // what is remembered takes nobody's place
    }

    private SuspectQueue New(int max) => new(max, TimeSpan.FromHours(1), _time) { Wake = () => _woken++ };

    private static BlockPlace Place(ulong partition, int block) => new(new PartitionId(partition), new ExtentId(1025), block);
}
