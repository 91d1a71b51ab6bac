namespace CubeActors.Runtime.Tests;

public sealed class AsyncSignalTests
{
    [Fact]
    public void A_signal_given_while_nobody_waits_is_kept_once()
    {
        var signal = new AsyncSignal(continuesInline: true);
        signal.Set();
        signal.Set();
        Assert.True(signal.WaitAsync().IsCompletedSuccessfully);
        Assert.False(signal.WaitAsync().IsCompleted);
    }

    [Fact]
    public void The_waiter_goes_on_before_Set_returns_when_it_continues_inline()
    {
        var signal = new AsyncSignal(continuesInline: true);
        var wokenOn = 0;
        var waiting = WaitAsync();
        signal.Set();
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.Equal(Environment.CurrentManagedThreadId, wokenOn);

        async Task WaitAsync()
        {
            await signal.WaitAsync();
            wokenOn = Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public async Task The_waiter_goes_on_elsewhere_when_it_does_not_continue_inline()
    {
        var signal = new AsyncSignal(continuesInline: false);
        var setter = Environment.CurrentManagedThreadId;
        var insideSet = false;
        var waiting = WaitAsync();
        insideSet = true;
        signal.Set();
        insideSet = false;
        Assert.False(await waiting);

        async Task<bool> WaitAsync()
        {
            await signal.WaitAsync().ConfigureAwait(false);
            return insideSet && Environment.CurrentManagedThreadId == setter;
        }
    }

    [Fact]
    public async Task No_signal_is_lost_between_two_threads()
    {
        var signal = new AsyncSignal(continuesInline: false);
        var produced = 0;
        var consumer = Task.Run(async () =>
        {
            while (Volatile.Read(ref produced) < 20_000) await signal.WaitAsync();
        });
        for (var i = 0; i < 20_000; i++)
        {
            Interlocked.Increment(ref produced);
            signal.Set();
        }

        await consumer.WaitAsync(TimeSpan.FromSeconds(60)); // a lost signal would leave it waiting
    }

    [Fact]
    public void Waiting_and_waking_allocates_nothing()
    {
        var signal = new AsyncSignal(continuesInline: true);
        var rounds = 0;
        _ = LoopAsync();
        signal.Set();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) signal.Set();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1001, rounds);

        async Task LoopAsync()
        {
            while (true)
            {
                await signal.WaitAsync();
                rounds++;
            }
        }
    }
}
