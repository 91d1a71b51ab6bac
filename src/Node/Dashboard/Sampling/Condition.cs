using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>How much a condition matters. The names are those of the dashboard's styles.</summary>
internal enum ConditionSeverity
{
    /// <summary>Somebody ordered it, or it passes.</summary>
    Note,

    /// <summary>It works with less than it should.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Bad,
}

/// <summary>Something about a node that calls for attention as long as it is so. Alerts of the ledger tell what happened; these tell what is.</summary>
/// <param name="Key">The same for the same cause from look to look.</param>
internal readonly record struct Condition(string Key, ConditionSeverity Severity, string Title, string Text)
{
    /// <summary>A group that elects has no leader for a second or two; one that cannot, longer.</summary>
    public static readonly TimeSpan LeaderlessPatience = TimeSpan.FromSeconds(5);

    public const string LeaderlessKey = "leaderless";

    /// <summary>Partitions that are named.</summary>
    private const int NamedMax = 5;

    /// <summary>What there is now, the worst first. Pure.</summary>
    /// <param name="figures">Null until the node exists.</param>
    public static IReadOnlyList<Condition> Of(NodeStatus status, NodeFigures? figures, IReadOnlyList<ClusterMember> members)
    {
        var found = new List<Condition>();
        foreach (var disk in status.Disks)
        {
            if (disk.IsLost) Add($"disk {disk.Path}", ConditionSeverity.Bad, $"Disk {disk.Path} is lost", Reason(disk.Reason, "It was taken away, or was never there."));
            else if (disk.State == DiskState.Unavailable) Add($"disk {disk.Path}", ConditionSeverity.Bad, $"Disk {disk.Path} is unavailable", Reason(disk.Reason, "It cannot be used."));
            else if (disk.FailedPartitions.Count > 0) Add($"disk {disk.Path}", ConditionSeverity.Bad, $"Disk {disk.Path} had I/O errors", $"{Count(disk.FailedPartitions.Count, "partition")} met one; the masters are told that it is bad.");
            else if (disk.StalledLoads > 0) Add($"disk {disk.Path}", ConditionSeverity.Warning, $"Disk {disk.Path} loads slowly", Reason(disk.Reason, $"{Count(disk.StalledLoads, "partition")} take longer than they should."));
            else if (disk.State == DiskState.Ready && disk.Available == 0) Add($"disk {disk.Path}", ConditionSeverity.Warning, $"Disk {disk.Path} is full", "It takes no more writes; what it holds is served.");
            if (disk.IsDecommissioned) Add($"decommission {disk.Path}", ConditionSeverity.Note, $"Disk {disk.Path} is decommissioned", "The master moves its partitions elsewhere.");
        }

        var unavailable = status.Partitions.Where(partition => partition.State == PartitionState.Unavailable).ToList();
        if (unavailable.Count > 0)
            Add("unavailable", ConditionSeverity.Bad, $"{Count(unavailable.Count, "partition")} unavailable", $"{Few(unavailable)}: {Reason(unavailable[0].Reason, "no reason is known.")}");
        var leaderless = status.Partitions.Where(partition => partition.State == PartitionState.Serving && partition.Raft() is { Leader.Value: 0 }).ToList();
        if (leaderless.Count > 0) Add(LeaderlessKey, ConditionSeverity.Bad, $"{Count(leaderless.Count, "raft group")} without leader", $"{Few(leaderless)}: overwrites there wait until one is elected.");
        var rebuilt = status.Partitions.Where(partition => partition.IsBeingRebuilt || partition.IsRepairing).ToList();
        if (rebuilt.Count > 0) Add("rebuilt", ConditionSeverity.Note, $"{Count(rebuilt.Count, "replica")} being rebuilt", $"{Few(rebuilt)}.");
        foreach (var member in members.Where(member => member.Reachability == Reachability.Unreachable))
            Add($"member {member.Address}", ConditionSeverity.Warning, $"Node {member.Address} is not reachable", $"Raft does not hear it; it shares {Count(member.Partitions, "partition")} with this node.");
        if (figures is not null)
        {
            if (figures.LackInMemory + figures.LackOnDisk > 0)
                Add("lack", ConditionSeverity.Warning, $"{Count(figures.LackInMemory + figures.LackOnDisk, "partition")} missing", "The masters' list says that they are here.");
            if (figures.Integrity.Counts.Reported > 0)
                Add("integrity", ConditionSeverity.Bad, $"{Count(figures.Integrity.Counts.Reported, "damaged block")} beyond repair", "Since the start; /cubeactors/integrity names them.");
            if (!figures.Operations.IsKept && figures.Operations.Problem.Length > 0) Add("ledger", ConditionSeverity.Warning, "The ledger is not kept", figures.Operations.Problem);
        }

        return [.. found.OrderByDescending(condition => condition.Severity)];

        void Add(string key, ConditionSeverity severity, string title, string text) => found.Add(new Condition(key, severity, title, text));
    }

    private static string Reason(string reason, string without) => reason.Length > 0 ? reason : without;

    private static string Count(long count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string Few(List<PartitionFigures> partitions) =>
        string.Join(", ", partitions.Take(NamedMax).Select(partition => partition.Id.Value)) + (partitions.Count > NamedMax ? ", ..." : "");
}
