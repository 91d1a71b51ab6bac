using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>A node as those see it who watch it. Everything is asked at every look, from any thread.</summary>
/// <param name="Surface">Null until the node exists.</param>
internal sealed record NodeView(Func<NodeStatus> Status, Func<NodeSurface?> Surface, StartTimeline Timeline)
{
    /// <summary>Sends traces and metrics; null where that is not configured.</summary>
    public Telemetry? Telemetry { get; init; }

    /// <summary>The phase alone, which costs less to ask for.</summary>
    public Func<NodePhase> Phase { get; init; } = () => Status().Phase;
}
