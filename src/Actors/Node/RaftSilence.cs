using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <summary>What was found silent for too long at one look. Each silence is told once when it is long enough, and again after each repeat of its setting.</summary>
/// <param name="Leaderless">Groups without leader, with the time that this was seen for.</param>
/// <param name="Silent">Members that answer their leader, this node, nothing.</param>
public readonly record struct RaftSilences(IReadOnlyList<(PartitionId Partition, TimeSpan For)> Leaderless, IReadOnlyList<(PartitionId Partition, NodeId Member, TimeSpan For)> Silent)
{
    public bool IsEmpty => Leaderless.Count == 0 && Silent.Count == 0;
}

/// <summary>Watches raft groups for silence, look by look. Pure but for the time it is given; one owner.</summary>
/// <remarks>It knows as many silences as there are groups and members in the last look. Source of the rules: CubeFS raftstore/monitor.go.</remarks>
public sealed class RaftSilence(RaftAlarmSettings settings)
{
    private readonly record struct Subject(PartitionId Partition, NodeId Member);

    private readonly record struct Silence(TimeSpan Since, TimeSpan? Told);

    private Dictionary<Subject, Silence> _known = [];

    /// <param name="groups">Every group of the node, as it is now.</param>
    /// <param name="now">On any clock that only moves forward.</param>
    public RaftSilences Look(IEnumerable<(PartitionId Partition, RaftGroupStatus Status)> groups, TimeSpan now)
    {
        var still = new Dictionary<Subject, Silence>();
        var leaderless = new List<(PartitionId, TimeSpan)>();
        var silent = new List<(PartitionId, NodeId, TimeSpan)>();
        foreach (var (partition, status) in groups)
        {
            if (status.Leader == default && IsDue(new Subject(partition, default), settings.NoLeader, settings.NoLeaderAgain, out var time)) leaderless.Add((partition, time));
            if (status.Role != RaftRole.Leader) continue; // nobody else hears from the members
            foreach (var member in status.Members)
                if (!member.IsActive && IsDue(new Subject(partition, member.Id), settings.Zombie, settings.ZombieAgain, out time)) silent.Add((partition, member.Id, time));
        }

        _known = still; // whoever was heard again is forgotten
        return new RaftSilences(leaderless, silent);

        bool IsDue(Subject subject, TimeSpan first, TimeSpan again, out TimeSpan time)
        {
            var silence = _known.TryGetValue(subject, out var known) ? known : new Silence(now, null);
            time = now - silence.Since;
            var due = time >= first && (silence.Told is not { } told || now - told >= again);
            still[subject] = due ? silence with { Told = now } : silence;
            return due;
        }
    }
}
