using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The limits of the disks' work, shown and set. What is set lasts until the node ends. Source: CubeFS datanode/server_handler.go.</summary>
internal static class QosPaths
{
    private const string Success = "success";
    private const string QueueFactor = "diskWQueFactor";

    public static IEnumerable<OperatorPath> Of(OperatorDesk desk)
    {
        yield return OperatorPath.At("/getDiskQos", _ => QosReplies.Show(desk.Surface()?.Qos, desk.Zone));
        yield return OperatorPath.At("/queryDiskExtentReadLimitStatus", _ => QosReplies.ReadLimits(desk.Surface()?.Qos));
        yield return With(desk, "/setDiskQos", SetLimits);
        yield return With(desk, "/qosEnable", Enable);
        yield return With(desk, "/setAutoRepairStatus", SetAutoRepair);
        yield return With(desk, "/setDiskExtentReadLimitStatus", SetReadLimit);
        yield return With(desk, "/releaseDiskExtentReadLimitToken", ReleaseReadLimit);
    }

    private static OperatorPath With(OperatorDesk desk, string path, Func<IDiskQos, Arguments, OperatorReply> set) => OperatorPath
        .At(path, arguments => desk.Surface()?.Qos is { } qos ? set(qos, arguments) : OperatorReply.Failed(503, "the node is starting; ask again in a moment"))
        .AsOrder();

    /// <summary>All values are read before the first one counts.</summary>
    private static OperatorReply SetLimits(IDiskQos qos, Arguments arguments)
    {
        var values = new Dictionary<string, int>();
        foreach (var key in QosKeys.All.Append(QueueFactor))
        {
            var text = arguments.Text(key);
            if (text.Length == 0) continue;
            if (Arguments.Signed(text, out var value, "Atoi") is { } error) return OperatorReply.Bad(error);
            values[key] = (int)Math.Clamp(value, 0, int.MaxValue); // a negative limit is none, as in CubeFS
        }

        if (values.Remove(QueueFactor, out var factor)) qos.WriteQueueFactor = Math.Max(1, factor);
        if (values.Count > 0) qos.Change(settings => QosKeys.Apply(settings, values));
        return OperatorReply.Ok(Success);
    }

    private static OperatorReply Enable(IDiskQos qos, Arguments arguments)
    {
        if (!arguments.TryFlag("enable", out var isOn, out var problem) || !arguments.TryText("qosType", out var type, out problem)) return OperatorReply.Bad(problem);
        if (type is not ("normal" or "async")) return OperatorReply.Bad($"qos type {type} not exist");
        qos.Change(settings => type == "normal" ? settings with { IsEnabled = isOn } : settings with { IsAsyncEnabled = isOn });
        return OperatorReply.Ok($"Successfully set {type} QosEnable to {(isOn ? "true" : "false")}");
    }

    private static OperatorReply SetAutoRepair(IDiskQos qos, Arguments arguments)
    {
        if (!arguments.TryFlag("autoRepair", out var isOn, out var problem)) return OperatorReply.Bad(problem);
        qos.RepairsNormalExtents = isOn;
        return OperatorReply.Ok(isOn, OperatorJson.Default.Boolean);
    }

    private static OperatorReply SetReadLimit(IDiskQos qos, Arguments arguments)
    {
        if (!arguments.TryParseFlag("status", out var isOn, out var problem)) return OperatorReply.Bad(problem);
        qos.OneRepairReadPerDisk = isOn;
        return OperatorReply.Ok(Success);
    }

    /// <summary>Also a success where no token is out, as in CubeFS.</summary>
    private static OperatorReply ReleaseReadLimit(IDiskQos qos, Arguments arguments)
    {
        var path = arguments.Text("disk");
        if (qos.Disks.All(disk => disk.Path != path)) return OperatorReply.Bad($"disk {path} is not found");
        qos.ReleaseRepairRead(path);
        return OperatorReply.Ok(Success);
    }
}
