using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Asks other members to lead a group. Each question has a connection of its own that ends with the answer.</summary>
/// <remarks>
/// To our nodes and to those of CubeFS alike: raft of CubeFS has no way to hand leadership over, and its type 13 is obeyed by few states of it, so the one way is
/// the order that masters give (0x69). Thread-safe.
/// </remarks>
internal sealed class LeadershipTransfer(PeerQuestion peers)
{
    /// <summary>A member that serves answers from memory.</summary>
    private static readonly TimeSpan ServesLimit = TimeSpan.FromSeconds(1);

    /// <summary>A member that does not serve yet keeps the order for up to 20 s: too long for somebody who can ask another.</summary>
    private static readonly TimeSpan LeadLimit = TimeSpan.FromSeconds(2);

    /// <summary>Whether the member takes requests of clients: asked for its greatest extent id (0x16), which a node of CubeFS answers once all of it has started, and ours
    /// once the replica serves. Nothing on the wire says more; that its group runs is shown by what it acknowledges.</summary>
    public async Task<bool> ServesAsync(PartitionId partition, string address) =>
        await peers.AskAsync(address, Opcode.GetMaxExtentIdAndPartitionSize, partition, [], AnswerBytes.TwoNumbers, ServesLimit).ConfigureAwait(false) is not null;

    /// <summary>Orders the member to stand for election at once (0x69), as a master does.</summary>
    /// <returns>Null if it does; otherwise why not.</returns>
    public async Task<string?> AskToLeadAsync(PartitionId partition, string address)
    {
        var task = new AdminTask { OpCode = (byte)Opcode.DataPartitionTryToLeader, OperatorAddr = address, PartitionId = partition };
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(task, MasterJson.Default.AdminTask);
        var header = new PacketHeader { Opcode = Opcode.DataPartitionTryToLeader, Partition = partition, RequestId = RequestIds.Next(), Size = (uint)json.Length };
        return (await peers.RelayAsync(address, header, json, LeadLimit).ConfigureAwait(false)).Refusal;
    }
}
