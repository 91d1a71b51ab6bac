using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What a disk's actor works with.</summary>
/// <param name="Threads">The disk's own I/O threads.</param>
/// <param name="BootId">The kernel's boot id, to tell a crash of the process from a loss of power.</param>
/// <param name="ProcessName">Names this process to whoever finds the disk locked.</param>
/// <param name="NodeAddress"><c>ip:port</c> of this node, once known; empty before.</param>
/// <param name="Raft">What the groups of the node share.</param>
/// <param name="LogWriter">Writes the raft logs of this disk.</param>
internal sealed record DiskContext(
    IFileSystem Files, IWorkQueue Threads, TimeProvider Time, ExtentStoreSettings StoreSettings, StorageSettings Settings, PartitionGates Partitions, NodeBoard Board, string BootId,
    string ProcessName, Func<string> NodeAddress, RaftServices Raft, RaftLogWriter LogWriter)
{
    /// <summary>The id under which the masters know this node, as far as it is known; else 0. A replica whose META has another id for this node's address is no
    /// member of its group.</summary>
    public Func<Protocol.NodeId> NodeId { get; init; } = () => default;

    /// <inheritdoc cref="PartitionContext.Repair"/>
    public RepairServices? Repair { get; init; }

    /// <inheritdoc cref="PartitionContext.Suspects"/>
    public SuspectQueue? Suspects { get; init; }

    /// <summary>Asks the masters who hosts a partition of a volume.</summary>
    public Func<Protocol.PartitionId, string, CancellationToken, Task<HostsAnswer>> AskHosts { get; init; } =
        (_, _, _) => Task.FromResult<HostsAnswer>(new HostsAnswer.NoAnswer("there is no master to ask"));

    /// <summary>Where operations are written down.</summary>
    public IOperationLog Operations { get; init; } = NullOperationLog.Instance;

    /// <summary>How busy the device of the disk is; null where nobody can say.</summary>
    public IBlockDevices? Devices { get; init; }

    /// <summary>How long the master wants backups kept; null while it has not said so, and nothing of that kind is removed.</summary>
    public Func<TimeSpan?> BackupTimeout { get; init; } = static () => null;
}
