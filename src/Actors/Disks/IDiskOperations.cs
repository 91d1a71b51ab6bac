using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What an operator may order of the disks and partitions of a running node. Thread-safe.</summary>
/// <remarks>
/// Each answers null when it is done, or one sentence saying why not; none throws, and none is out for longer than the node gives a task of a
/// master. Source: control-plane 6.3.
/// </remarks>
public interface IDiskOperations
{
    /// <summary>Closes a partition, waits until nobody is inside, and loads it anew.</summary>
    Task<string?> ReloadPartition(PartitionId partition);

    /// <summary>Closes a partition and forgets it; its directory stays.</summary>
    Task<string?> DetachPartition(PartitionId partition);

    /// <summary>Loads the directory of a partition that is on the disk and not loaded.</summary>
    /// <param name="disk">As configured.</param>
    Task<string?> LoadPartition(PartitionId partition, string disk);

    /// <summary>Gives a disk up until it is recovered by order or the node starts again. Answers a sentence also where it was given up before.</summary>
    Task<string?> SetDiskBad(string disk);

    /// <summary>Test aid: every partition of the disk meets an I/O error.</summary>
    Task<string?> MarkDiskBroken(string disk);

    /// <summary>Test aid: a partition meets an I/O error (<paramref name="isWhole"/> false), or its count of errors is cleared and it is loaded anew.</summary>
    Task<string?> MarkPartitionBroken(PartitionId partition, bool isWhole);
}
