using CubeActors.Actors;
using CubeActors.Raft;

namespace CubeActors.Node;

/// <summary>A node at one moment, as the dashboard shows it: what the paths under /cubeactors tell, in one piece, and what happened since the look before.</summary>
/// <param name="At">Unix time, milliseconds.</param>
/// <param name="Start">The timeline of the start.</param>
/// <param name="Raft">Absent until the node exists, as are the next but the disks.</param>
/// <param name="Operations">Those that are open, and the last that ended.</param>
/// <param name="Runtime">Of the last seconds.</param>
/// <param name="Troubled">Replicas that do not serve, or not wholly; some, of as many as <paramref name="TroubledCount"/> says.</param>
/// <param name="Point">Absent at the first look, as are the rates of the disks.</param>
internal sealed record NodeEvent(
    long At, NodeFacts Node, StartReply Start, IReadOnlyList<SeenCondition> Conditions, GroupSummary? Raft, IReadOnlyList<SeenDisk> Disks, BudgetView Budgets, OperationList? Operations, AlertList? Alerts,
    IReadOnlyList<MemberFacts> Members, RuntimeFacts Runtime, IReadOnlyList<ReplicaFacts> Troubled, int TroubledCount, RatePoint? Point,
    IReadOnlyList<DiskRate>? DiskRates);

/// <summary>The raft groups of a node, counted.</summary>
/// <param name="Roles">What this node is in how many groups.</param>
/// <param name="Leaderless">Groups of replicas that serve, in which no leader is known.</param>
internal sealed record GroupSummary(IReadOnlyDictionary<string, int> Roles, int Leaderless, int InboundConnections, int SnapshotsUnderWay, long SendQueueBytes)
{
    public static GroupSummary Of(RaftFigures raft, NodeStatus status) => new(
        Enum.GetValues<RaftRole>().ToDictionary(role => role.ToString(), role => raft.GroupsByRole.GetValueOrDefault(role)),
        status.Partitions.Count(partition => partition.State == PartitionState.Serving && partition.Raft() is { Leader.Value: 0 }), raft.InboundConnections, raft.SnapshotsUnderWay, raft.SendQueueBytes);
}

/// <summary>What was seen before a page began to watch.</summary>
/// <param name="Points">The oldest first.</param>
internal sealed record HistoryEvent(IReadOnlyList<RatePoint> Points);
