using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Disks in the shape of CubeFS. Pure: status in, reply out.</summary>
internal static class DiskReplies
{
    /// <summary>Status numbers of a disk. Source: CubeFS proto/status.go.</summary>
    private const int Lost = 0, ReadOnly = 1, ReadWrite = 2, Unavailable = -1;

    public static OperatorReply Disks(NodeStatus status, string zone) => OperatorReply.Ok(List(status, zone), OperatorJson.Default.DiskInspection);

    internal static DiskInspection List(NodeStatus status, string zone) => new([.. status.Disks.Select(Describe)], zone);

    private static InspectedDisk Describe(DiskFigures disk) => new(
        disk.Path, disk.Total, disk.Used, disk.Available, disk.Unallocated, disk.Allocated,
        Status: disk.IsLost ? Lost : disk.State == DiskState.Unavailable ? Unavailable : disk.IsWritable ? ReadWrite : ReadOnly,
        RestSize: disk.Reserved,
        DiskRdoSize: Math.Max(disk.ReadOnlyBelow, disk.Reserved),
        Partitions: Math.Max(0, disk.PartitionsFound),
        Decommission: disk.IsDecommissioned,
        IsLost: disk.IsLost);
}

internal sealed record DiskInspection(IReadOnlyList<InspectedDisk> Disks, string Zone);

internal sealed record InspectedDisk(
    string Path, ulong Total, ulong Used, ulong Available, ulong Unallocated, ulong Allocated, int Status, ulong RestSize, ulong DiskRdoSize, int Partitions, bool Decommission,
    bool IsLost);
