namespace CubeActors.Actors;

/// <summary>What consensus gives a partition: the way into its group, and what its log changes.</summary>
internal sealed record PartitionRaft(RaftGroupPort Port, StateMachine Machine);
