using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record DiskListShape(IReadOnlyList<DiskShape> Disks);

internal sealed record DiskShape(
    string Path, [property: Description("Opening, Loading, Ready, Unavailable or Lost")] string State, string? Reason, ulong TotalBytes, ulong UsedBytes, ulong AvailableBytes, ulong ReservedBytes,
    ulong AllocatedBytes, bool IsWritable, bool IsDecommissioned, int Partitions, int PartitionsSettled, int StalledLoads, IReadOnlyList<ulong> FailedPartitions, int Backups, DateTimeOffset? BadSince,
    string? Device, double? BusyPercent, IReadOnlyList<DiskClassShape> Classes, [property: Description("writes of raft logs that wait")] int? LogQueue, int? RepairStreams, int? RepairTasks,
    IReadOnlyList<DiskLimitShape> Limits);

internal sealed record DiskClassShape([property: Description("client, load or repair")] string Class, int Waiting, int Running, long Done, double BusySeconds);

internal sealed record DiskLimitShape(
    string Kind, [property: Description("0 is no limit")] int AtOnceMax, long OperationsPerSecondMax, long BytesPerSecondMax, int Running, int Waiting);
