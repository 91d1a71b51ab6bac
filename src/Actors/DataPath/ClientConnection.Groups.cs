using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

// What goes through a raft group: overwrites, and leader reads that wait for their leader to be confirmed.
internal sealed partial class ClientConnection
{
    /// <summary>Requests that a group has and not yet given back. Nothing but further ones of the kind overtakes them: an overwrite that a
    /// client sent first is seen by the read that it sent next.</summary>
    private int _withGroups;

    private static readonly byte[] Overloaded = ErrorTexts.Body(ActionPrefixes.Write, "too many overwrites of this partition are under way; try another replica, or again");

    /// <summary>Under the lock: it is its turn, or it may go beside those that a group has.</summary>
    private bool MayRun(RequestSlot next) => (_withGroups == 0 || next.IsOverwrite) && next.Wait is null or { Gate: not null };

    private static bool NeedsGroup(RequestSlot slot) => slot.IsOverwrite || (slot.IsLeaderRead && !slot.Gate!.Raft!.HoldsLease());

    /// <summary>Under the lock: starts the executor if there is something that it may run.</summary>
    /// <returns>Where to post it; null if it is under way or has nothing to do.</returns>
    private IWorkQueue? TakeExecutor()
    {
        if (_executing || !_pending.TryPeek(out var next) || !MayRun(next)) return null;
        _executing = true;
        _class = next.Class;
        return DiskOf(next);
    }

    private void GiveToGroup(RequestSlot slot)
    {
        if (slot.IsLeaderRead)
        {
            slot.Gate!.Raft!.Read(slot);
            return;
        }

        if (slot.StartedAt == 0) slot.StartedAt = _services.Meters.Now;
        slot.WriteCommand();
        if (slot.Gate!.Raft!.TryPropose(slot) is { } failure)
            OverwriteEnded(slot, failure == ProposeFailure.TooMany ? ProposalOutcome.Overloaded : ProposalOutcome.NotLeader);
    }

    /// <summary>The group has decided an overwrite. Any thread.</summary>
    public void OverwriteEnded(RequestSlot slot, ProposalOutcome outcome)
    {
        IWorkQueue? queue;
        lock (_lock)
        {
            _withGroups--;
            slot.DecidedAt = _services.Meters.Now;
            switch (outcome)
            {
                case ProposalOutcome.Applied:
                    slot.Succeed();
                    break;
                case ProposalOutcome.Overloaded:
                    slot.Refuse(ResultCode.TryOtherAddress, Overloaded);
                    slot.ClosesConnection = true; // whoever sends faster than we apply must not go on here at once
                    break;
                case ProposalOutcome.StoreClosed:
                    slot.Refuse(ActionPrefixes.Write, ErrorTexts.TryAgain);
                    break;
                case ProposalOutcome.GroupEnded:
                    slot.Refuse(ActionPrefixes.Write, ErrorTexts.RaftShutDown);
                    break;
                default:
                    slot.Refuse(ActionPrefixes.Write, ErrorTexts.NotRaftLeader);
                    break;
            }

            _refusing |= slot.IsError && slot.ClosesConnection;
            queue = TakeExecutor();
        }

        _replySignal.Set();
        if (queue is not null) Post(queue);
        else TryFinish();
    }

    /// <summary>The group knows whether it leads. Any thread.</summary>
    public void LeaderReadDecided(RequestSlot slot, bool granted)
    {
        IWorkQueue? queue;
        lock (_lock)
        {
            _withGroups--;
            if (granted) EnqueueToGoOn(slot);
            else RefuseLeaderRead(slot);
            queue = TakeExecutor();
        }

        if (!granted) _replySignal.Set();
        if (queue is not null) Post(queue);
        else TryFinish();
    }

    /// <summary>Under the lock: this replica is not, or no longer, the one that may answer.</summary>
    private static void RefuseLeaderRead(RequestSlot slot)
    {
        slot.HasBlock = false;
        slot.Header = slot.Header with { ExtentOffset = slot.ReadOffset, Crc = 0 };
        slot.Refuse(ActionPrefixes.Read, ErrorTexts.NotRaftLeader);
    }
}
