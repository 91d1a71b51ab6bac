using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Node;

/// <summary>The raft groups of this node: /cubeactors/raft.</summary>
internal sealed record GroupList(IReadOnlyList<GroupFacts> Groups);

/// <summary>One raft group as this replica sees it: /cubeactors/raft/{partition}.</summary>
/// <param name="Leader">Node id; absent where none is known.</param>
/// <param name="Vote">In this term; absent where it gave none.</param>
/// <param name="First">The first entry that the log still has.</param>
/// <param name="Waiting">Messages of peers that the group has not taken yet.</param>
/// <param name="Dropped">Of them, since it was opened, because it did not keep up.</param>
/// <param name="Refused">Commands, since it was opened, because too much was under way.</param>
/// <param name="Members">What a leader knows of them is on the leader alone.</param>
internal sealed record GroupFacts(
    ulong Partition, ulong Self, string Role, ulong? Leader, string? LeaderAddress, ulong Term, ulong? Vote, ulong First, ulong Last, ulong Commit, ulong Applied, int Waiting, long Dropped, long Refused,
    IReadOnlyList<GroupMember> Members)
{
    public static GroupFacts Of(PartitionId partition, RaftGroupView group, PartitionFigures? figures)
    {
        var status = group.Status;
        var leads = status.Role == RaftRole.Leader;
        return new GroupFacts(
            partition.Value, group.Self.Value, status.Role.ToString(), Known(status.Leader), AddressOf(status.Leader, figures), status.Term, Known(status.Vote), status.Truncated.Index + 1, status.Last, status.Commit,
            status.Applied, group.MessagesWaiting, group.MessagesDropped, group.ProposalsRefused,
            [
                .. status.Members.OrderBy(member => member.Id).Select(member => leads && member.Id != group.Self
                    ? new GroupMember(
                        member.Id.Value, AddressOf(member.Id, figures), member.State.ToString(), member.Match, member.Next, member.Commit, status.Last > member.Match ? status.Last - member.Match : 0,
                        member.InFlight, member.IsPaused, member.IsActive, Math.Round((group.Tick * member.SilentTicks).TotalSeconds, 1))
                    : new GroupMember(member.Id.Value, AddressOf(member.Id, figures))),
            ]);
    }

    private static ulong? Known(NodeId id) => id.Value == 0 ? null : id.Value;

    private static string? AddressOf(NodeId id, PartitionFigures? figures) => figures?.Peers.FirstOrDefault(peer => peer.Id == id)?.Address;
}

/// <summary>A member of a group; all but the first two are known to its leader, and of others only.</summary>
/// <param name="State">Probe, Replicate or Snapshot: how it is sent to.</param>
/// <param name="Match">What it is known to hold.</param>
/// <param name="Behind">Entries that it lacks, as far as is known.</param>
/// <param name="InFlight">Appends without an answer.</param>
/// <param name="IsActive">It was heard lately.</param>
/// <param name="SilentSeconds">Since it was heard last.</param>
internal sealed record GroupMember(
    ulong Id, string? Address, string? State = null, ulong? Match = null, ulong? Next = null, ulong? Commit = null, ulong? Behind = null, int? InFlight = null, bool? IsPaused = null, bool? IsActive = null,
    double? SilentSeconds = null);

/// <param name="To">Data address of the member that stands for election.</param>
internal sealed record TransferReply(ulong Partition, string To);
