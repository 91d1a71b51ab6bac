using Akka.Actor;

namespace CubeActors.TestKit.Tests;

public sealed class VirtualTimeTests : ActorTest
{
    private sealed class Ticker : ReceiveActor, IWithTimers
    {
        public ITimerScheduler Timers { get; set; } = null!;

        public Ticker(IActorRef listener, TimeSpan period)
        {
            Receive<string>(tick => listener.Tell($"{tick} {((TestScheduler)Context.System.Scheduler).Time.Elapsed:c}"));
            Receive<int>(_ => Timers.CancelAll());
            _period = period;
        }

        private readonly TimeSpan _period;
        protected override void PreStart() => Timers.StartPeriodicTimer("t", "tick", _period);
    }

    [Fact]
    public void Timers_of_actors_fire_at_their_virtual_moment_and_not_after_cancelling()
    {
        var ticker = ActorOf(Props.Create(() => new Ticker(TestActor, TimeSpan.FromSeconds(10))));
        Advance(TimeSpan.FromSeconds(25));
        ExpectMsg("tick 00:00:10");
        ExpectMsg("tick 00:00:20");
        ticker.Tell(0);
        ExpectNoMsg(TimeSpan.FromHours(1));
        Assert.Null(Time.NextDue);
    }

    [Fact]
    public void Timers_fire_in_due_order_and_those_due_together_in_the_order_they_were_set()
    {
        foreach (var (seconds, name) in ((int, string)[])[(2, "c"), (1, "a"), (2, "d"), (1, "b")])
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(seconds), TestActor, name, TestActor);
        Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["a", "b", "c", "d"], ReceiveN(4));
    }

    [Fact]
    public void A_timer_set_by_a_timer_fires_in_the_same_advance_if_it_is_due()
    {
        Sys.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromSeconds(1), () =>
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), TestActor, Time.Elapsed, TestActor));
        Advance(TimeSpan.FromSeconds(2));
        ExpectMsg(TimeSpan.FromSeconds(1));
    }

    private sealed class Idler : ReceiveActor
    {
        public Idler(IActorRef listener)
        {
            SetReceiveTimeout(TimeSpan.FromMinutes(1));
            Receive<ReceiveTimeout>(_ => listener.Tell("idle"));
            ReceiveAny(_ => { });
        }
    }

    [Fact]
    public void A_receive_timeout_runs_on_virtual_time()
    {
        var idler = ActorOf(Props.Create(() => new Idler(TestActor)));
        ExpectNoMsg(TimeSpan.FromSeconds(59));
        idler.Tell("busy");
        ExpectNoMsg(TimeSpan.FromSeconds(59));
        Advance(TimeSpan.FromSeconds(1));
        ExpectMsg("idle");
    }

    [Fact]
    public void A_cancelled_message_is_never_sent_and_its_timer_is_gone()
    {
        var cancelable = Sys.Scheduler.ScheduleTellOnceCancelable(TimeSpan.FromSeconds(1), TestActor, "never", TestActor);
        Assert.Equal(TimeSpan.FromSeconds(1), Time.NextDue);
        Assert.True(Time.IsDueIn(TimeSpan.FromSeconds(1)));
        cancelable.Cancel();
        Assert.Null(Time.NextDue);
        Assert.False(Time.IsDueIn(TimeSpan.FromSeconds(1)));
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), TestActor, "never", TestActor, cancelable);
        ExpectNoMsg(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Code_on_a_TimeProvider_shares_the_clock_and_its_delays_end_on_advance()
    {
        var start = Time.GetTimestamp();
        var delay = Task.Delay(TimeSpan.FromSeconds(3), Time);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(4), Time);
        var waiting = new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromSeconds(5), Time);
        Advance(TimeSpan.FromSeconds(3));
        Assert.True(delay.IsCompletedSuccessfully);
        Assert.False(cancel.IsCancellationRequested);
        Advance(TimeSpan.FromSeconds(2));
        Assert.True(cancel.IsCancellationRequested);
        Assert.IsType<TimeoutException>(waiting.Exception!.InnerException);
        Assert.Equal(TimeSpan.FromSeconds(5), Time.GetElapsedTime(start));
        Assert.Equal(VirtualTime.Epoch.AddSeconds(5), Time.GetUtcNow());
        Scheduler!.AdvanceTo(VirtualTime.Epoch.AddSeconds(6));
        Assert.Equal(TimeSpan.FromSeconds(6), Time.Elapsed);
    }

    [Fact]
    public void A_timer_can_be_changed_repeated_and_disposed()
    {
        var fired = new List<TimeSpan>();
        var time = new VirtualTime();
        var timer = time.CreateTimer(_ => fired.Add(time.Elapsed), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan));
        time.Advance(TimeSpan.FromSeconds(20));
        timer.Change(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        timer.Dispose();
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
        Assert.Equal([1, 3, 8], fired.Select(t => t.TotalSeconds));
    }

    [Fact]
    public void A_timer_that_sets_itself_again_without_delay_is_stopped()
    {
        var time = new VirtualTime();
        ITimer timer = null!;
        timer = time.CreateTimer(_ => timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Throws<InvalidOperationException>(() => time.Advance(TimeSpan.FromSeconds(1)));
    }
}
