using System.Text.Json.Serialization;

namespace CubeActors.Protocol.Master;

/// <summary>A member of a partition's raft group. The only type whose names are lower-case; the ports are texts and may be "".</summary>
public sealed record Peer
{
    [JsonPropertyName("id")] public NodeId Id { get; init; }
    /// <summary>The data address, <c>ip:port</c>.</summary>
    [JsonPropertyName("addr")] public string Address { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("raftHeartbeat")] public string HeartbeatPort { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("raftReplica")] public string ReplicaPort { get; init => field = value ?? ""; } = "";
}
