using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Raft;

// A snapshot takes the place of log and state. While it is being installed the replica is deaf.
public sealed partial class RaftCore
{
    private NodeId _snapshotSender;

    /// <summary>The front of a snapshot stream: type 3.</summary>
    /// <param name="message">The fields that all messages have; index and log term are not on the wire.</param>
    /// <param name="position">What the snapshot stands for.</param>
    /// <returns>What to do with the stream; Install comes with the effect InstallSnapshot.</returns>
    public SnapshotAnswer StepSnapshot(in RaftMessage message, LogPosition position, RaftEffects effects)
    {
        var isPossible = message.From != None && message.From != Self && message.Group == Group && message.Term is > 0 and <= NumberMax
            && position.Index is > 0 and <= NumberMax && position.Term > 0 && position.Term <= message.Term;
        if (!isPossible) { Counters.Malformed++; return SnapshotAnswer.Refuse; }
        if (_isInstalling) { Counters.WhileInstalling++; return SnapshotAnswer.Refuse; }
        if (Find(message.From) is null && !ObeysStranger(message.From)) { Counters.FromStrangers++; return SnapshotAnswer.Refuse; }
        if (message.Term < Term)
        {
            // All that this leader sends here are snapshots: nothing else would tell it.
            Counters.OfOldTerms++;
            TellOfNewTerm(message.From, effects);
            Finish(effects);
            return SnapshotAnswer.Refuse;
        }
        if (message.Term > Term) BecomeFollower(message.Term, message.From, effects);
        if (!AcceptLeader(message.From, effects)) { Finish(effects); return SnapshotAnswer.Refuse; }
        HeardOf(position.Index);
        if (position.Index <= Commit)
        {
            Acknowledge(message.From, Commit, effects);
            Finish(effects);
            return SnapshotAnswer.Acknowledge;
        }
        if (_log.Holds(position))
        {
            Advance(position.Index);
            Acknowledge(message.From, position.Index, effects);
            Finish(effects);
            return SnapshotAnswer.Acknowledge;
        }
        Install(message.From, position, effects);
        return SnapshotAnswer.Install;
    }

    private void Install(NodeId sender, LogPosition position, RaftEffects effects)
    {
        _isInstalling = true;
        _snapshotSender = sender;
        Save(effects);
        effects.Add(RaftEffect.InstallSnapshot(position));
    }

    /// <summary>State and log are those of the snapshot, as durable as an acknowledgement asks.</summary>
    /// <param name="members">As the snapshot names them.</param>
    public void SnapshotInstalled(LogPosition position, IReadOnlyList<NodeId> members, RaftEffects effects)
    {
        Invariant.Check(_isInstalling && position.Index > Commit);
        _isInstalling = false;
        _log.Reset(position);
        _changes.Clear();
        (Commit, Applied, _handedOver, _saved) = (position.Index, position.Index, position.Index, position.Index);
        SetMembers(members);
        _mustSave = true;
        Acknowledge(_snapshotSender, position.Index, effects);
        Finish(effects);
    }

    /// <summary>Nothing has changed: the stream broke off before its end.</summary>
    public void SnapshotFailed()
    {
        Invariant.Check(_isInstalling);
        _isInstalling = false;
    }
}
