using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>What becomes of an order to lead (0x69). Pure.</summary>
/// <remarks>
/// A replica that is still being loaded is waited for: the master asks one that it has just made or moved, and an error would fail its whole step.
/// Source of the words: CubeFS datanode/wrap_operator.go handlePacketToDataPartitionTryToLeader.
/// </remarks>
internal static class LeadershipOrders
{
    /// <summary>Less than the 25 s after which a task is answered in any case, and the 30 s that a master waits.</summary>
    public static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(20);

    /// <summary>How often a replica that is being loaded is asked again.</summary>
    public static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(500);

    /// <param name="result">What the group said; null where there is none.</param>
    /// <param name="state">What the replica said of itself; null where this node has none.</param>
    /// <param name="waited">Since the order came.</param>
    public static (bool Waits, string? Refusal) Decide(PartitionId partition, CampaignResult? result, PartitionState? state, TimeSpan waited)
    {
        if (result is CampaignResult.Started or CampaignResult.AlreadyLeader) return (false, null);
        if (state == PartitionState.Loading && result is null or CampaignResult.StateMissing or CampaignResult.Abstains or CampaignResult.Rejoining)
            return waited < PatienceMax ? (true, null) : (false, $"partition {partition} raft not running: it is still being loaded");
        return (false, result switch
        {
            null when state is null => $"partition {partition} not exsit",
            null => $"partition {partition} raft not running",
            CampaignResult.Abstains => "this replica leaves it to others to lead: its node is being drained, or its disk does not keep up",
            _ => $"this replica cannot lead now: {result}",
        });
    }
}
