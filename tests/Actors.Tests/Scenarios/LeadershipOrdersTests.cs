using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors.Tests;

/// <summary>What an order to lead (0x69) is answered.</summary>
public sealed class LeadershipOrdersTests
{
    private static readonly PartitionId Partition = new(7);

    [Theory]
    [InlineData(CampaignResult.Started)]
    [InlineData(CampaignResult.AlreadyLeader)]
    public void A_campaign_that_began_and_a_leader_are_successes(CampaignResult result) =>
        Assert.Equal((false, null), LeadershipOrders.Decide(Partition, result, PartitionState.Serving, TimeSpan.Zero));

    [Theory]
    [InlineData(null)]
    [InlineData(CampaignResult.StateMissing)]
    [InlineData(CampaignResult.Abstains)]
    public void A_replica_that_is_being_loaded_is_waited_for_twenty_seconds_and_no_longer(CampaignResult? result)
    {
        Assert.True(LeadershipOrders.Decide(Partition, result, PartitionState.Loading, TimeSpan.FromSeconds(19.9)).Waits);
        Assert.Equal((false, "partition 7 raft not running: it is still being loaded"), LeadershipOrders.Decide(Partition, result, PartitionState.Loading, TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData(null, null, "partition 7 not exsit")]
    [InlineData(null, PartitionState.Unavailable, "partition 7 raft not running")]
    [InlineData(CampaignResult.Abstains, PartitionState.Serving, "this replica leaves it to others to lead: its node is being drained, or its disk does not keep up")]
    [InlineData(CampaignResult.NotMember, PartitionState.Serving, "this replica cannot lead now: NotMember")]
    public void Everything_else_is_refused_at_once(CampaignResult? result, PartitionState? state, string refusal) =>
        Assert.Equal((false, refusal), LeadershipOrders.Decide(Partition, result, state, TimeSpan.Zero));
}
