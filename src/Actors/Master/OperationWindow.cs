using System.Collections.Immutable;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What was done in the last minute, on each partition and each disk: the busiest first.</summary>
/// <remarks>Source: CubeFS util/stat/datanode_op_stats.go: a minute, the 100 most frequent.</remarks>
/// <param name="Disks">Named by the disk's root.</param>
/// <param name="Partitions">Named <c>dp_&lt;id&gt;_&lt;op&gt;</c>: masters take the name apart without checking it.</param>
public sealed record RecentOperations(ImmutableArray<OperationCount> Disks, ImmutableArray<OperationCount> Partitions)
{
    public static readonly RecentOperations None = new([], []);
}

/// <summary>Takes the difference of counts from one minute to the next. One owner.</summary>
internal sealed class OperationWindow
{
    /// <summary>How long a window is.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private const int OperationsMax = 100;

    private Dictionary<PartitionId, Mark> _marks = [];

    /// <summary>Ends a window and begins the next one.</summary>
    public RecentOperations Turn(IReadOnlyList<PartitionFigures> partitions)
    {
        var marks = new Dictionary<PartitionId, Mark>(partitions.Count);
        var counts = new List<(PartitionId Partition, CountedOperation Operation, long Count)>();
        var disks = new Dictionary<(string Disk, CountedOperation Operation), long>();
        foreach (var partition in partitions)
        {
            if (partition.Operations is not { } operations) continue;
            var totals = new long[OperationCounts.Kinds];
            operations.Read(totals);
            // Counts of a replica that was loaded anew begin at 0 again.
            var before = _marks.TryGetValue(partition.Id, out var mark) && mark.Of == operations ? mark.Totals : null;
            marks[partition.Id] = new Mark(operations, totals);
            for (var kind = 0; kind < totals.Length; kind++)
            {
                var count = totals[kind] - (before?[kind] ?? 0);
                if (count <= 0) continue;
                var operation = (CountedOperation)kind;
                counts.Add((partition.Id, operation, count));
                disks[(partition.DiskPath, operation)] = disks.GetValueOrDefault((partition.DiskPath, operation)) + count;
            }
        }

        _marks = marks;
        return new RecentOperations(
            Busiest(disks.Select(disk => Named(disk.Key.Disk, disk.Key.Operation, disk.Value))),
            Busiest(counts.Select(count => Named($"dp_{count.Partition}_{count.Operation}", count.Operation, count.Count))));
    }

    private static OperationCount Named(string name, CountedOperation operation, long count) =>
        new() { Name = name, Op = operation.ToString(), Count = (int)Math.Min(count, int.MaxValue) };

    private static ImmutableArray<OperationCount> Busiest(IEnumerable<OperationCount> counts) =>
        [.. counts.OrderByDescending(count => count.Count).ThenBy(count => count.Name, StringComparer.Ordinal).Take(OperationsMax)];

    private sealed record Mark(OperationCounts Of, long[] Totals);
}
