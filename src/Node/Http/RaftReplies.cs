using System.Globalization;
using System.Text.Json.Serialization;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Node;

/// <summary>Raft groups in the shape of CubeFS. Pure: a group's status in, reply out. Source of names: CubeFS depends/tiglabs/raft/status.go.</summary>
internal static class RaftReplies
{
    public static OperatorReply Status(PartitionId partition, RaftGroupView? group, DateTimeOffset now) =>
        OperatorReply.Ok(Describe(partition, group, now), OperatorJson.Default.RaftStatusView);

    /// <summary>Empty for a group that is not here.</summary>
    public static OperatorReply Peers(RaftGroupView? group) =>
        OperatorReply.Ok([.. group?.Status.Members.Select(member => member.Id.Value) ?? []], OperatorJson.Default.UInt64Array);

    /// <summary>All zero and stopped for a group that is not here, as CubeFS says it.</summary>
    public static RaftStatusView Describe(PartitionId partition, RaftGroupView? group, DateTimeOffset now)
    {
        if (group is null) return new RaftStatusView { Stopped = true };
        var status = group.Status;
        return new RaftStatusView
        {
            Id = partition.Value,
            NodeId = group.Self.Value,
            Leader = status.Leader.Value,
            Term = status.Term,
            Index = status.Last,
            Commit = status.Commit,
            Applied = status.Applied,
            Vote = status.Vote.Value,
            PendQueue = Clamp(status.Last, status.Commit),
            RecvQueue = group.MessagesWaiting,
            AppQueue = Clamp(status.Commit, status.Applied),
            State = StateOf(status.Role),
            Replicas = status.Role == RaftRole.Leader
                ? status.Members.ToDictionary(member => member.Id.Value.ToString(CultureInfo.InvariantCulture), member => Describe(member, group.Tick, now))
                : null,
        };
    }

    private static RaftReplicaView Describe(RaftMemberStatus member, TimeSpan tick, DateTimeOffset now) => new(
        member.Match, member.Commit, member.Next,
        member.State switch
        {
            ProgressState.Replicate => "ReplicaStateReplicate",
            ProgressState.Snapshot => "ReplicaStateSnapshot",
            _ => "ReplicaStateProbe",
        },
        member.State == ProgressState.Snapshot, member.IsPaused, member.IsActive,
        (now - tick * member.SilentTicks).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture), member.InFlight);

    private static int Clamp(ulong upTo, ulong from) => upTo > from ? (int)Math.Min(upTo - from, int.MaxValue) : 0;

    private static string StateOf(RaftRole role) => role switch
    {
        RaftRole.Leader => "StateLeader",
        RaftRole.Candidate => "StateCandidate",
        RaftRole.PreCandidate => "statePreCandidate", // spelt like this in CubeFS
        _ => "StateFollower",
    };
}

internal sealed record RaftStatusView
{
    [JsonPropertyName("ID")] public ulong Id { get; init; }
    [JsonPropertyName("NodeID")] public ulong NodeId { get; init; }
    [JsonPropertyName("Leader")] public ulong Leader { get; init; }
    [JsonPropertyName("Term")] public ulong Term { get; init; }
    [JsonPropertyName("Index")] public ulong Index { get; init; }
    [JsonPropertyName("Commit")] public ulong Commit { get; init; }
    [JsonPropertyName("Applied")] public ulong Applied { get; init; }
    [JsonPropertyName("Vote")] public ulong Vote { get; init; }

    /// <summary>Entries without a quorum.</summary>
    [JsonPropertyName("PendQueue")] public int PendQueue { get; init; }

    /// <summary>Messages of peers that wait.</summary>
    [JsonPropertyName("RecvQueue")] public int RecvQueue { get; init; }

    /// <summary>Entries that wait to be applied.</summary>
    [JsonPropertyName("AppQueue")] public int AppQueue { get; init; }

    /// <summary>Always 0: ticks do not queue here.</summary>
    [JsonPropertyName("TicketQueue")] public int TicketQueue { get; init; }
    [JsonPropertyName("Stopped")] public bool Stopped { get; init; }

    /// <summary>Always false: a snapshot of a data partition has no content to restore.</summary>
    [JsonPropertyName("RestoringSnapshot")] public bool RestoringSnapshot { get; init; }
    [JsonPropertyName("State")] public string State { get; init; } = "";

    /// <summary>By node id; null except on the leader.</summary>
    [JsonPropertyName("Replicas"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] public IReadOnlyDictionary<string, RaftReplicaView>? Replicas { get; init; }
}

internal sealed record RaftReplicaView(
    [property: JsonPropertyName("Match")] ulong Match, [property: JsonPropertyName("Commit")] ulong Commit, [property: JsonPropertyName("Next")] ulong Next,
    [property: JsonPropertyName("State")] string State, [property: JsonPropertyName("Snapshoting")] bool Snapshoting, [property: JsonPropertyName("Paused")] bool Paused,
    [property: JsonPropertyName("Active")] bool Active, [property: JsonPropertyName("LastActive")] string LastActive, [property: JsonPropertyName("Inflight")] int Inflight);
