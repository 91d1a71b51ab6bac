using CubeActors.Protocol;

namespace CubeActors.Actors;

// Repair tasks of a partition's repair leader: handed to the partition's actors, answered in their place when the work is done.
internal sealed partial class ClientConnection
{
    /// <returns>False if nothing behind it will be taken.</returns>
    private bool AcceptRepair(RequestSlot slot)
    {
        if (!RepairTask.TryRead(slot.Data, out var task))
        {
            slot.Refuse(ActionPrefixes.Repair, "the data is no repair task");
            Enqueue(slot);
            return !slot.ClosesConnection;
        }

        var owner = slot.Gate!.Owner;
        // Neither the buffer nor the store is held for as long as the repair takes; the repair enters the store for itself.
        slot.Lease?.Release();
        slot.Lease = null;
        slot.Gate.Exit();
        slot.Gate = null;
        lock (_lock) _replies.Enqueue(slot);
        owner.Tell(new RepairDesk.Notified(task, new TaskReply(this, slot)), Akka.Actor.ActorRefs.NoSender);
        return true;
    }
}
