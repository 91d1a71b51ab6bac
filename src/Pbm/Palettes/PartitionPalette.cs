using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>partition</c>: the replicas of data partitions on the node.</summary>
internal static class PartitionPalette
{
    private const string Open = "open";

    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "partition", "The replicas of data partitions on this node: state and stage of loading, gate, parked requests, extents.");
        AddList(palette);
        var shown = Palette.PartitionArgument();
        palette.Add(
            "show", "One replica with all that is known of it.", ["partition show 7"], PbmJson.Default.PartitionShape, parsed => NodeRequest.Get($"/cubeactors/partitions/{parsed.GetValue(shown)}"),
            (partition, report, _) => Show(partition, report), shown);
        AddExtents(palette);
        AddGate(palette);
        palette.Add(
            "parked", "Partitions that requests wait for: they are still being loaded.", ["partition parked --watch 1"], PbmJson.Default.PartitionListShape,
            async (_, node, stop) => Only(await AllAsync(node, stop), partition => partition.Parked > 0),
            static (list, report, _) => report.Table(
                ["id>", "parked>", "volume", "stage", "progress", "disk"],
                list.Partitions.OrderByDescending(partition => partition.Parked).ThenBy(partition => partition.Id)
                    .Select(IReadOnlyList<string> (one) => [Palette.Text(one.Id), Human.Number<int>(one.Parked), one.Volume, one.Stage, Progress(one), one.Disk]),
                "no request waits for a partition"),
            judge: null);
        return palette.Command;
    }

    private static void AddList(Palette palette)
    {
        var state = new Option<string?>("--state") { Description = "Only those that are loading, serving, unavailable or closing.", HelpName = "state" };
        var disk = new Option<string?>("--disk") { Description = "Only those on this disk.", HelpName = "path" };
        var volume = new Option<string?>("--volume") { Description = "Only those of this volume.", HelpName = "name" };
        var sort = new Option<string>("--sort") { Description = "By id, used, extents or state.", HelpName = "column", DefaultValueFactory = _ => "id" };
        sort.AcceptOnlyFromAmong("id", "used", "extents", "state");
        palette.Add(
            "list", "All replicas of this node.", ["partition list", "partition list --state unavailable", "partition list --sort used", "partition list --json"], PbmJson.Default.PartitionListShape,
            async (parsed, node, stop) => Sort(
                await node.AskAsync(
                    NodeRequest.Get("/cubeactors/partitions", ("state", parsed.GetValue(state)), ("disk", parsed.GetValue(disk)), ("volume", parsed.GetValue(volume))), PbmJson.Default.PartitionListShape, stop),
                parsed.GetValue(sort)!),
            static (list, report, _) =>
            {
                report.Table(
                    ["id>", "volume", "state", "stage", "role", "used>", "of>", "extents>", "gate~", "disk", "reason~"],
                    list.Partitions.Select(IReadOnlyList<string> (one) =>
                    [
                        Palette.Text(one.Id), one.Volume, one.State, one.State == one.Stage ? "" : one.Stage, one.Role ?? "", Human.Bytes(one.UsedBytes), Human.Bytes(one.SizeBytes), Human.Number<int>(one.Extents),
                        one.Gate, one.Disk, one.Reason ?? "",
                    ]),
                    "no partition");
            },
            judge: null, state, disk, volume, sort);
    }

    private static void AddExtents(Palette palette)
    {
        var partition = Palette.PartitionArgument();
        var from = new Option<int?>("--from") { Description = "The first id that is listed.", HelpName = "extent" };
        var limit = new Option<int?>("--limit") { Description = "Extents that are listed (100).", HelpName = "number" };
        var all = new Option<bool>("--all") { Description = "Also extents that hold nothing." };
        palette.Add(
            "extents", "The extents of a replica, by id: size, last change, and the CRC where it is known.", ["partition extents 7", "partition extents 7 --from 1025 --limit 1000"], PbmJson.Default.ExtentListShape,
            parsed => NodeRequest.Get(
                $"/cubeactors/partitions/{parsed.GetValue(partition)}/extents", ("from", Text(parsed.GetValue(from))), ("limit", Text(parsed.GetValue(limit))), ("all", parsed.GetValue(all) ? "1" : null)),
            static (list, report, _) =>
            {
                report.Table(
                    ["id>", "kind", "size>", "changed", "crc", "locked"],
                    list.Extents.Select(IReadOnlyList<string> (one) =>
                        [Palette.Text(one.Id), one.Kind, Human.Bytes(one.Bytes), Human.Time(one.ModifiedAt), one.Crc is { } crc ? crc.ToString("x8", CultureInfo.InvariantCulture) : "", one.Locked ?? ""]),
                    "no extent from there on");
                report.Line();
                report.Line($"{list.Extents.Count} of {list.Count} extents, {Human.Bytes(list.Bytes)} in all");
            },
            partition, from, limit, all);
    }

    private static void AddGate(Palette palette)
    {
        var partition = new Argument<ulong?>("partition") { Description = "One partition; without it all whose gate is not open.", Arity = ArgumentArity.ZeroOrOne };
        palette.Add(
            "gate", "What partitions admit on the data path: open, or what is kept out and why.", ["partition gate", "partition gate 7"], PbmJson.Default.PartitionListShape,
            async (parsed, node, stop) => parsed.GetValue(partition) is { } id
                ? new PartitionListShape([await node.AskAsync(NodeRequest.Get($"/cubeactors/partitions/{id}"), PbmJson.Default.PartitionShape, stop)])
                : Only(await AllAsync(node, stop), one => one.Gate != Open),
            static (list, report, _) => report.Table(
                ["id>", "gate~", "parked>", "state", "stage", "disk", "reason~"],
                list.Partitions.OrderBy(one => one.Id)
                    .Select(IReadOnlyList<string> (one) => [Palette.Text(one.Id), one.Gate, Human.Number<int>(one.Parked), one.State, one.Stage, one.Disk, one.Reason ?? ""]),
                "all gates are open"),
            judge: null, partition);
    }

    private static void Show(PartitionShape one, Report report)
    {
        report.Facts(
            ("partition", Palette.Text(one.Id)), ("volume", one.Volume), ("state", one.State), ("reason", one.Reason), ("stage", one.Stage), ("progress", Progress(one)), ("gate", one.Gate),
            ("parked requests", Human.Number<int>(one.Parked)), ("status told to masters", one.Status is { } status ? StatusWord(status) : null),
            ("used", $"{Human.Bytes(one.UsedBytes)} of {Human.Bytes(one.SizeBytes)}"), ("extents", Human.Number<int>(one.Extents)), ("raft", one.Role), ("leader", one.Leader is { } leader ? Leader(one, leader) : null),
            ("being filled", one.RebuildShare is { } share ? Human.Percent(share) : null), ("a replica is rebuilt", one.IsRepairing ? "yes: appends are refused" : null),
            ("errors of the disk", one.DiskErrors > 0 ? Human.Number<int>(one.DiskErrors) : null), ("disk", one.Disk), ("directory", one.Directory));
        report.Heading("Replicas");
        report.Table(
            ["host", "node>"], one.Hosts.Select(IReadOnlyList<string> (host) => [host, one.Peers.FirstOrDefault(peer => peer.Address == host) is { } peer ? Palette.Text(peer.Id) : ""]), "none is known yet");
    }

    private static string Leader(PartitionShape one, ulong leader) =>
        one.IsLeader ? "this node" : one.Peers.FirstOrDefault(peer => peer.Id == leader) is { } peer ? $"{peer.Address} (node {leader})" : $"node {leader}";

    /// <summary>Source: CubeFS proto/status.go, as in the node's report.</summary>
    private static string StatusWord(int status) => status switch { -1 => "unavailable", 0 => "recovering", 1 => "read-only", 2 => "read-write", _ => status.ToString(CultureInfo.InvariantCulture) };

    private static string Progress(PartitionShape one) => one is { StageDone: { } done, StageTotal: > 0 and var total } ? $"{done} of {total}, {Human.Percent((double)done / total)}" : "";

    private static Task<PartitionListShape> AllAsync(NodeClient node, CancellationToken stop) => node.AskAsync(NodeRequest.Get("/cubeactors/partitions"), PbmJson.Default.PartitionListShape, stop);

    private static PartitionListShape Only(PartitionListShape all, Func<PartitionShape, bool> which) => new([.. all.Partitions.Where(which)]);

    private static PartitionListShape Sort(PartitionListShape all, string by) => new(
    [
        .. by switch
        {
            "used" => all.Partitions.OrderByDescending(one => one.UsedBytes).ThenBy(one => one.Id),
            "extents" => all.Partitions.OrderByDescending(one => one.Extents).ThenBy(one => one.Id),
            "state" => all.Partitions.OrderBy(one => one.State, StringComparer.Ordinal).ThenBy(one => one.Id),
            _ => all.Partitions.OrderBy(one => one.Id),
        },
    ]);

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
