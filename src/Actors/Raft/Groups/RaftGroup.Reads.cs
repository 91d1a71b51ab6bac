using CubeActors.Raft;

namespace CubeActors.Actors;

// Leader reads: who waits for a round, and until when the lease holds on the clock.
internal sealed partial class RaftGroup
{
    /// <summary>A member that was silent for more ticks counts as down for the decisions of an operator. Source: raft.md 0, twice a heartbeat.</summary>
    private const int SilentTicksMax = 2;

    private readonly Queue<(ulong Round, ILeaderRead Reader)> _reads = new();
    private readonly long[] _tickTimes = new long[16]; // when each of the last ticks came, by its number

    private void Read(ILeaderRead reader)
    {
        var ticket = _core.RequestRead(_effects, isLeaseOver: !HoldsLeaseNow());
        switch (ticket.Status)
        {
            case ReadStatus.NotLeader:
                reader.LeaderReadDecided(granted: false);
                break;
            case ReadStatus.Ready:
                _port.PublishLease(LeaseEnd());
                reader.LeaderReadDecided(granted: true);
                break;
            default:
                _reads.Enqueue((ticket.Round, reader));
                break;
        }
    }

    /// <summary>The clock decides, not the ticks: a read that is let through when the lease is over by the clock comes back at once, again and again.</summary>
    private bool HoldsLeaseNow() => LeaseEnd() > _parts.Time.GetTimestamp();

    private void DecideReads(ulong upTo, bool granted)
    {
        while (_reads.TryPeek(out var waiting) && waiting.Round <= upTo) _reads.Dequeue().Reader.LeaderReadDecided(granted);
    }

    /// <summary>When the lease ends by the monotonic clock, which also runs while ticks do not come; 0 for none.</summary>
    private long LeaseEnd()
    {
        if (!_core.HoldsLease) return 0;
        // Alone nobody else can be elected, however late the ticks are; and a round is over as soon as it begins, so that whom it lets through
        // without a lease would come back in the same moment.
        if (_core.Members.Count == 1) return long.MaxValue;
        if (_core.LeaseTick is not { } tick || tick == 0 || _core.Ticks - tick >= (ulong)_tickTimes.Length) return 0;
        var lease = _parts.Settings.Tick * _parts.Raft.LeaseTicks;
        return _tickTimes[tick % (ulong)_tickTimes.Length] + (long)(lease.TotalSeconds * _parts.Time.TimestampFrequency);
    }
}
