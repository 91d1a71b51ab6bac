namespace CubeActors.Simulation.Nodes;

/// <summary>What runs of whole nodes have found; the shortest scene that shows it stands where the fault was.</summary>
public sealed class NodeFoundTests
{
    /// <summary>A power cut took entries that a follower had acknowledged. The first that it heard of its leader after the start was a round of reads, so it
    /// never asked where it stood; and the leader, to whom nobody wrote any more, sent nothing to one that had everything. See the script
    /// a-round-of-reads-does-not-keep-a-replica-that-may-have-lost-entries-from-asking of the core.</summary>
    [Fact]
    public void A_replica_that_lost_what_it_had_acknowledged_catches_up_with_an_idle_leader() => new NodeWorld(NodePlan.FromSeed(12)).Run();
}
