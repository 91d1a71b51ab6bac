using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>What a run is to do, checked: where, which jobs, for how long, and what to measure.</summary>
/// <param name="Host">The replica that reads are pinned to; null spreads them.</param>
/// <param name="BlockBytes">Null: each job's own.</param>
/// <param name="ReadExtentBytes">Whole blocks of 128 KiB, at most an extent.</param>
/// <param name="Files">Extents that overwrite jobs share among their connections.</param>
/// <param name="Sync">Overwrites ask for 0xB4.</param>
internal sealed record LoadSettings(
    IReadOnlyList<JobKind> Jobs, IReadOnlyList<int> Connections, int AppendDepth, int ReadDepth, int? BlockBytes, string? Host,
    JobLimits Limits,
    long ReadExtentBytes, TimeSpan Timeout, int Seed, IReadOnlyList<ServerProcess> Processes, bool Keep,
    int Files, bool Sync)
{
    /// <summary>Every job with every number of connections, in the order they were named.</summary>
    public IEnumerable<JobPlan> Plans =>
        from kind in Jobs
        from connections in Connections
        select new JobPlan(kind, connections, DepthOf(kind), BlockBytes ?? DefaultBlock(kind));

    /// <summary>Extents that the read jobs need: one a connection.</summary>
    public int ReadExtents => Jobs.Any(kind => kind is JobKind.Read or JobKind.RandRead or JobKind.LeaderRead) ? Connections.Max() : 0;

    /// <summary>Extents that the overwrite jobs need.</summary>
    public int OverwriteExtents => Jobs.Contains(JobKind.Overwrite) ? Files : 0;

    private int DepthOf(JobKind kind) => kind switch
    {
        JobKind.Append => AppendDepth,
        JobKind.Overwrite => 1, // as the SDK: it may have to send the packet again to another host
        _ => ReadDepth,
    };

    private static int DefaultBlock(JobKind kind) => kind is JobKind.Append or JobKind.Read ? DataPlane.BlockBytes : PageStamps.PageBytes;
}
