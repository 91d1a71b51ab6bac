using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>A desk of a node that serves nothing and is ready.</summary>
internal static class ScriptedDesk
{
    public static OperatorDesk Of(Func<NodeStatus>? status = null) => new(status ?? (() => new NodeStatus(NodePhase.Ready, [], 4, "127.0.0.11:17310", [], [])), () => null, "default", TimeProvider.System);
}

/// <summary>A clock that shows the time of day, and whose timestamps stand until they are moved.</summary>
internal sealed class MovedTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Step(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
