namespace CubeActors.Node;

/// <summary>Kinds of requests that the dashboard tells apart.</summary>
internal enum TrafficKind
{
    Append,

    /// <summary>Whatever goes through the raft log.</summary>
    Overwrite,

    /// <summary>Of clients; also what other nodes read to repair themselves.</summary>
    Read,
    Delete,
}

/// <summary>Which operation is of which kind. Pure.</summary>
internal static class TrafficKinds
{
    /// <summary>Names of operations as CubeFS has them, see OperationNames. What is not here (tasks, creations, watermarks) is no traffic.</summary>
    private static readonly Dictionary<string, TrafficKind> ByName = new(StringComparer.Ordinal)
    {
        ["OpWrite"] = TrafficKind.Append,
        ["OpSyncWrite"] = TrafficKind.Append,
        ["OpRandomWrite"] = TrafficKind.Overwrite,
        ["OpSyncRandomWrite"] = TrafficKind.Overwrite,
        ["OpRandomWriteAppend"] = TrafficKind.Overwrite,
        ["OpSyncRandomWriteAppend"] = TrafficKind.Overwrite,
        ["OpRandomWriteVer"] = TrafficKind.Overwrite,
        ["OpSyncRandomWriteVer"] = TrafficKind.Overwrite,
        ["OpTryWriteAppend"] = TrafficKind.Overwrite,
        ["OpSyncTryWriteAppend"] = TrafficKind.Overwrite,
        ["Read"] = TrafficKind.Read,
        ["OpStreamRead"] = TrafficKind.Read,
        ["OpStreamFollowerRead"] = TrafficKind.Read,
        ["OpExtentRepairRead"] = TrafficKind.Read,
        ["OpTinyExtentRepairRead"] = TrafficKind.Read,
        ["OpSnapshotExtentRepairRead"] = TrafficKind.Read,
        ["OpMarkDelete"] = TrafficKind.Delete,
        ["OpBatchDeleteExtent"] = TrafficKind.Delete,
        ["OpGcBatchDeleteExtent"] = TrafficKind.Delete,
    };

    public static TrafficKind? Of(string operation) => ByName.TryGetValue(operation, out var kind) ? kind : null;
}
