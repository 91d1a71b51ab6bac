using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What the partitions of one disk share.</summary>
/// <param name="DiskPath">As configured, byte for byte: it goes into reports.</param>
/// <param name="NodeAddress"><c>ip:port</c> of this node, once known; empty before. It says which of a partition's peers this replica is.</param>
/// <param name="Raft">What the groups of the node share.</param>
/// <param name="LogWriter">Writes the raft logs of this disk.</param>
internal sealed record PartitionContext(
    string DiskPath, DiskRoot Root, IFileSystem Files, IWorkQueue Threads, ExtentStoreSettings StoreSettings, StorageSettings Settings, PartitionGates Partitions, NodeBoard Board,
    Func<string> NodeAddress, RaftServices Raft, RaftLogWriter LogWriter)
{
    /// <summary>The id under which the masters know this node, as far as it is known; else 0. Under another one no replica takes part in its group.</summary>
    public Func<Protocol.NodeId> NodeId { get; init; } = () => default;

    /// <summary>Where operations are written down.</summary>
    public IOperationLog Operations { get; init; } = NullOperationLog.Instance;

    /// <summary>What repair works with; null where nothing is repaired and no limit is set.</summary>
    public RepairServices? Repair { get; init; }

    /// <summary>Where blocks that readers find damaged wait to be compared with other replicas; null where nobody compares.</summary>
    public SuspectQueue? Suspects { get; init; }
}
