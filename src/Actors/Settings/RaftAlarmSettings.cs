namespace CubeActors.Actors;

/// <summary>When a raft group or one of its members has been silent for so long that somebody should know.</summary>
/// <param name="Zombie">A peer that answers nothing for this long is told of once.</param>
/// <param name="ZombieAgain">And again each time this has passed.</param>
/// <param name="NoLeader">A group without leader for this long is told of once.</param>
/// <param name="NoLeaderAgain">And again each time this has passed.</param>
/// <remarks>Source: CubeFS raftstore/monitor.go, keys raftMon... of datanode.json.</remarks>
public sealed record RaftAlarmSettings(TimeSpan Zombie, TimeSpan ZombieAgain, TimeSpan NoLeader, TimeSpan NoLeaderAgain)
{
    public static readonly RaftAlarmSettings Default =
        new(TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(3));
}
