using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>What a run is to do, checked: where, which jobs, for how long, and what to measure.</summary>
/// <param name="Host">The replica that reads are pinned to; null spreads them.</param>
/// <param name="BlockBytes">Null: each job's own.</param>
/// <param name="ReadExtentBytes">Whole blocks of 128 KiB, at most an extent.</param>
internal sealed record LoadSettings(
    IReadOnlyList<JobKind> Jobs, IReadOnlyList<int> Connections, int AppendDepth, int ReadDepth, int? BlockBytes, string? Host,
    JobLimits Limits,
    long ReadExtentBytes, TimeSpan Timeout, int Seed, IReadOnlyList<ServerProcess> Processes, bool Keep)
{
    /// <summary>Every job with every number of connections, in the order they were named.</summary>
    public IEnumerable<JobPlan> Plans =>
        from kind in Jobs
        from connections in Connections
        select new JobPlan(kind, connections, kind == JobKind.Append ? AppendDepth : ReadDepth, BlockBytes ?? DefaultBlock(kind));

    /// <summary>Extents that the read jobs need: one a connection.</summary>
    public int ReadExtents => Jobs.Any(kind => kind != JobKind.Append) ? Connections.Max() : 0;

    private static int DefaultBlock(JobKind kind) => kind == JobKind.RandRead ? PageStamps.PageBytes : DataPlane.BlockBytes;
}
