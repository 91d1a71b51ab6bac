using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>Who is repaired first: the fewest live replicas, then what is being filled, then the rest.</summary>
public sealed class UrgencyTests
{
    [Fact]
    public void The_fewer_live_replicas_of_those_it_should_have_the_sooner_a_partition_comes()
    {
        Urgency[] expected =
        [
            Urgency.Of(0, 3, isBeingRebuilt: false), // nothing left
            Urgency.Of(1, 3, isBeingRebuilt: true),
            Urgency.Of(1, 2, isBeingRebuilt: false),
            Urgency.Of(2, 3, isBeingRebuilt: false),
            Urgency.Of(3, 3, isBeingRebuilt: true), // all there, one of them being filled
            Urgency.Of(3, 3, isBeingRebuilt: false),
        ];
        Assert.Equal(expected, expected.Reverse().OrderDescending());
        Assert.Equal(expected.Length, expected.Distinct().Count());
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(0, 0)]
    [InlineData(2, -1)]
    public void More_replicas_than_wanted_and_numbers_that_nobody_knows_are_no_danger(int live, int wanted) =>
        Assert.Equal(default, Urgency.Of(live, wanted, isBeingRebuilt: false));

    [Fact]
    public void A_single_lost_replica_of_very_many_comes_before_what_is_being_filled() =>
        Assert.True(Urgency.Of(9999, 10000, isBeingRebuilt: false).CompareTo(Urgency.Of(3, 3, isBeingRebuilt: true)) > 0);

    [Fact]
    public void A_leader_counts_the_members_that_it_has_not_heard_of_as_lost_and_never_itself()
    {
        var members = new[] { Member(1, isActive: false), Member(2, isActive: true), Member(3, isActive: false) };
        Assert.Equal(Urgency.Of(2, 3, false), Urgency.Of(Meta(3), Status(RaftRole.Leader, members)));
        Assert.Equal(default, Urgency.Of(Meta(3), Status(RaftRole.Follower, members))); // only a leader knows
        Assert.Equal(default, Urgency.Of(Meta(3), null));
    }

    [Fact]
    public void Hosts_that_were_taken_out_and_not_replaced_are_lost() => Assert.Equal(Urgency.Of(2, 3, false), Urgency.Of(Meta(3) with { Hosts = ["a:1", "b:1"] }, null));

    private static RaftMemberStatus Member(ulong id, bool isActive) => new(new NodeId(id), 0, isActive);

    private static RaftGroupStatus Status(RaftRole role, RaftMemberStatus[] members) => new(role, new NodeId(1), 1, 1, 1, 1, default, members);

    private static PartitionMeta Meta(int replicas) => new()
    {
        Volume = "vol",
        Partition = new PartitionId(7),
        PartitionBytes = 1 << 30,
        ReplicaCount = replicas,
        Hosts = ["127.0.0.11:17310", "127.0.0.12:17310", "127.0.0.13:17310"],
    };
}
