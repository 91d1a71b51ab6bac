using CubeActors.Protocol;

namespace CubeActors.Raft.Tests.Cluster;

/// <summary>The disk of one replica: what is written here is there after a restart. Replace it to run a cluster on real files.</summary>
public interface IReplicaLog
{
    /// <summary>What a start finds. <paramref name="mayHaveLost"/> is passed on.</summary>
    RaftBoot Load(PartitionId group, NodeId self, bool mayHaveLost, bool abstains);
    void SaveHardState(HardState state);
    void Append(ReadOnlySpan<Entry> entries);
    void TruncateBack(ulong from);
    void TruncateFront(LogPosition upTo);
    void InstallSnapshot(LogPosition position, IReadOnlyList<NodeId> members);
    /// <summary>How far the state machine is durable, and the members at that point.</summary>
    void SaveApplied(ulong index, IReadOnlyList<NodeId> members);
    /// <summary>All entries, first to last.</summary>
    IReadOnlyList<Entry> Entries { get; }
    ulong LastIndex { get; }
    ulong AppliedSaved { get; }
}
