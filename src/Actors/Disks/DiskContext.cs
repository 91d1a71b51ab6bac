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
    /// <summary>Asks the masters what they know of this node. An answer that did not come is an exception, never an empty list.</summary>
    public Func<CancellationToken, Task<RosterAnswer>> AskRoster { get; init; } =
        _ => Task.FromException<RosterAnswer>(new Client.MasterException(Client.MasterFailure.Unreachable, "there is no master to ask"));

    /// <summary>Asks the masters who hosts a partition of a volume.</summary>
    public Func<Protocol.PartitionId, string, CancellationToken, Task<HostsAnswer>> AskHosts { get; init; } =
        (_, _, _) => Task.FromResult<HostsAnswer>(new HostsAnswer.NoAnswer("there is no master to ask"));
}
