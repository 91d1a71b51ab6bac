using CubeActors.Protocol;

namespace CubeActors.Simulation.Nodes;

/// <summary>Deliberate faults in the network, by which the checks show that they find what they are for.</summary>
internal static class Tampering
{
    public static Func<Wire, bool, byte[], byte[]>? Of(NodeMutation mutation, Stage stage, Network network) => mutation switch
    {
        NodeMutation.FollowerLies => (wire, toServer, bytes) => AnswerForFollower(wire, toServer, bytes, stage),
        NodeMutation.RepliesCrossed => CrossReplies(stage),
        NodeMutation.MemberLies => (wire, toServer, bytes) => toServer ? AnswerForMember(wire, bytes, stage, network) : bytes,
        _ => null,
    };

    private static byte[] AnswerForFollower(Wire wire, bool toServer, byte[] bytes, Stage stage)
    {
        if (!toServer || PacketHeader.TryRead(bytes, PacketLimits.Requests, out var header, out _) != DecodeStatus.Complete) return bytes;
        if (header.Opcode is not (Opcode.Write or Opcode.SyncWrite) || header.RemainingFollowers != RemainingFollowers.None || stage.Random.Next(20) != 0) return bytes;
        var answer = header.ToReply(ResultCode.Ok, 0) with { ArgBytes = 0 };
        var packet = new byte[answer.EncodedBytes];
        answer.Write(packet);
        wire.ToClient.Inject(packet);
        return [];
    }

    /// <summary>A reply without a body is kept back until the next one of its connection, and comes behind it.</summary>
    private static Func<Wire, bool, byte[], byte[]> CrossReplies(Stage stage)
    {
        var kept = new Dictionary<Wire, byte[]>();
        return (wire, toServer, bytes) =>
        {
            if (toServer || wire.ClientHost != NodeClients.Host) return bytes;
            if (kept.Remove(wire, out var earlier)) return [.. bytes, .. earlier];
            if (PacketHeader.TryRead(bytes, PacketLimits.Replies, out var header, out var headerBytes) != DecodeStatus.Complete || headerBytes != bytes.Length) return bytes;
            if (header.Opcode is not (Opcode.Write or Opcode.SyncWrite) || stage.Random.Next(10) != 0) return bytes;
            kept.Add(wire, bytes);
            return [];
        };
    }

    /// <summary>Appends to a member do not come to it; its acknowledgement comes all the same, over the connection that it has to the leader.</summary>
    private static byte[] AnswerForMember(Wire wire, byte[] bytes, Stage stage, Network network)
    {
        if (wire.Target.Port != NodePlan.ReplicaPort) return bytes;
        if (RaftFrame.TryRead(bytes, bytes.Length, 0, out var frame) != DecodeStatus.Complete || frame.Bytes != bytes.Length || frame.Content != RaftFrameContent.Message) return bytes;
        var message = frame.Message;
        if (message.Type != RaftMessageType.Append || frame.Entries.Count == 0 || stage.Random.Next(3) != 0) return bytes;
        var back = network.Wires.FirstOrDefault(other => other.Target.Port == NodePlan.ReplicaPort && other.ServerHost == wire.ClientHost && other.ClientHost == wire.ServerHost);
        if (back is null) return bytes;
        var answer = new RaftMessage
        {
            Type = RaftMessageType.AppendReply,
            Group = message.Group,
            From = message.To,
            To = message.From,
            Term = message.Term,
            Index = message.Index + (ulong)frame.Entries.Count,
            Commit = message.Commit,
        };
        var packet = new byte[RaftFrame.MessageBytes];
        back.ToServer.Inject(packet.AsSpan(0, RaftFrame.Write(packet, answer)).ToArray());
        return [];
    }
}
