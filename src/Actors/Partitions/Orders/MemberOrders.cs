using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What a replica does with an order to add or to remove a member (0x67, 0x68). Pure: META, the group as it is now and the order in, one decision out.</summary>
/// <remarks>Source of the rows and of the words: control-plane 3.10 and 3.11, CubeFS datanode/wrap_operator.go.</remarks>
internal static class MemberOrders
{
    /// <summary>One change at a time. Source of the words: CubeFS proto/errors.go ErrMemberChange.</summary>
    public const string ChangeUnderWay = "raft prev member change is not finished.";

    /// <param name="group">Null while this replica takes no part in one.</param>
    public static MemberDecision Decide(PartitionMeta meta, RaftGroupStatus? group, AddRaftMemberRequest order)
    {
        var peer = order.AddPeer;
        if (meta.Peers.Any(known => known.Address == peer.Address && known.Id == peer.Id))
        {
            return meta.Peers.FirstOrDefault(known => known.Address == peer.Address && known.Id != peer.Id) is { } other
                ? MemberDecision.Refuse($"local nodeID for {other.Address} is {other.Id}(expected:{peer.Id})")
                : MemberDecision.Succeed;
        }

        if (ElsewhereOf(meta, group) is { } elsewhere) return elsewhere;
        if (peer.Id.Value == 0) return MemberDecision.Succeed;
        return MemberDecision.Propose(new MembershipChange(MembershipAction.Add, peer.Id), order);
    }

    /// <summary>A leader that removes itself leads no more once it has applied that. Of two members the other one then needs its vote to learn of it, and waits
    /// for ever once the replica is deleted: so it hands over first. CubeFS does not, and its group of two stands still.</summary>
    /// <param name="group">Null while this replica takes no part in one.</param>
    /// <param name="mayHandOver">False when that was tried: nobody came to lead.</param>
    public static MemberDecision Decide(PartitionMeta meta, RaftGroupStatus? group, RemoveRaftMemberRequest order, bool mayHandOver = true)
    {
        var isWanted = order.Force || order.AutoRemove; // whatever this replica knows: another one may still count the member
        if (!isWanted && !meta.Hosts.Contains(order.RemovePeer.Address)) return MemberDecision.Succeed;
        if (!order.Force && ElsewhereOf(meta, group) is { } elsewhere) return elsewhere;
        var known = meta.Peers.FirstOrDefault(peer => peer.Address == order.RemovePeer.Address);
        if (known is null && !isWanted) return MemberDecision.Refuse($"cannot found peer({order.RemovePeer.Address}) in dp({meta.Partition}) peers");

        // The node may have come back under another id: the one that the group counts is what has to go.
        var id = known?.Id ?? order.RemovePeer.Id;
        if (!isWanted && WhyNotRemove(meta, group!, id) is { } why) return MemberDecision.Refuse(why);
        var asKnown = id == order.RemovePeer.Id ? order : order with { RemovePeer = order.RemovePeer with { Id = id }, AutoRemove = false };
        if (order.Force) return MemberDecision.RemoveByForce(asKnown);
        if (id.Value == 0) return MemberDecision.Succeed;
        if (mayHandOver && group!.Leader == id && group.Members.Count > 1) return MemberDecision.HandOver;
        return MemberDecision.Propose(new MembershipChange(MembershipAction.Remove, id), asKnown);
    }

    /// <summary>Whether so many members remain that are there. Asked of the leader, who alone knows who is there.</summary>
    /// <returns>Why the member must not go, or null.</returns>
    public static string? WhyNotRemove(PartitionMeta meta, RaftGroupStatus group, NodeId leaving)
    {
        if (meta.Peers.All(peer => peer.Id != leaving)) return null;
        var down = group.Members.Where(member => member.Id != leaving && !member.IsActive).Select(member => member.Id).ToList();
        var (all, left) = (meta.Peers.Count, meta.Peers.Count - down.Count);
        var isAllowed = all % 2 == 1 ? left > all / 2 + 1 : left >= all / 2 + 1;
        return isAllowed ? null : $"hasDownReplicasExcludePeer([{string.Join(' ', down)}]) too much,so donnot offline ({leaving})";
    }

    /// <returns>Null if this replica leads.</returns>
    private static MemberDecision? ElsewhereOf(PartitionMeta meta, RaftGroupStatus? group)
    {
        if (group is { Role: Raft.RaftRole.Leader }) return null;
        var leader = group is null || group.Leader.Value == 0 ? null : meta.Peers.FirstOrDefault(peer => peer.Id == group.Leader);
        return leader is { Address.Length: > 0 } ? MemberDecision.Forward(leader.Address) : MemberDecision.Refuse(ErrorTexts.NoRaftLeader);
    }
}
