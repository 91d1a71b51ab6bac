using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Shows the status to the timeline now and then, until the start is over.</summary>
internal sealed class StartWatch(StartTimeline timeline, Func<NodeStatus> status, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Fine enough for a start of seconds; a look at 20,000 replicas takes a few milliseconds.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly BackgroundWork _work = BackgroundWork.Every(Period, time, () => timeline.Look(status(), time.GetUtcNow()), () => timeline.IsOver);

    public ValueTask DisposeAsync() => _work.DisposeAsync();
}
