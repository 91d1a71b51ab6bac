namespace CubeActors.Node;

/// <summary>What the host needs of a data node.</summary>
internal interface IDataNode : IAsyncDisposable
{
    /// <summary>As the node sees itself now. Never blocks.</summary>
    NodeStatus Status { get; }

    /// <summary>Returns when the ports are bound; loading and registering go on behind it.</summary>
    Task StartAsync();

    /// <summary>Answers what is in flight, closes the ports, syncs. Gives up when <paramref name="cancel"/> fires.</summary>
    Task StopAsync(CancellationToken cancel);
}

internal enum NodePhase { Binding, Loading, Ready, Draining, Stopped }

/// <summary>An immutable picture of a node.</summary>
/// <param name="NotReadyReasons">One sentence each; empty when the phase is Ready.</param>
internal sealed record NodeStatus(
    NodePhase Phase, IReadOnlyList<string> NotReadyReasons, IReadOnlyList<DiskStatus> Disks, IReadOnlyDictionary<string, int> PartitionsByState)
{
    public static NodeStatus Starting { get; } = new(NodePhase.Binding, ["the node is starting"], [], new Dictionary<string, int>());
}

internal sealed record DiskStatus(string Path, long TotalBytes, long AvailableBytes, string State, string? Reason);
