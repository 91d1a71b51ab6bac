using CubeActors.Protocol;

namespace CubeActors.Raft;

/// <summary>What a replica's disk holds when its group starts. The caller has healed what must fit together in the log itself.</summary>
public sealed record RaftBoot
{
    public required PartitionId Group { get; init; }
    public required NodeId Self { get; init; }

    /// <summary>As saved. A term below that of the last entry is raised to it.</summary>
    public HardState State { get; init; }

    /// <summary>The last entry that was cut off at the front of the log; 0/0 for none.</summary>
    public LogPosition Truncated { get; init; }

    /// <summary>Ascending by index and term, the first at <see cref="Truncated"/> + 1; empty for an empty log.</summary>
    public IReadOnlyList<TermRun> Runs { get; init; } = [];

    /// <summary>Index of the last entry; that of <see cref="Truncated"/> for an empty log.</summary>
    public ulong LastIndex { get; init; }

    /// <summary>How far the state machine has come; 0 for "as far as the log is truncated".</summary>
    public ulong Applied { get; init; }

    /// <summary>The state holds all that was committed up to here, although the log is empty: a copy of another replica, taken when that had applied so far. 0: none.
    /// What is applied up to here again must leave the state as it is.</summary>
    public ulong CopiedUpTo { get; init; }

    /// <summary>As of <see cref="Applied"/>, with or without <see cref="Self"/>.</summary>
    public required IReadOnlyList<NodeId> Members { get; init; }

    /// <summary>Indexes above <see cref="Applied"/> at which the log holds a membership entry, ascending.</summary>
    public IReadOnlyList<ulong> MembershipEntries { get; init; } = [];

    /// <summary>Entries or votes that were promised may be gone (a power cut, a damaged log): the replica takes no part in elections
    /// until it has caught up with a leader. Assumed also if commit or applied lie beyond the log.</summary>
    public bool MayHaveLost { get; init; }

    /// <summary>Start without campaigning, see <see cref="RaftCore.Abstain"/>.</summary>
    public bool Abstains { get; init; }
}
