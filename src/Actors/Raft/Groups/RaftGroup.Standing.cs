using CubeActors.Raft;

namespace CubeActors.Actors;

// How far the replica is, and so whether it may stand for election.
internal sealed partial class RaftGroup
{
    private LoadStage _stage;
    private bool _isDrained;

    /// <summary>The extents are there: what was acknowledged meanwhile is applied. In the group's turn.</summary>
    public void StoreAttached()
    {
        if (_stage != LoadStage.LoadingExtents) return;
        _stage = LoadStage.CatchingUp;
        // More than what was committed when it joined: a leader that had all of this to apply first would serve nobody.
        _port.CatchUpTo = Math.Max(_port.CatchUpTo, _core.Commit);
        _applier.StoreAttached();
        SettleCandidacy();
    }

    /// <summary>The replica takes requests: it may lead. In the group's turn.</summary>
    public void Serve()
    {
        _stage = LoadStage.Serving;
        SettleCandidacy();
    }

    /// <summary>Its node is being drained, or not any more: whatever it leads is for others to lead. In the group's turn.</summary>
    public void Drain(bool drains)
    {
        _isDrained = drains;
        SettleCandidacy();
    }

    /// <summary>Without extents it never leads; while it catches up, and while its node is drained, only where nobody else does.</summary>
    private void SettleCandidacy()
    {
        _core.LacksState = _stage == LoadStage.LoadingExtents;
        _core.Abstain(LeavesItToOthers(_core.Members.Count), _effects);
    }

    /// <summary>Who is alone has nobody to leave it to, and learns only as leader what is committed.</summary>
    private bool LeavesItToOthers(int members) => members > 1 && (_isDrained || _stage != LoadStage.Serving);
}
