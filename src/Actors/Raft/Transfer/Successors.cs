using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>Who could lead a group next. Pure.</summary>
internal static class Successors
{
    /// <param name="status">As a leader published it.</param>
    /// <param name="self">This replica.</param>
    /// <returns>The members that were heard lately, the one that holds most of the log first. Empty if nobody was.</returns>
    public static IReadOnlyList<RaftMemberStatus> Of(RaftGroupStatus status, NodeId self) =>
        [.. status.Members.Where(member => member.Id != self && member.IsActive).OrderByDescending(member => member.Match).ThenBy(member => member.Id)];

    /// <summary>The member can be elected: it acknowledged all that the leader has, and stands for election with the same log.</summary>
    public static bool HoldsAll(RaftGroupStatus status, NodeId member) => status.Members.Any(known => known.Id == member && known.Match >= status.Last);
}
