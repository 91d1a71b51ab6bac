namespace CubeActors.Runtime.Tests;

public sealed class StripedCountersTests
{
    [Fact]
    public void What_many_threads_add_is_summed_up_and_counters_keep_apart()
    {
        var counters = new StripedCounters(9); // more than a cache line
        Parallel.For(0, 1000, i => counters.Add(i % 9, i));
        for (var counter = 0; counter < 9; counter++) Assert.Equal(Enumerable.Range(0, 1000).Where(i => i % 9 == counter).Sum(), counters.Sum(counter));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_counter_that_there_is_not_is_a_mistake(int counter)
    {
        var counters = new StripedCounters(3);
        Assert.Throws<InvariantViolationException>(() => counters.Add(counter, 1));
        Assert.Throws<InvariantViolationException>(() => counters.Sum(counter));
    }
}
