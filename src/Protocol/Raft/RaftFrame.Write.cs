using CubeActors.Runtime;

namespace CubeActors.Protocol;

// Writing: a frame's bytes in front of what the caller sends behind them. A destination that is too short is the caller's mistake and throws.
public readonly ref partial struct RaftFrame
{
    /// <summary>Writes a whole frame of <see cref="MessageBytes"/>: a message with neither entries nor groups.</summary>
    public static int Write(Span<byte> destination, in RaftMessage message) => WriteAppend(destination, message, 0, 0);

    /// <summary>Writes the first <see cref="MessageBytes"/> of an append. Each entry follows: <see cref="RaftEntryHeader.WriteSized"/>, then its data.</summary>
    /// <param name="entriesBytes">All that follows, sizes and headers included.</param>
    public static int WriteAppend(Span<byte> destination, in RaftMessage message, int entryCount, int entriesBytes)
    {
        var at = WriteFront(destination, message, sizeof(uint) + entriesBytes);
        new BigEndianWriter(destination[at..]).U32((uint)entryCount);
        return at + sizeof(uint);
    }

    /// <summary>Writes a whole heartbeat or heartbeat reply.</summary>
    /// <param name="ascending">Strictly.</param>
    public static int WriteHeartbeat(Span<byte> destination, in RaftMessage message, ReadOnlySpan<PartitionId> ascending)
    {
        Invariant.Check(message.Type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply);
        Invariant.Check(message.Term == 0 && message.Group == default); // a term in a reply would depose a Go leader
        var groupsBytes = HeartbeatGroups.BytesOf(ascending);
        var at = WriteAppend(destination, message, 0, groupsBytes);
        return at + HeartbeatGroups.Write(ascending, destination[at..]);
    }

    /// <summary>The length of the frame that <see cref="WriteHeartbeat"/> writes.</summary>
    public static int HeartbeatBytes(ReadOnlySpan<PartitionId> ascending) => MessageBytes + HeartbeatGroups.BytesOf(ascending);

    /// <summary>Writes the whole first frame of a snapshot stream.</summary>
    public static int WriteSnapshot(Span<byte> destination, in RaftMessage message, LogPosition at, ReadOnlySpan<NodeId> members)
    {
        Invariant.Check(message.Type == RaftMessageType.Snapshot);
        var written = WriteFront(destination, message, SnapshotMetaBytes + (members.Length * RaftPeer.Bytes));
        var writer = new BigEndianWriter(destination[written..]);
        writer.U64(at.Index);
        writer.U64(at.Term);
        writer.U32((uint)members.Length);
        written += SnapshotMetaBytes;
        foreach (var member in members) written += RaftPeer.Write(member, destination[written..]);
        return written;
    }

    /// <summary>The length of the frame that <see cref="WriteSnapshot"/> writes.</summary>
    public static int SnapshotBytes(int members) => FrontBytes + SnapshotMetaBytes + (members * RaftPeer.Bytes);

    private static int WriteFront(Span<byte> destination, in RaftMessage message, int tailBytes)
    {
        Invariant.Check(IsForTheWire(message.Type) && tailBytes <= BodyBytesMax - HeaderBytes);
        var writer = new BigEndianWriter(destination[..FrontBytes]);
        writer.U32((uint)(HeaderBytes + tailBytes));
        writer.U8(Version);
        writer.U8((byte)message.Type);
        writer.U8(message.IsForced ? (byte)1 : (byte)0);
        writer.U8(message.IsRejected ? (byte)1 : (byte)0);
        writer.U64(message.RejectHint);
        writer.U64(message.Group.Value);
        writer.U64(message.From.Value);
        writer.U64(message.To.Value);
        writer.U64(message.Term);
        writer.U64(message.LogTerm);
        writer.U64(message.Index);
        writer.U64(message.Commit);
        return FrontBytes;
    }
}
