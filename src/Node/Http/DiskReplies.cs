using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Disks in the shape of CubeFS. Pure: status in, reply out.</summary>
internal static class DiskReplies
{
    /// <summary>Status numbers of a disk. Source: CubeFS proto/status.go.</summary>
    private const int ReadOnly = 1, ReadWrite = 2, Unavailable = -1;

    public static OperatorReply Disks(NodeStatus status, string zone) => OperatorReply.Ok(List(status, zone), OperatorJson.Default.DiskInspection);

    /// <summary>A disk that cannot be used counts as lost: this version does not tell one that broke from one that vanished.</summary>
    internal static DiskInspection List(NodeStatus status, string zone)
    {
        var allocated = status.Partitions.ToLookup(partition => partition.DiskPath, partition => (ulong)partition.Size);
        return new DiskInspection([.. status.Disks.Select(disk => Describe(disk, Sum(allocated[disk.Path])))], zone);
    }

    private static InspectedDisk Describe(DiskFigures disk, ulong allocated) => new(
        disk.Path, disk.Total, disk.Used, disk.Available,
        Unallocated: disk.Total > allocated ? disk.Total - allocated : 0,
        Allocated: allocated,
        Status: disk.State == DiskState.Unavailable ? Unavailable : disk.IsWritable ? ReadWrite : ReadOnly,
        RestSize: disk.Reserved,
        DiskRdoSize: disk.Reserved,
        Partitions: Math.Max(0, disk.PartitionsFound),
        Decommission: false, // no disk can be decommissioned by this version
        IsLost: disk.State == DiskState.Unavailable);

    private static ulong Sum(IEnumerable<ulong> sizes) => sizes.Aggregate(0UL, (sum, size) => sum + size);
}

internal sealed record DiskInspection(IReadOnlyList<InspectedDisk> Disks, string Zone);

internal sealed record InspectedDisk(
    string Path, ulong Total, ulong Used, ulong Available, ulong Unallocated, ulong Allocated, int Status, ulong RestSize, ulong DiskRdoSize, int Partitions, bool Decommission,
    bool IsLost);
