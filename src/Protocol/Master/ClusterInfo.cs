namespace CubeActors.Protocol.Master;

/// <summary>Answer to <c>GET /admin/getIp</c>: the cluster, the caller's address, and limits that are refreshed every minute.</summary>
public sealed record ClusterInfo
{
    public string Cluster { get; init => field = value ?? ""; } = "";
    /// <summary>The caller's IP as the master sees it; used only if the node is not told its own.</summary>
    public string Ip { get; init => field = value ?? ""; } = "";
    public ulong MetaNodeDeleteBatchCount { get; init; }
    public ulong MetaNodeDeleteWorkerSleepMs { get; init; }
    /// <summary>Deletes a second; 0 is unlimited.</summary>
    public ulong DataNodeDeleteLimitRate { get; init; }
    /// <summary>Extent repairs at a time; 0 is the default.</summary>
    public ulong DataNodeAutoRepairLimitRate { get; init; }
    public ulong DpMaxRepairErrCnt { get; init; }
    public uint DirChildrenNumLimit { get; init; }
    public string EbsAddr { get; init => field = value ?? ""; } = "";
    public string ServicePath { get; init => field = value ?? ""; } = "";
    public string ClusterUuid { get; init => field = value ?? ""; } = "";
    public bool ClusterUuidEnable { get; init; }
    public bool ClusterEnableSnapshot { get; init; }
    /// <summary>Peers name their raft ports; otherwise everyone has ours.</summary>
    public bool RaftPartitionCanUsingDifferentPort { get; init; }
    public long FlashReadTimeout { get; init; }
    public long FlashKeyFlowLimit { get; init; }
}

/// <summary>Answer to <c>GET /admin/getUpgradeCompatibleSettings</c>.</summary>
public sealed record UpgradeCompatibleSettings
{
    public IReadOnlyList<string> VolsForbidWriteOpOfProtoVer0 { get; init => field = value ?? []; } = [];
    public bool ClusterForbidWriteOpOfProtoVer0 { get; init; }
    public uint LegacyDataMediaType { get; init; }
    /// <summary>The spelling is CubeFS's.</summary>
    public bool DataMediaTypeVaild { get; init; }
}
