using CubeActors.Raft;

namespace CubeActors.Simulation;

// Leader reads as RaftGroupPort and RaftGroup.Reads serve them.
internal sealed partial class ReplicaProcess
{
    private readonly Queue<(ulong Round, Action<bool> Decided)> _reads = new();
    private readonly int[] _tickTimes = new int[16];
    private int _leaseEnd;
    private bool _wasRead;

    public void Read(Action<bool> decided)
    {
        var ticket = Core.RequestRead(_effects);
        switch (ticket.Status)
        {
            case ReadStatus.NotLeader:
                decided(false);
                break;
            case ReadStatus.Ready:
                _leaseEnd = LeaseEnd();
                decided(true);
                break;
            default:
                _reads.Enqueue((ticket.Round, decided));
                break;
        }
    }

    /// <summary>Asked before a read and again before its answer leaves. Without leases, a confirmed round was proof enough.</summary>
    public bool MayServeReads()
    {
        if (_world.Plan.Raft.LeaseTicks == 0) return true;
        // The ticks of the core end a lease too, but a process that stood still has not counted them.
        if (!Leads || (_world.Now >= _leaseEnd && _world.Plan.Mutation != Mutation.LeaseByTicks)) return false;
        _wasRead = true;
        return true;
    }

    private void DecideReads(ulong upTo, bool granted)
    {
        while (_reads.TryPeek(out var waiting) && waiting.Round <= upTo) _reads.Dequeue().Decided(granted);
    }

    private int LeaseEnd()
    {
        if (!Core.HoldsLease || Core.LeaseTick is not { } tick || tick == 0 || Core.Ticks - tick >= (ulong)_tickTimes.Length) return 0;
        return _tickTimes[tick % (ulong)_tickTimes.Length] + _world.Plan.Raft.LeaseTicks * RaftWorld.MomentsATick;
    }

    private void Publish()
    {
        Leads = Core.Role == RaftRole.Leader;
        _leaseEnd = LeaseEnd();
    }
}
