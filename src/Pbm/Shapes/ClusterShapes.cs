using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record MemberListShape(ulong Self, string Address, string? Cluster, IReadOnlyList<MemberShape> Members);

internal sealed record MemberShape(
    ulong Id, string Address, string? RaftHeartbeat, [property: Description("Reachable, Unreachable, or Unknown where nothing is to be heard of it")] string Reachability,
    [property: Description("with a replica there and one here")] int Partitions, int LedThere, int LedHere, [property: Description("since its last heartbeat")] double? SilentSeconds,
    [property: Description("since when connections fail")] double? FailingSeconds, int Connections);
