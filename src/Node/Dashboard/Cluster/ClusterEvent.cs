namespace CubeActors.Node;

/// <summary>All members of a cluster, as one of them sees them.</summary>
/// <param name="At">Unix time, milliseconds: when the last of them had answered.</param>
/// <param name="Self">The node that asked.</param>
/// <param name="Listed">The masters have named the members; else only those are here that share partitions with this node.</param>
/// <param name="Omitted">Members that were not asked, because there are too many.</param>
internal sealed record ClusterEvent(long At, string? Cluster, string Self, bool Listed, int Omitted, IReadOnlyList<ClusterNode> Members);

/// <summary>One member.</summary>
/// <param name="Id">0 where it is not known.</param>
/// <param name="Page">Where its own dashboard is; absent where it has none.</param>
/// <param name="Kind">CubeActors, CubeFS or Unknown.</param>
/// <param name="State">Answers, Unreachable, Refuses or Strange.</param>
/// <param name="Problem">One sentence; absent where it answers.</param>
/// <param name="Since">From when on it has not answered, as far as somebody asked.</param>
/// <param name="Milliseconds">That its answers took; absent for this node itself, which is not asked.</param>
/// <param name="Raft">What raft knows of it; absent where it shares no partition with this node.</param>
internal sealed record ClusterNode(
    ulong Id, string Address, bool IsSelf, string? Page, string Kind, string State, string? Problem, DateTimeOffset? Since, double? Milliseconds, MemberNode? Node, MemberDisks? Disks, MemberFacts? Raft);
