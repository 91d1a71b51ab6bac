namespace CubeActors.LoadGen;

internal enum JobKind
{
    /// <summary>Sequential appends along whole extents, several in flight.</summary>
    Append,
    /// <summary>Sequential reads along an extent, from its start again at its end.</summary>
    Read,
    /// <summary>Reads of one block at random block-aligned offsets.</summary>
    RandRead,
    /// <summary>The same from the raft leader.</summary>
    LeaderRead,
    /// <summary>Overwrites of one block at random block-aligned offsets, through the raft leader, one in flight.</summary>
    Overwrite,
}

/// <summary>Jobs as they are called on the command line and in results.</summary>
internal static class JobNames
{
    private static readonly (string Name, JobKind Kind)[] All =
    [
        ("append", JobKind.Append), ("read", JobKind.Read), ("randread", JobKind.RandRead), ("leader-read", JobKind.LeaderRead),
        ("overwrite", JobKind.Overwrite),
    ];

    public static string Listed { get; } = string.Join(", ", All.Select(job => job.Name));

    public static string Of(JobKind kind) => All.Single(job => job.Kind == kind).Name;

    /// <returns>Null if no job is called so.</returns>
    public static JobKind? Find(string name) => All.Where(job => job.Name == name).Select(job => (JobKind?)job.Kind).FirstOrDefault();
}

/// <summary>One job with one number of connections: what a line of the result table stands for.</summary>
/// <param name="Depth">Requests in flight on each connection.</param>
internal sealed record JobPlan(JobKind Kind, int Connections, int Depth, int BlockBytes)
{
    /// <summary>As on the command line and in results.</summary>
    public string Name { get; } = JobNames.Of(Kind);
}
