using Akka.Actor;

namespace CubeActors.Actors;

// The helpers that nobody waits for at a start: they are made when all replicas of the disk serve, because to make them takes from those that do not serve yet.
internal sealed partial class PartitionActor
{
    private bool _hasUpkeep;
    private bool _groupHasStore;

    /// <summary>A store that was opened with the sizes of the last run looks at its files now, ahead of what compares it with others.</summary>
    private void SettleStore(BeginUpkeep begin)
    {
        if (_gate!.Store.HasAssumed) RunPeriodically(begin, FullPause, store => new StoreSettled(store.SettleAll()));
        else StartUpkeep();
    }

    private void TakeSettled(string problem)
    {
        if (problem.Length > 0) Log.PartitionNote(_log, _partition, problem);
        _used = _gate!.Store.UsedBytes;
        StartUpkeep();
    }

    private void StartUpkeep()
    {
        if (_hasUpkeep) return;
        _hasUpkeep = true;
        StartRepairs();
        if (_groupHasStore) StartAppliedIds();
    }

    private void StartRepairs()
    {
        if (_isSettled && _repairs.IsNobody() && _context.Repair is { } repair)
            _repairs = Context.ActorOf(RepairDesk.PropsFor(new RepairSite(_gate!, repair), _context.NodeAddress), "repairs");
    }

    /// <summary>Once for each group of the replica, of which there is one.</summary>
    private void StartAppliedIds()
    {
        var raft = _context.Raft;
        Context.ActorOf(AppliedIdKeeper.PropsFor(new PartitionRaft(_port!, _machine!), raft.Peers, _context.NodeAddress(), raft.Groups, _context.Threads), "applied-ids");
    }
}
