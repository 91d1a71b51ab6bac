using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>A disk's figures as they are reported to the master, in bytes.</summary>
/// <param name="TotalBytes">Without the reserve.</param>
/// <param name="AvailableBytes">What new data may take; 0 makes the disk read-only.</param>
/// <param name="UsedBytes">The part of Total that is taken, by whomever.</param>
/// <param name="FreeBytes">What the file system has free, reserve included.</param>
/// <remarks>Source: CubeFS datanode/disk.go computeUsage.</remarks>
public readonly record struct DiskSpace(long TotalBytes, long AvailableBytes, long UsedBytes, long FreeBytes)
{
    /// <summary>Source: CubeFS datanode/server.go; the least space that a disk keeps free unless it is set otherwise.</summary>
    public const long DefaultReserveBytes = 5L << 30;

    public bool IsReadOnly => AvailableBytes == 0;

    /// <param name="reserveBytes">Kept free: the largest of the configured figures and the floor.</param>
    /// <param name="repairBytes">Still needed by replicas that are being rebuilt on this disk.</param>
    public static DiskSpace Compute(in FileSystemSpace space, long reserveBytes, long repairBytes)
    {
        var total = Math.Max(0, space.TotalBytes - reserveBytes);
        var available = Math.Max(0, space.AvailableBytes - reserveBytes - repairBytes);
        var used = Math.Max(0, total - (space.FreeBytes - reserveBytes - repairBytes));
        return new DiskSpace(total, available, used, space.FreeBytes);
    }

    /// <summary>Writes to partitions that exist are taken as long as the disk's own reserve is not touched.</summary>
    /// <param name="ownReserveBytes">The reserve in the disk's configuration, which may lie below the one that makes it read-only.</param>
    public bool AcceptsWrites(long ownReserveBytes, long repairBytes) => !IsReadOnly || FreeBytes > ownReserveBytes + repairBytes;

    /// <summary>What is left of Total after the sizes of all partitions, which may be more than there is.</summary>
    public long UnallocatedBytes(long partitionBytes) => Math.Max(0, TotalBytes - partitionBytes);
}
