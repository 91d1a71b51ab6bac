namespace CubeActors.Node;

/// <summary>Answer of /startup: the timeline of a start.</summary>
/// <param name="Started">The node has been ready once.</param>
/// <param name="ProcessStart">RFC 3339.</param>
/// <param name="LeftSeconds">Estimated rest of the loading; absent while it is not known, and outside it.</param>
/// <param name="Reasons">What the node waits for; absent when it waits for nothing.</param>
/// <param name="Partitions">How many replicas are in which state.</param>
/// <param name="Stages">How many of those that load or serve are in which stage.</param>
/// <param name="StageSeconds">Time spent in each stage, added up over all replicas: which stage is worth making faster.</param>
/// <param name="Slowest">The slowest first; those that are still being loaded included.</param>
internal sealed record StartReply(
    string Phase, bool Started, string ProcessStart, IReadOnlyList<PhaseTime> Phases, double? LeftSeconds, IReadOnlyList<string>? Reasons, IReadOnlyDictionary<string, int> Partitions,
    IReadOnlyDictionary<string, int> Stages, IReadOnlyDictionary<string, double> StageSeconds, IReadOnlyList<StartDisk> Disks, IReadOnlyList<SlowPartition> Slowest);

/// <param name="Name">Process and Ports stand before the phases of the node: the runtime is started, and the actors are made.</param>
/// <param name="At">RFC 3339.</param>
/// <param name="Seconds">Until the next one, or until now.</param>
internal sealed record PhaseTime(string Name, string At, double Seconds, bool Over);

/// <param name="Progress">0 to 1.</param>
internal sealed record StartDisk(string Path, string State, int Found, int Settled, double Progress, double? LeftSeconds, string? Reason);

/// <param name="Seconds">From the end of its wait for a turn until it was settled, or until now.</param>
/// <param name="Done">Extents or log entries of its stage, as far as that is known.</param>
internal sealed record SlowPartition(ulong Id, string Disk, string State, string Stage, double Seconds, ulong? Done, ulong? Total, int Extents, string? Reason);
