namespace CubeActors.Actors.Tests;

/// <summary>The real clock, whose date a test moves on: timers run as ever, and what is old enough is a matter of one call. Thread-safe.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public void MoveOn(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
