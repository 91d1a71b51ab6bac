using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What the repair of all partitions of one disk shares.</summary>
/// <param name="Disk">The limits of the disk.</param>
/// <param name="Node">Those of the whole node.</param>
/// <param name="Random">Seeds the jitter of each partition.</param>
internal sealed record RepairServices(
    INetwork Network, BufferPool Buffers, TimeProvider Time, NodeLimits Node, DiskLimits Disk, RepairSettings Settings, Random Random, IDataPathEvents Events)
{
    /// <summary>Of the whole node.</summary>
    public RepairCounts Counts { get; init; } = new();

    /// <summary>Where operations are written down. Of the whole node.</summary>
    public IOperationLog Operations { get; init; } = NullOperationLog.Instance;

    /// <summary>Of the disk; its peers are common to the node.</summary>
    public DiskBudget Budget => Disk.Budget;
}
