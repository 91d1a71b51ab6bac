using System.Collections.Concurrent;

namespace CubeActors.Runtime.Tests;

public sealed class DiskThreadsTests : IDisposable
{
    private readonly ConcurrentQueue<string> _ran = new();
    private readonly ConcurrentQueue<Exception> _failed = new();
    private readonly DiskThreads _threads;

    public DiskThreadsTests() => _threads = new DiskThreads("test", threads: 1, capacity: 16, _failed.Enqueue);

    public void Dispose() => _threads.Dispose();

    [Fact]
    public void Work_runs_in_order_and_what_is_queued_runs_before_the_threads_end()
    {
        for (var i = 0; i < 10; i++) Assert.True(_threads.TryPost(Item($"{i}")));
        _threads.Dispose();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), _ran);
    }

    [Fact]
    public void What_waits_runs_and_was_done_is_told_by_class()
    {
        using (var busy = Occupy())
        {
            Assert.True(_threads.TryPost(Item("client"), IoClass.Client));
            Assert.True(_threads.TryPost(Item("repair"), IoClass.Repair));
            Assert.Equal([(IoClass.Client, 1), (IoClass.Load, 0), (IoClass.Repair, 1)], _threads.Figures.Select(one => (one.Class, one.Waiting)));
            Assert.Equal(1, _threads.Figures.Sum(one => one.Running));
            busy.Set();
        }

        _threads.Dispose();
        Assert.All(_threads.Figures, one => Assert.Equal((0, 0), (one.Waiting, one.Running)));
        Assert.Equal(3, _threads.Figures.Sum(one => one.Done));
        Assert.All(_threads.Figures, one => Assert.True(one.Busy >= TimeSpan.Zero));
    }

    [Fact]
    public void Clients_come_before_repair_and_repair_still_gets_a_turn()
    {
        using var busy = Occupy();
        for (var i = 0; i < 14; i++) Assert.True(_threads.TryPost(Item("client"), IoClass.Client));
        Assert.True(_threads.TryPost(Item("load"), IoClass.Load));
        Assert.True(_threads.TryPost(Item("repair"), IoClass.Repair));
        busy.Set();
        _threads.Dispose();
        var order = _ran.ToList();
        Assert.Equal(16, order.Count);
        Assert.Equal("client", order[0]);
        Assert.InRange(order.IndexOf("load"), 1, 14); // not behind all clients
    }

    [Fact]
    public void A_full_queue_refuses_and_the_other_classes_do_not_suffer()
    {
        using var busy = Occupy();
        for (var i = 0; i < 16; i++) Assert.True(_threads.TryPost(Item("client")));
        Assert.False(_threads.TryPost(Item("one too many")));
        Assert.True(_threads.TryPost(Item("repair"), IoClass.Repair));
        Assert.Equal(17, _threads.Depth);
        busy.Set();
    }

    [Fact]
    public void An_exception_is_reported_and_the_thread_goes_on()
    {
        Assert.True(_threads.TryPost(new Act(() => throw new InvalidOperationException("broken item"))));
        Assert.True(_threads.TryPost(Item("next")));
        _threads.Dispose();
        Assert.Equal("broken item", Assert.Single(_failed).Message);
        Assert.Equal(["next"], _ran);
    }

    [Fact]
    public void Closed_threads_take_no_work()
    {
        _threads.Dispose();
        Assert.False(_threads.TryPost(Item("late")));
        Assert.Empty(_ran);
    }

    [Fact]
    public void One_thread_stays_free_for_clients_while_loads_take_their_time()
    {
        using var release = new ManualResetEventSlim();
        using var begun = new CountdownEvent(2);
        using var served = new ManualResetEventSlim();
        using var three = new DiskThreads("three", threads: 3, capacity: 16, _failed.Enqueue);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(three.TryPost(new Act(() =>
            {
                if (!begun.IsSet) begun.Signal();
                release.Wait();
            }), IoClass.Load));
        }

        Assert.True(begun.Wait(Patience)); // two of three are at it
        Assert.True(three.TryPost(new Act(served.Set)));
        Assert.True(served.Wait(Patience));
        release.Set();
    }

    [Fact]
    public void A_thread_is_lent_for_one_that_is_stuck_and_taken_back()
    {
        using var release = new ManualResetEventSlim();
        using var stuck = new ManualResetEventSlim();
        using var next = new ManualResetEventSlim();
        Assert.True(_threads.TryPost(new Act(() =>
        {
            stuck.Set();
            release.Wait();
        }), IoClass.Load));
        Assert.True(stuck.Wait(Patience));
        Assert.True(_threads.TryPost(new Act(next.Set), IoClass.Client));

        _threads.Lend();

        Assert.True(next.Wait(Patience));
        release.Set();
        _threads.TakeBack();
        Assert.True(_threads.TryPost(Item("after")));
        _threads.Dispose();
        Assert.Equal(["after"], _ran);
    }

    [Fact]
    public void Several_threads_run_everything_exactly_once()
    {
        var counts = new int[4000];
        using (var many = new DiskThreads("many", threads: 4, capacity: counts.Length, _failed.Enqueue))
        {
            for (var i = 0; i < counts.Length; i++)
            {
                var index = i;
                Assert.True(many.TryPost(new Act(() => Interlocked.Increment(ref counts[index])), (IoClass)(i % 3)));
            }
        }

        Assert.All(counts, count => Assert.Equal(1, count));
        Assert.Empty(_failed);
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Keeps the only thread busy until the returned event is set.</summary>
    private ManualResetEventSlim Occupy()
    {
        var release = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        Assert.True(_threads.TryPost(new Act(() =>
        {
            started.Set();
            release.Wait();
        })));
        started.Wait();
        return release;
    }

    private Act Item(string name) => new(() => _ran.Enqueue(name));

    private sealed class Act(Action act) : WorkItem
    {
        public override void Execute() => act();
    }
}
