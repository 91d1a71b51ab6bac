namespace CubeActors.TestKit;

/// <summary>One timer of <see cref="VirtualTime"/>, which guards its fields.</summary>
internal sealed class VirtualTimer(VirtualTime time, Action callback) : ITimer
{
    public Action Callback { get; } = callback;
    public TimeSpan Due { get; set; }
    public TimeSpan? Period { get; set; }
    public bool IsSet { get; set; }
    public bool IsDisposed { get; set; }
    public int Version { get; set; }
    public int QueuedVersion { get; set; }
    public long QueuedOrder { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period) => time.Set(this, dueTime, period);
    public void Dispose() => time.Dispose(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
