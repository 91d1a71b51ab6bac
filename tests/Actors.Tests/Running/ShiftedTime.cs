namespace CubeActors.Actors.Tests;

/// <summary>The real clock, whose date a test moves on: timers run as ever, and what is old enough is a matter of one call. Thread-safe.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;
    private volatile object? _standing; // a DateTimeOffset

    public override DateTimeOffset GetUtcNow() => (_standing is DateTimeOffset at ? at : base.GetUtcNow()) + TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    /// <summary>The date stands still from now on, but for <see cref="MoveOn"/>.</summary>
    public void Stop() => _standing = base.GetUtcNow();

    public void MoveOn(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
