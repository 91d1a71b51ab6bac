using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Actors;

/// <inheritdoc cref="ILeadershipOrders"/>
/// <remarks>The member is asked as a master asks it (0x69); proposals are not held up, as they are before a stop: a member that falls behind meanwhile is not elected.</remarks>
internal sealed class TransferOrders(RaftNode node, LeadershipTransfer transfer, NodeBoard board) : ILeadershipOrders
{
    public async Task<LeadershipAnswer> TransferAsync(PartitionId partition, string? to, CancellationToken cancel)
    {
        if (node.Find(partition) is not { } group) return new LeadershipAnswer(null, $"partition {partition} has no raft group on this node", IsUnknown: true);
        if (Choose(group.Status, group.Self, board.Partition(partition)?.Peers ?? [], to, out var problem) is not { } address) return new LeadershipAnswer(null, problem);
        if (!await transfer.ServesAsync(partition, address).WaitAsync(cancel).ConfigureAwait(false)) return new LeadershipAnswer(null, $"{address} does not serve this partition");
        return await transfer.AskToLeadAsync(partition, address).WaitAsync(cancel).ConfigureAwait(false) is { } refusal
            ? new LeadershipAnswer(null, $"{address} refuses: {refusal}")
            : new LeadershipAnswer(address, null);
    }

    /// <summary>Who is asked. Pure.</summary>
    internal static string? Choose(RaftGroupStatus status, NodeId self, IReadOnlyList<Protocol.Master.Peer> peers, string? to, out string? problem)
    {
        problem = null;
        if (status.Role != RaftRole.Leader)
        {
            var leader = peers.FirstOrDefault(peer => peer.Id == status.Leader)?.Address;
            problem = leader is null ? "this node does not lead the group, and knows of no leader" : $"this node does not lead the group; ask {leader}";
            return null;
        }

        var successors = Successors.Of(status, self);
        foreach (var member in successors)
            if (peers.FirstOrDefault(peer => peer.Id == member.Id)?.Address is { } address && (to is null || address == to)) return address;
        problem = to is null ? "no other member is heard"
            : peers.Any(peer => peer.Address == to) ? $"{to} is not heard, or is this node"
            : $"{to} is no member; members are {string.Join(", ", peers.Select(peer => peer.Address))}";
        return null;
    }
}
