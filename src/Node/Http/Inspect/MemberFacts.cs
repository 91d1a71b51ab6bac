using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Other nodes that share partitions with this one: /cubeactors/members.</summary>
/// <param name="Self">This node's id; 0 until it is registered.</param>
/// <param name="Cluster">Absent until then.</param>
internal sealed record MemberList(ulong Self, string Address, string? Cluster, IReadOnlyList<MemberFacts> Members);

/// <param name="Reachability">Reachable, Unreachable, or Unknown where nothing is to be heard of it.</param>
/// <param name="SilentSeconds">Since its last heartbeat or answer to one; absent where none was heard in this run.</param>
/// <param name="FailingSeconds">Since when connections to it fail; absent where they do not.</param>
/// <param name="Connections">Of raft, to it, that are open.</param>
internal sealed record MemberFacts(
    ulong Id, string Address, string? RaftHeartbeat, string Reachability, int Partitions, int LedThere, int LedHere, double? SilentSeconds, double? FailingSeconds, int Connections)
{
    public static MemberFacts Of(ClusterMember member) => new(
        member.Id.Value, member.Address, member.RaftHeartbeat.Length > 0 ? member.RaftHeartbeat : null, member.Reachability.ToString(), member.Partitions, member.LedThere, member.LedHere,
        Seconds(member.SilentFor), Seconds(member.FailingFor), member.Connections);

    private static double? Seconds(TimeSpan? time) => time is { } some ? Math.Round(some.TotalSeconds, 1) : null;
}
