using System.Globalization;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What is measured, seen and set while the node runs. Source: CubeFS datanode/server_handler.go and util/exporter/exporter.go.</summary>
internal static class MeterPaths
{
    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At("/getMetricsDegrade", _ => new TextReply(200, string.Create(CultureInfo.InvariantCulture, $"{desk.Surface()?.Meters.Degrade ?? 0}\n")));
        yield return OperatorPath.At("/setMetricsDegrade", arguments => SetDegrade(desk.Surface()?.Meters, arguments)).AsOrder();
        yield return OperatorPath.At("/setEnablePid", arguments => SetByPartition(desk.Surface()?.Meters, arguments)).AsOrder();
    }

    /// <summary>Plain text in every case, and status 200, as CubeFS answers. A missing level changes nothing and says nothing.</summary>
    private static OperatorReply SetDegrade(OperationMeters? meters, Arguments arguments)
    {
        var text = arguments.Text("level");
        if (text.Length == 0) return new TextReply(200, "");
        if (Arguments.Signed(text, out var level) is { } error) return new TextReply(200, $"key(level) can not omit error({error})");
        if (meters is null) return NotYet;
        meters.Degrade = (int)Math.Clamp(level, int.MinValue, int.MaxValue);
        return new TextReply(200, string.Create(CultureInfo.InvariantCulture, $"Set metrics degrade level to {level} successfully\n"));
    }

    private static OperatorReply SetByPartition(OperationMeters? meters, Arguments arguments)
    {
        var text = arguments.Text("enablePid");
        if (Arguments.Flag(text, out var isOn) is { } error) return OperatorReply.Bad($"parse param {text} failL: {error}");
        if (meters is null) return NotYet;
        meters.ByPartition = isOn;
        return OperatorReply.Ok($"set enablePid {(isOn ? "true" : "false")} success");
    }

    private static OperatorReply NotYet { get; } = OperatorReply.Failed(503, "the node is starting; ask again in a moment");
}
