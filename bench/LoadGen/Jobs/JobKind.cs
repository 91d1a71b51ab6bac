namespace CubeActors.LoadGen;

internal enum JobKind
{
    /// <summary>Sequential appends along whole extents, several in flight.</summary>
    Append,
    /// <summary>Sequential reads along an extent, from its start again at its end.</summary>
    Read,
    /// <summary>Reads of one block at random block-aligned offsets.</summary>
    RandRead,
}

/// <summary>One job with one number of connections: what a line of the result table stands for.</summary>
/// <param name="Depth">Requests in flight on each connection.</param>
internal sealed record JobPlan(JobKind Kind, int Connections, int Depth, int BlockBytes)
{
    /// <summary>As on the command line and in results.</summary>
    public string Name { get; } = Kind.ToString().ToLowerInvariant();
}
