using Akka.Actor;

namespace CubeActors.Actors;

// Loading in two passes: all replicas get their voice in their groups, which takes a few small reads each, before the extents of any are loaded,
// which can take minutes. So a node that starts is missed by its groups for as short a time as can be.
internal sealed partial class DiskActor
{
    private void TakeVoiced(PartitionActor.Voiced voiced)
    {
        if (!_slots.TryGetValue(voiced.Partition, out var slot) || slot is not { IsLoading: true, Actor: not null }) return;
        EndStep(slot.Partition);
        slot.AwaitsExtents = true;
        _waiting.Add(slot.Partition, LoadStep.Extents);
        LoadNext();
    }

    private void LoadExtents(ReplicaSlot slot)
    {
        if (slot is not { IsLoading: true, AwaitsExtents: true, Actor: { } actor }) return; // it has ended meanwhile
        slot.AwaitsExtents = false;
        BeginLoad(slot.Partition);
        actor.Tell(PartitionActor.LoadExtents.Instance);
    }
}
