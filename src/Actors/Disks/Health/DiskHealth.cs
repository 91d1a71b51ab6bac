using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The I/O errors of one disk, and whether it is given up for them. Pure.</summary>
/// <remarks>
/// Invariants: a partition counts once until it is cleared; a disk that was given up stays so until <see cref="Restore"/>. Source: control-plane
/// 4.6, CubeFS datanode/disk.go triggerDiskError.
/// </remarks>
internal sealed class DiskHealth(int errorsMax, int partitionsMax)
{
    /// <summary>Stands in the set for an error of no partition.</summary>
    public static readonly PartitionId NoPartition = default;

    private readonly SortedSet<ulong> _failed = [];
    private int _errors;

    /// <summary>Partitions that met an error, in ascending order; <see cref="NoPartition"/> is 0.</summary>
    public IReadOnlyList<ulong> Failed => [.. _failed];

    public bool HasErrors => _failed.Count > 0;

    /// <summary>Why the disk is given up; null while it is not.</summary>
    public string? GivenUp { get; private set; }

    /// <param name="errors">2 where reading and writing count alike, as when an entry of the raft log could not be applied.</param>
    /// <returns>True if this was news: the partition had no error before.</returns>
    public bool Count(PartitionId partition, int errors = 1)
    {
        if (!_failed.Add(partition.Value)) return false;
        _errors += errors;
        if (GivenUp is null && _errors >= errorsMax) GivenUp = $"{_errors} I/O errors";
        if (GivenUp is null && _failed.Count >= partitionsMax) GivenUp = $"{_failed.Count} partitions met I/O errors";
        return true;
    }

    public bool HasFailed(PartitionId partition) => _failed.Contains(partition.Value);

    /// <returns>False if it was given up before, for whatever reason.</returns>
    public bool GiveUp(string reason)
    {
        if (GivenUp is not null) return false;
        GivenUp = reason;
        return true;
    }

    /// <summary>A partition is loaded again without an error, or is none of this disk any more.</summary>
    public void Clear(PartitionId partition) => _failed.Remove(partition.Value);

    /// <summary>Takes the disk back, if no partition has an error any more. Its count begins anew: what was recovered is not held against it.</summary>
    public bool Restore()
    {
        if (_failed.Count > 0) return false;
        (_errors, GivenUp) = (0, null);
        return true;
    }
}
