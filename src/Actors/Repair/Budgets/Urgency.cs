using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Who goes first of those that wait for a place in a budget. Pure.</summary>
/// <param name="Rank">The higher, the sooner; 0 is everything that is not in danger.</param>
internal readonly record struct Urgency(int Rank) : IComparable<Urgency>
{
    /// <summary>Of a replica that is being filled, in a partition that has all its others.</summary>
    private const int Rebuilt = 1;

    /// <summary>Steps between a partition that has lost nothing and one that has lost everything.</summary>
    private const int Steps = 1000;

    /// <summary>Partitions with the fewest live replicas, as a part of those they should have; then those with a replica that is being filled; then the rest.</summary>
    /// <param name="live">Replicas that are there.</param>
    /// <param name="wanted">Replicas that there should be; 0 or less where that is not known.</param>
    /// <param name="isBeingRebuilt">The replica here is being filled.</param>
    public static Urgency Of(int live, int wanted, bool isBeingRebuilt)
    {
        var lost = wanted <= 0 ? 0 : Math.Clamp(wanted - live, 0, wanted);
        return new Urgency(lost > 0 ? Rebuilt + Math.Max(1, (int)((long)lost * Steps / wanted)) : isBeingRebuilt ? Rebuilt : 0);
    }

    /// <summary>The same of a replica's own knowledge: its META, and what the leader of its group has heard of the others.</summary>
    /// <param name="status">Null while it is in no group. Only a leader knows who is silent; to all others everybody is there.</param>
    public static Urgency Of(PartitionMeta meta, RaftGroupStatus? status)
    {
        var wanted = Math.Max(meta.ReplicaCount, meta.Hosts.Count);
        var silent = status is { Role: RaftRole.Leader } ? status.Members.Count(member => !member.IsActive && !IsSelf(member, status)) : 0;
        return Of(meta.Hosts.Count - silent, wanted, meta.IsBeingRebuilt);
    }

    public int CompareTo(Urgency other) => Rank.CompareTo(other.Rank);

    private static bool IsSelf(in RaftMemberStatus member, RaftGroupStatus status) => member.Id == status.Leader;
}
