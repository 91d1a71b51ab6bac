using CubeActors.Protocol;

namespace CubeActors.Raft;

// Who belongs to the group. One change by one member at a time, in effect when it is applied (CubeFS raft_fsm.go applyConfChange).
public sealed partial class RaftCore
{
    private readonly List<Progress> _members = [];
    private readonly List<ulong> _changes = []; // indexes of the membership entries that are in the log and not applied
    private ulong[] _matches = [];

    /// <summary>Ascending by id, with this replica if it is a member.</summary>
    public IReadOnlyList<Progress> Members => _members;

    /// <summary>A change is in the log and not applied here; a second one is refused.</summary>
    public bool IsMembershipPending => _changes.Count > 0;

    private int Quorum => _members.Count / 2 + 1;
    private bool IsAlone => _members.Count == 1 && _members[0].Member == Self;

    /// <summary>A committed membership entry comes up to be applied.</summary>
    /// <param name="change">Member 0: only the entry is done with. A member that is there is not added again, one that is not there is
    /// not removed.</param>
    public void ChangeMembers(ulong index, MembershipChange change, RaftEffects effects)
    {
        if (index <= Applied) return; // e.g. under way when a snapshot came, which names the members
        while (_changes.Count > 0 && _changes[0] <= index) _changes.RemoveAt(0);
        if (change.Member != None)
        {
            if (change.Action == MembershipAction.Add) AddMember(change.Member);
            if (change.Action == MembershipAction.Remove) RemoveMember(change.Member, effects);
        }
        Finish(effects);
    }

    /// <summary>Takes a member out of this replica's idea of the group, without an entry: the others are told by somebody else.</summary>
    /// <remarks>For a node that came back under another id. Source: CubeFS depends/tiglabs/raft/server.go RemoveRaftForce. It breaks what
    /// raft promises unless every remaining member is told.</remarks>
    public void ForceRemove(NodeId node, RaftEffects effects)
    {
        RemoveMember(node, effects);
        Finish(effects);
    }

    private void AddMember(NodeId node)
    {
        if (Find(node) is not null) return;
        var member = new Progress(node, _settings.InFlightMax);
        member.EnterProbe(Last.Index + 1);
        if (node == Self) member.Match = _saved;
        var place = 0;
        while (place < _members.Count && _members[place].Member.CompareTo(node) < 0) place++;
        _members.Insert(place, member);
        _matches = new ulong[_members.Count];
    }

    private void RemoveMember(NodeId node, RaftEffects effects)
    {
        if (Find(node) is not { } member) return;
        _members.Remove(member);
        _matches = new ulong[_members.Count];
        if (node == Self)
        {
            if (Role != RaftRole.Follower) BecomeFollower(Term, None, effects);
            return;
        }
        if (Role == RaftRole.Leader)
        {
            TryCommit(effects);
            CountRound(effects);
        }
        // Without other members there is nobody to ask, and nobody else will.
        else if (IsAlone) Campaign(forced: false, effects);
    }

    private void SetMembers(IReadOnlyList<NodeId> members)
    {
        _members.Clear();
        foreach (var member in members)
        {
            if (member != None) AddMember(member);
        }
    }

    private Progress? Find(NodeId node)
    {
        foreach (var member in _members)
        {
            if (member.Member == node) return member;
        }
        return null;
    }
}
