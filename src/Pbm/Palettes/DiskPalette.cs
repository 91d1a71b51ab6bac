using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>disk</c>: the disks of the node.</summary>
internal static class DiskPalette
{
    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "disk", "The disks of this node: space, health, and what waits for them.");
        palette.Add(
            "list", "All disks.", ["disk list", "disk list --json"], PbmJson.Default.DiskListShape, _ => NodeRequest.Get("/cubeactors/disks"),
            static (list, report, _) => report.Table(
                ["path", "state", "writable", "total>", "used>", "available>", "partitions>", "busy>", "waiting>", "reason~"],
                list.Disks.OrderBy(disk => disk.Path, NaturalOrder.Instance).Select(IReadOnlyList<string> (disk) =>
                [
                    disk.Path, disk.State, Human.YesNo(disk.IsWritable), Human.Bytes(disk.TotalBytes), Human.Bytes(disk.UsedBytes), Human.Bytes(disk.AvailableBytes),
                    disk.PartitionsSettled == disk.Partitions ? Human.Number<int>(disk.Partitions) : $"{disk.PartitionsSettled} of {disk.Partitions}", Busy(disk), Human.Number<int>(disk.Classes.Sum(one => one.Waiting)),
                    disk.Reason ?? "",
                ]),
                "the node has no disk"));

        var path = new Argument<string>("path") { Description = "The root of the disk, as configured." };
        palette.Add(
            "show", "One disk with all that is known of it.", ["disk show /data/disk1"], PbmJson.Default.DiskListShape, parsed => NodeRequest.Get("/cubeactors/disks", ("path", parsed.GetValue(path))),
            static (list, report, _) =>
            {
                foreach (var disk in list.Disks) Show(disk, report);
            },
            path);

        var one = new Argument<string?>("path") { Description = "One disk; without it all.", Arity = ArgumentArity.ZeroOrOne };
        palette.Add(
            "io", "What waits for each disk by class of work, what its threads have done, and the limits by kind of work.", ["disk io", "disk io /data/disk1 --watch 1"], PbmJson.Default.DiskListShape,
            parsed => NodeRequest.Get("/cubeactors/disks", ("path", parsed.GetValue(one))), (list, report, _) => ShowWork(list, report), one);
        return palette.Command;
    }

    private static void Show(DiskShape disk, Report report)
    {
        report.Facts(
            ("disk", disk.Path), ("state", disk.State), ("reason", disk.Reason), ("bad since", disk.BadSince is null ? null : $"{Human.Time(disk.BadSince)} ({Human.Ago(disk.BadSince, report.Now)})"),
            ("takes partitions", Human.YesNo(disk.IsWritable)), ("decommissioned", disk.IsDecommissioned ? "yes" : null), ("total", Human.Bytes(disk.TotalBytes)), ("used", Human.Bytes(disk.UsedBytes)),
            ("available", Human.Bytes(disk.AvailableBytes)), ("left free", Human.Bytes(disk.ReservedBytes)), ("partitions may grow to", Human.Bytes(disk.AllocatedBytes)),
            ("partitions", $"{disk.PartitionsSettled} of {disk.Partitions} settled"), ("loads that stall", disk.StalledLoads > 0 ? Human.Number<int>(disk.StalledLoads) : null),
            ("partitions with I/O errors", string.Join(", ", disk.FailedPartitions)), ("replicas set aside", disk.Backups > 0 ? Human.Number<int>(disk.Backups) : null), ("device", disk.Device), ("busy", Busy(disk)));
        report.Heading("Work");
        ShowWork(new DiskListShape([disk]), report);
    }

    private static void ShowWork(DiskListShape list, Report report)
    {
        report.Table(
            ["disk", "class", "waiting>", "running>", "done>", "busy>", "each>"],
            list.Disks.SelectMany(disk => disk.Classes.Select(IReadOnlyList<string> (one) =>
            [
                disk.Path, one.Class, Human.Number<int>(one.Waiting), Human.Number<int>(one.Running), Human.Number<long>(one.Done), Human.Seconds(one.BusySeconds),
                one.Done > 0 ? Human.Seconds(one.BusySeconds / one.Done) : "",
            ]).Concat(disk.LogQueue is { } log ? [[disk.Path, "raft log", Human.Number<int>(log), "", "", "", ""]] : [])),
            "nothing is counted");
        var repairs = list.Disks.Where(disk => disk.RepairStreams > 0 || disk.RepairTasks > 0).ToList();
        foreach (var disk in repairs) report.Line($"{disk.Path}: {disk.RepairStreams ?? 0} extents are being repaired here, {disk.RepairTasks ?? 0} tasks of others read from here");
        report.Heading("Limits");
        report.Table(
            ["disk", "kind", "at once>", "operations/s>", "bytes/s>", "running>", "waiting>"],
            list.Disks.SelectMany(disk => disk.Limits.Select(IReadOnlyList<string> (limit) =>
            [
                disk.Path, limit.Kind, Limit(limit.AtOnceMax), Limit(limit.OperationsPerSecondMax), limit.BytesPerSecondMax == 0 ? "no limit" : Human.Bytes(limit.BytesPerSecondMax), Human.Number<int>(limit.Running),
                Human.Number<int>(limit.Waiting),
            ])),
            "none");
    }

    private static string Busy(DiskShape disk) => disk.BusyPercent is { } busy ? string.Create(CultureInfo.InvariantCulture, $"{busy:0.#} %") : "";

    private static string Limit(long limit) => limit == 0 ? "no limit" : limit.ToString(CultureInfo.InvariantCulture);
}
