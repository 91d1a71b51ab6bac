namespace CubeActors.Restart;

/// <summary>How the process before is ended.</summary>
internal enum StopKind { Term, Kill }

/// <summary>Everything that one run of the program measures with.</summary>
/// <param name="Command">The node's command line.</param>
/// <param name="Partitions">Those that are waited for; at least one.</param>
/// <param name="Limit">After which a start is given up, and a stop ended by SIGKILL.</param>
/// <param name="Settle">Between two restarts, with the load going on.</param>
/// <param name="DropCaches">Empties the page cache before each start; needs root.</param>
internal sealed record RestartSettings(
    string Label, IReadOnlyList<string> Command, NodePlan Plan, IReadOnlyList<KnownPartition> Partitions, ProbeKind Probe, IReadOnlyList<StopKind> Stops, int Repeat, TimeSpan Limit,
    TimeSpan Settle, bool Handover, bool DropCaches, LoadOptions? Load);
