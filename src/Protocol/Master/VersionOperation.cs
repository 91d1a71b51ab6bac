using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>Request of task 0xD5: a step in the life of a volume's snapshot. Clusters without snapshots never send it.</summary>
public sealed record VersionOperationRequest
{
    [JsonPropertyName("VolumeID")] public string VolumeId { get; init => field = value ?? ""; } = "";
    public ulong VerSeq { get; init; }
    /// <summary>1 create, 2 delete, 3 prepare, 4 commit, 5 sync.</summary>
    public byte Op { get; init; }
    public string Addr { get; init => field = value ?? ""; } = "";
    public IReadOnlyList<VersionEntry> VolVerList { get; init => field = value ?? []; } = [];
}

/// <summary>One version of a volume, in JSON.</summary>
public sealed record VersionEntry
{
    public ulong Ver { get; init; }
    public long DelTime { get; init; }
    public byte Status { get; init; }
}

/// <summary>Response of task 0xD5, posted before the reply on TCP.</summary>
public sealed record VersionOperationResponse
{
    [JsonPropertyName("VolumeID")] public string VolumeId { get; init => field = value ?? ""; } = "";
    public string Addr { get; init => field = value ?? ""; } = "";
    public byte Op { get; init; }
    public ulong VerSeq { get; init; }
    public byte Status { get; init; }
    public string Result { get; init => field = value ?? ""; } = "";
}
