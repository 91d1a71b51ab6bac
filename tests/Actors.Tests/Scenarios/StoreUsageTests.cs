using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

public sealed class StoreUsageTests
{
    [Fact]
    public void A_store_that_nobody_is_inside_is_drained_with_its_close()
    {
        var usage = new StoreUsage();
        Assert.True(usage.TryEnter());
        usage.Exit();

        Assert.True(usage.CloseAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void Who_is_inside_holds_up_the_drain_and_nobody_gets_in_any_more()
    {
        var usage = new StoreUsage();
        Assert.True(usage.TryEnter());
        Assert.True(usage.TryEnter());

        var drained = usage.CloseAsync();
        Assert.False(usage.TryEnter());
        usage.Exit();
        Assert.False(drained.IsCompleted);
        Assert.False(usage.TryEnter());
        usage.Exit();

        Assert.True(drained.IsCompletedSuccessfully);
        Assert.False(usage.TryEnter());
    }

    [Fact]
    public void Closing_twice_gives_the_same_outcome_twice()
    {
        var usage = new StoreUsage();
        Assert.True(usage.TryEnter());
        var first = usage.CloseAsync();
        var second = usage.CloseAsync();
        Assert.False(second.IsCompleted);

        usage.Exit();

        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully && usage.CloseAsync().IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Leaving_more_often_than_entering_is_a_broken_invariant(bool closed)
    {
        var usage = new StoreUsage();
        if (closed) Assert.True(usage.CloseAsync().IsCompletedSuccessfully);

        Assert.Throws<InvariantViolationException>(usage.Exit);
    }

    /// <summary>Goal: nobody is ever inside a store that is given away. Method: real threads enter and leave as fast as they can while it is closed under them.</summary>
    [Fact]
    public async Task Under_load_the_drain_completes_once_and_only_when_everybody_has_left()
    {
        const int Rounds = 200, Threads = 4, EntriesMax = 20_000;
        for (var round = 0; round < Rounds; round++)
        {
            var usage = new StoreUsage();
            var (inside, isGone, metNobody) = (0, false, true);
            using var start = new Barrier(Threads + 1);
            var workers = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                for (var i = 0; i < EntriesMax && usage.TryEnter(); i++)
                {
                    Interlocked.Increment(ref inside);
                    if (Volatile.Read(ref isGone)) metNobody = false;
                    Interlocked.Decrement(ref inside);
                    usage.Exit();
                }
            })).ToList();
            workers.ForEach(worker => worker.Start());
            start.SignalAndWait();
            var spin = new SpinWait();
            for (var i = 0; i < round % 20; i++) spin.SpinOnce(-1); // closes now early, now late

            await usage.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Volatile.Write(ref isGone, true);
            var left = Volatile.Read(ref inside);
            workers.ForEach(worker => worker.Join());

            Assert.Equal((0, true), (left, metNobody));
            Assert.False(usage.TryEnter());
        }
    }
}
