using Akka.Actor;

namespace CubeActors.Actors;

// Loading in two passes: all replicas get their voice in their groups, which takes a few small reads each, before the extents of any are loaded,
// which can take minutes. So a node that starts is missed by its groups for as short a time as can be.
internal sealed partial class DiskActor
{
    private readonly Queue<ReplicaSlot> _voiced = new(); // of the first pass, in its order

    private void TakeVoiced(PartitionActor.Voiced voiced)
    {
        if (!_slots.TryGetValue(voiced.Partition, out var slot) || slot is not { IsLoading: true, Actor: not null }) return;
        if (_unsettled.Count > 0 && !_wasSettled) ExpectProgress(); // the disk works, if slowly
        slot.AwaitsExtents = true;
        _voiced.Enqueue(slot);
        LoadNext();
    }

    /// <summary>The second pass, as far as the budget goes that the first one leaves.</summary>
    private void LoadExtents(int loading)
    {
        while (!_stopping && loading < _context.Settings.LoadsPerDisk && _voiced.TryDequeue(out var slot))
        {
            if (!IsKnown(slot) || slot is not { IsLoading: true, AwaitsExtents: true, Actor: { } actor }) continue; // it has ended meanwhile
            slot.AwaitsExtents = false;
            actor.Tell(PartitionActor.LoadExtents.Instance);
            loading++;
        }
    }
}
