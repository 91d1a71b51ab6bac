using System.Globalization;
using System.Text.Json.Serialization;
using CubeActors.Actors;
using CubeActors.Protocol.Master;

namespace CubeActors.Node;

/// <summary>What was done most in the last minute. Source: CubeFS datanode/stat_log.go.</summary>
internal static class OperationLogPaths
{
    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At("/getOpLog", arguments => List(desk.Surface()?.Recent() ?? RecentOperations.None, arguments.Text("opType"), arguments.Text("dpId"), arguments.Text("op")));
        yield return OperatorPath.At("/setOpLog", arguments => Set(desk, arguments)).AsOrder();
    }

    /// <param name="type"><c>disk</c> or <c>dp</c>; anything else lists nothing at all.</param>
    /// <param name="partition">Empty for all.</param>
    /// <param name="part">Of the operation's name, in any case; empty for all.</param>
    internal static OperatorReply List(RecentOperations recent, string type, string partition, string part)
    {
        if (type is not ("disk" or "dp")) return new EnvelopeReply(200, "", null, null);
        var counts = type == "disk" ? recent.Disks : recent.Partitions.Where(count => partition.Length == 0 || IsOf(count, partition));
        return OperatorReply.Ok(
            [.. counts.Where(count => count.Op.Contains(part, StringComparison.OrdinalIgnoreCase)).Select(count => new OperationLogItem(count.Name, count.Op, count.Count))],
            OperatorJson.Default.OperationLogItemArray);
    }

    private static bool IsOf(OperationCount count, string partition) =>
        count.Name.StartsWith(string.Create(CultureInfo.InvariantCulture, $"dp_{partition}_"), StringComparison.Ordinal);

    /// <summary>Each parameter switches what its name says; in CubeFS sendMaster switched the files.</summary>
    private static OperatorReply Set(OperatorDesk desk, Arguments arguments)
    {
        if (Arguments.Flag(arguments.Text("recordFile"), out var records) is null && desk.OperationFiles is { } files) files.IsOn = records;
        if (Arguments.Flag(arguments.Text("sendMaster"), out var sends) is null) desk.Surface()?.ReportRecent(sends);
        return OperatorReply.Ok("success");
    }
}

internal sealed record OperationLogItem(
    [property: JsonPropertyName("Name")] string Name, [property: JsonPropertyName("Op")] string Op, [property: JsonPropertyName("Count")] int Count);
