using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record GroupListShape(IReadOnlyList<GroupShape> Groups);

internal sealed record GroupShape(
    ulong Partition, [property: Description("node id")] ulong Self, [property: Description("Follower, PreCandidate, Candidate or Leader")] string Role, ulong? Leader, string? LeaderAddress, ulong Term, ulong? Vote,
    [property: Description("the first entry that the log still has")] ulong First, ulong Last, ulong Commit, ulong Applied, [property: Description("messages not yet taken")] int Waiting, long Dropped, long Refused,
    IReadOnlyList<GroupMemberShape> Members);

internal sealed record GroupMemberShape(
    ulong Id, string? Address, [property: Description("Probe, Replicate or Snapshot; this and what follows is known to the leader")] string? State, ulong? Match, ulong? Next, ulong? Commit,
    [property: Description("entries that it lacks")] ulong? Behind, int? InFlight, bool? IsPaused, bool? IsActive, double? SilentSeconds);

internal sealed record TransferShape(ulong Partition, [property: Description("the member that stands for election")] string To);
