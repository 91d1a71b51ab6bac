using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>The order in which a disk loads its partitions.</summary>
public sealed class LoadQueueTests
{
    private readonly LoadQueue _queue = new();

    public LoadQueueTests()
    {
        for (var number = 1UL; number <= 5; number++) _queue.Add(Id(number), LoadStep.Record);
    }

    private static PartitionId Id(ulong number) => new(number);

    private string TakeAll()
    {
        var taken = new List<string>();
        while (_queue.TryTake(out var partition, out var step)) taken.Add($"{partition}{(step == LoadStep.Record ? "r" : "e")}");
        return string.Join(' ', taken);
    }

    [Fact]
    public void Without_any_wish_the_order_of_the_listing_holds() => Assert.Equal("1r 2r 3r 4r 5r", TakeAll());

    [Fact]
    public void What_callers_want_comes_first_then_groups_without_a_leader_then_the_rest()
    {
        Assert.True(_queue.Raise(Id(4), LoadUrgency.Leaderless));
        Assert.True(_queue.Raise(Id(5), LoadUrgency.Wanted));
        Assert.True(_queue.Raise(Id(3), LoadUrgency.Wanted));

        Assert.Equal("5r 3r 4r 1r 2r", TakeAll());
    }

    [Fact]
    public void Voices_come_before_extents_except_those_that_a_caller_waits_for()
    {
        _queue.Raise(Id(2), LoadUrgency.Wanted);
        Assert.True(_queue.TryTake(out var wanted, out _));
        Assert.True(_queue.TryTake(out var first, out _));
        _queue.Add(first, LoadStep.Extents);
        _queue.Add(wanted, LoadStep.Extents); // its urgency is still known

        Assert.Equal("2e 3r 4r 5r 1e", TakeAll());
    }

    [Fact]
    public void An_urgency_is_raised_while_a_step_is_under_way_and_never_lowered()
    {
        Assert.True(_queue.TryTake(out var first, out _));
        Assert.True(_queue.Raise(first, LoadUrgency.Wanted));
        Assert.False(_queue.Raise(first, LoadUrgency.Leaderless));
        Assert.False(_queue.Raise(first, LoadUrgency.Wanted)); // as urgent already
        _queue.Add(first, LoadStep.Extents);

        Assert.Equal("1e 2r 3r 4r 5r", TakeAll());
    }

    [Fact]
    public void What_is_removed_does_not_come_and_what_is_unknown_cannot_be_raised()
    {
        _queue.Raise(Id(3), LoadUrgency.Wanted);
        _queue.Remove(Id(3));
        Assert.False(_queue.Raise(Id(3), LoadUrgency.Wanted));
        Assert.False(_queue.Raise(Id(9), LoadUrgency.Wanted));
        Assert.Equal(4, _queue.Count);

        Assert.Equal("1r 2r 4r 5r", TakeAll());
        Assert.Equal(0, _queue.Count);
    }
}
