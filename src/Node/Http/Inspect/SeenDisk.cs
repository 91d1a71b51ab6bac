using CubeActors.Actors;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>The disks of this node: /cubeactors/disks.</summary>
internal sealed record DiskList(IReadOnlyList<SeenDisk> Disks)
{
    public static DiskList Of(NodeStatus status, NodeSurface? surface)
    {
        var work = (surface?.Inspection?.DiskWork() ?? []).ToDictionary(disk => disk.Path, StringComparer.Ordinal);
        var limits = (surface?.Qos.Disks ?? []).ToDictionary(disk => disk.Path, StringComparer.Ordinal);
        return new DiskList([.. status.Disks.Select(disk => SeenDisk.Of(disk, work.GetValueOrDefault(disk.Path), limits.GetValueOrDefault(disk.Path)))]);
    }
}

/// <param name="State">Opening, Loading, Ready or Unavailable; Lost where it was taken away.</param>
/// <param name="ReservedBytes">That are left free.</param>
/// <param name="AllocatedBytes">What its partitions may grow to.</param>
/// <param name="BadSince">Absent while it is well.</param>
/// <param name="Device">That carries it, and how busy that was in the last interval; absent where it is not known.</param>
/// <param name="Classes">What waits for its I/O threads, and what they have done.</param>
/// <param name="LogQueue">Writes of raft logs that wait.</param>
/// <param name="RepairStreams">Extents that are being repaired here.</param>
/// <param name="RepairTasks">Tasks that other replicas work on and read from here.</param>
/// <param name="Limits">By kind of work.</param>
internal sealed record SeenDisk(
    string Path, string State, string? Reason, ulong TotalBytes, ulong UsedBytes, ulong AvailableBytes, ulong ReservedBytes, ulong AllocatedBytes, bool IsWritable, bool IsDecommissioned, int Partitions,
    int PartitionsSettled, int StalledLoads, IReadOnlyList<ulong> FailedPartitions, int Backups, DateTimeOffset? BadSince, string? Device, double? BusyPercent, IReadOnlyList<ClassFacts> Classes,
    int? LogQueue, int? RepairStreams, int? RepairTasks, IReadOnlyList<LimitFacts> Limits)
{
    public static SeenDisk Of(DiskFigures disk, DiskWorkView? work, DiskQosFigures? limits) => new(
        disk.Path, disk.IsLost ? "Lost" : disk.State.ToString(), disk.Reason.Length > 0 ? disk.Reason : null, disk.Total, disk.Used, disk.Available, disk.Reserved, disk.Allocated, disk.IsWritable,
        disk.IsDecommissioned, Math.Max(0, disk.PartitionsFound), disk.PartitionsSettled, disk.StalledLoads, disk.FailedPartitions, disk.Backups.Count, disk.BadSince,
        disk.Device.Length > 0 ? disk.Device : null, disk.Device.Length > 0 ? Math.Round(disk.BusyPercent, 1) : null, [.. work?.Classes.Select(ClassFacts.Of) ?? []], work?.LogDepth, work?.RepairStreams,
        work?.RepairTasks, limits is null ? [] : [
            LimitFacts.Of("read", limits.Read), LimitFacts.Of("write", limits.Write), LimitFacts.Of("repair read", limits.AsyncRead), LimitFacts.Of("repair write", limits.AsyncWrite),
            LimitFacts.Of("delete", limits.Delete),
        ]);
}

/// <param name="Class">client, load or repair.</param>
/// <param name="Done">Pieces of work since the start.</param>
/// <param name="BusySeconds">Time that threads have spent on them.</param>
internal sealed record ClassFacts(string Class, int Waiting, int Running, long Done, double BusySeconds)
{
    public static ClassFacts Of(WorkFigures figures) =>
        new(figures.Class.ToString().ToLowerInvariant(), figures.Waiting, figures.Running, figures.Done, Math.Round(figures.Busy.TotalSeconds, 3));
}

/// <param name="AtOnceMax">0 is no limit, as for the next two.</param>
/// <param name="Running">Counted only while the number at once is limited.</param>
internal sealed record LimitFacts(string Kind, int AtOnceMax, long OperationsPerSecondMax, long BytesPerSecondMax, int Running, int Waiting)
{
    public static LimitFacts Of(string kind, IoGateFigures gate) => new(kind, gate.Concurrency, gate.Operations, gate.Bytes, gate.Running, gate.Waiting);
}
