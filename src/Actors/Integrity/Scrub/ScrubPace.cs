namespace CubeActors.Actors;

/// <summary>So many bytes a second. One caller at a time.</summary>
/// <remarks>What was not used is not saved up: a walk that was held up goes on as slowly as before.</remarks>
internal sealed class ScrubPace(TimeProvider time)
{
    private long _free = time.GetTimestamp(); // when the bytes so far are paid for

    /// <summary>More than 0.</summary>
    public long BytesPerSecond { get; set; } = 1;

    /// <summary>Waits until the bytes before are paid for, and charges these.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> fired.</exception>
    public async ValueTask TakeAsync(long bytes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var now = time.GetTimestamp();
        if (_free > now) await Task.Delay(Up(time.GetElapsedTime(now, _free)), time, cancel).ConfigureAwait(false);
        _free = Math.Max(_free, time.GetTimestamp()) + (long)((double)bytes / BytesPerSecond * time.TimestampFrequency);
    }

    /// <summary>A timer counts whole milliseconds: cut off they would let more bytes through.</summary>
    private static TimeSpan Up(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
}
