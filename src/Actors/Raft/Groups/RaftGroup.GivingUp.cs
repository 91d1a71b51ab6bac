using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

// A leader that cannot serve any more. It would keep the group from electing one that can: its heartbeats are answered as long as its network works.
internal sealed partial class RaftGroup
{
    private sealed record Asked(NodeId Member, string? Refusal);

    private bool _isUnfit;
    private ulong _unfitAt; // applied when it gave up

    /// <summary>Gives leadership up by omission, follower at the same term, and asks a member that holds the whole log to lead. In the group's turn.</summary>
    /// <remarks>Alone it stays: nobody else could serve. Until log and state machine move again it leaves elections to others.</remarks>
    public void GiveUp(LeaderHindrance hindrance)
    {
        if (_core.Role != RaftRole.Leader || _core.Members.Count < 2) return;
        PublishStatus();
        var status = _port.Status;
        var successor = Successors.Of(status, _port.Self).FirstOrDefault(member => Successors.HoldsAll(status, member.Id));
        (_isUnfit, _unfitAt) = (true, _core.Applied);
        SettleCandidacy();
        _core.StepDown(_effects);
        _port.CountGivenUp(hindrance);
        Log.LeadershipGivenUp(_logger, _port.Partition, hindrance, successor.Id);
        var address = _parts.Machine.Record.Meta.Peers.FirstOrDefault(peer => peer.Id == successor.Id)?.Address;
        if (successor.Id == default || address is not { Length: > 0 } || _parts.AskToLead is not { } ask) return; // they elect one themselves
        ask(_port.Partition, address).PipeTo(_self, success: refusal => new Asked(successor.Id, refusal), failure: cause => new Asked(successor.Id, cause.Message));
    }

    private void ReceiveAnswers() => Receive<Asked>(asked =>
    {
        if (asked.Refusal is not null) Log.PartitionNote(_logger, _port.Partition, $"member {asked.Member} was asked to lead and refused, so the members elect a leader themselves: {asked.Refusal}");
    });

    /// <summary>What had hindered it is over: it may lead again.</summary>
    private void RecoverIfFit()
    {
        if (!_isUnfit || _log.OutstandingFor > _parts.Settings.LogWriteOverdue) return;
        if (_core.Applied < _core.Commit && _core.Applied == _unfitAt) return;
        _isUnfit = false;
        SettleCandidacy();
    }
}
