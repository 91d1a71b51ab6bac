using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Shows the status to the timeline now and then, until the start is over.</summary>
internal sealed class StartWatch : IAsyncDisposable
{
    /// <summary>Fine enough for a start of seconds; a look at 20,000 replicas takes a few milliseconds.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public StartWatch(StartTimeline timeline, Func<NodeStatus> status, TimeProvider time) => _running = RunAsync(timeline, status, time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(StartTimeline timeline, Func<NodeStatus> status, TimeProvider time)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (!timeline.IsOver && await timer.WaitForNextTickAsync(_stop.Token)) timeline.Look(status(), time.GetUtcNow());
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }
}
