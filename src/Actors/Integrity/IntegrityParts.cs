using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What comparison and scrubbing of one disk work with.</summary>
/// <param name="Index">Of the disk in the configuration; its actors are named by it.</param>
/// <param name="DiskPath">As configured.</param>
/// <param name="Threads">The disk's own I/O threads.</param>
/// <param name="Repair">How other replicas are reached.</param>
/// <param name="Self"><c>ip:port</c> of this node, once known; empty before.</param>
internal sealed record IntegrityParts(
    int Index, string DiskPath, IWorkQueue Threads, Runtime.Files.IFileSystem Files, PartitionGates Gates, NodeBoard Board, RepairServices Repair, IntegritySettings Settings, SuspectQueue Suspects,
    IntegrityBoard Figures, Func<string> Self)
{
    public TimeProvider Time => Repair.Time;

    public KeepRules Keep => new(Settings.KeptPerPartition, (long)Settings.KeptPerPartition * ExtentLimits.BlockBytes, Settings.KeptFor);

    /// <summary>Why a replica cannot be looked at now, if it cannot.</summary>
    /// <returns>Null if it can; <paramref name="gate"/> is then its gate.</returns>
    public string? WhyNot(PartitionId partition, out PartitionGate gate)
    {
        gate = Gates.Find(partition)!;
        if (gate is null) return "the partition is not served";
        var meta = gate.Machine.Record.Meta;
        var self = Self();
        return gate.Flags.IsOutOfService ? "the replica is out of service"
            : gate.Flags.Recovering || meta.IsBeingRebuilt ? "the replica is being rebuilt"
            : meta.Hosts.Count <= 1 ? null
            : self.Length == 0 || !meta.Hosts.Contains(self) ? "this node is none of its hosts"
            : gate.Raft is null or { IsReplaying: true } ? "the replica does not follow its raft group yet"
            : gate.Machine.Applied < meta.CopiedUpTo ? "the replica has not come to the end of its copy yet"
            : null;
    }
}
