using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace CubeActors.TestKit;

/// <summary>
/// Akka's scheduler in virtual time (`akka.scheduler.implementation`): nothing becomes due until the test calls <see cref="Advance"/>.
/// It also owns the clock and the work loop of its ActorSystem, so that dispatchers find them without statics.
/// </summary>
/// <remarks>Not in virtual time, because Akka takes the real clock for them: Cancelable.CancelAfter and the time-out of Ask.</remarks>
public sealed class TestScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log), IDateTimeOffsetNowTimeProvider
{
    /// <summary>The same clock for code that takes a TimeProvider.</summary>
    public VirtualTime Time { get; } = new();

    public WorkLoop Loop => Time.Loop;
    public override TimeSpan MonotonicClock => Time.Elapsed;
    public override TimeSpan HighResMonotonicClock => Time.Elapsed;
    protected override DateTimeOffset TimeNow => Time.GetUtcNow();

    public void Advance(TimeSpan offset) => Time.Advance(offset);
    public void AdvanceTo(DateTimeOffset when) => Time.AdvanceTo(when);

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, null, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Schedule(delay, null, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Schedule(delay, null, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan? interval, Action action, ICancelable? cancelable)
    {
        var timer = Time.CreateTimer(static fire => ((Action)fire!)(), (Action)Fire, delay, interval ?? Timeout.InfiniteTimeSpan);
        // Disposed on cancel, so that a cancelled timer is not reported as the next one due; at once, if the token was cancelled before.
        cancelable?.Token.Register(timer.Dispose);

        void Fire()
        {
            if (cancelable is null || !cancelable.IsCancellationRequested) action();
        }
    }
}
