using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What operators' paths work with. Everything is asked at every request, from any thread.</summary>
/// <param name="Surface">Null until the node exists: it is made only when its disks were looked at.</param>
/// <param name="Zone">Told with the disks.</param>
internal sealed record OperatorDesk(Func<NodeStatus> Status, Func<NodeSurface?> Surface, string Zone, TimeProvider Time)
{
    /// <summary>What is known of the start.</summary>
    public StartTimeline Timeline { get; init; } = new(Time.GetUtcNow());

    /// <summary>The phase alone, which costs nothing to ask for.</summary>
    public Func<NodePhase> Phase { get; init; } = () => Status().Phase;

    /// <summary>The level of the log; null where it cannot be changed.</summary>
    public LogLevels? Levels { get; init; }

    /// <summary>The last lines of the log; null where nobody keeps them.</summary>
    public LogTail? Tail { get; init; }

    /// <summary>The settings that are in force; none where they were not read from files.</summary>
    public Func<IReadOnlyList<SettingInForce>> Settings { get; init; } = static () => [];

    /// <summary>The files of counted operations; null where logs go to stderr.</summary>
    public OperationLogFiles? OperationFiles { get; init; }

    /// <summary>Asks other members of the cluster; null where nobody can be asked.</summary>
    public MemberClient? Members { get; init; }

    /// <summary>What the operators' ports did not carry out.</summary>
    public HttpCounts HttpCounts { get; init; } = new();

    /// <summary>The page of metrics; null where there is none.</summary>
    public Func<MetricText>? Metrics { get; init; }
}

/// <summary>Answers one path. Throws nothing that a caller could cause.</summary>
internal delegate Task<OperatorReply> OperatorHandler(Arguments arguments, CancellationToken cancel);

/// <summary>One path and who answers it, for any method.</summary>
/// <param name="IsOrder">It changes something: with a token, only who knows it may use the path.</param>
internal readonly record struct OperatorPath(string Path, OperatorHandler Handler, bool IsOrder = false)
{
    /// <summary>The same path for those who may give orders.</summary>
    public OperatorPath AsOrder() => this with { IsOrder = true };

    /// <summary>A path that is answered at once.</summary>
    public static OperatorPath At(string path, Func<Arguments, OperatorReply> handler) => new(path, (arguments, _) => Task.FromResult(handler(arguments)));
}
