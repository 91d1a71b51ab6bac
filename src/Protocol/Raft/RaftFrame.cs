namespace CubeActors.Protocol;

/// <summary>What a frame holds for its receiver.</summary>
public enum RaftFrameContent
{
    /// <summary>Nothing: length 0, as the terminator of a snapshot reads to who does not expect it.</summary>
    Empty,
    /// <summary>A body of another codec version: skip it.</summary>
    OtherVersion,
    /// <summary>A type that never crosses the wire (8, 10, 11, 16 and above): drop it. A Go node obeys some of them.</summary>
    OtherType,
    /// <summary>A message with its entries, or with its groups.</summary>
    Message,
    /// <summary>The front of a snapshot stream; chunks follow it.</summary>
    Snapshot,
}

/// <summary>One frame of a raft connection, read in place: valid as long as the bytes it was read from. Byte table: docs/formats/raft.md.</summary>
/// <remarks>Source: CubeFS depends/tiglabs/raft/proto/codec.go Message.Encode and Message.Decode.</remarks>
public readonly ref partial struct RaftFrame
{
    /// <summary>The length in front of every frame, which it does not count.</summary>
    public const int LengthBytes = sizeof(uint);
    public const byte Version = 1;
    /// <summary>Length, version, type, flags and the eight numbers.</summary>
    public const int FrontBytes = LengthBytes + HeaderBytes;
    /// <summary>A whole frame without entries and without groups.</summary>
    public const int MessageBytes = FrontBytes + sizeof(uint);
    /// <summary>256 MiB: the longest body that a peer accepts. What we buffer has a lower limit. Source: proto/codec.go Message.Decode.</summary>
    public const int BodyBytesMax = 268_435_456;

    private const int HeaderBytes = 68;
    private const int SnapshotMetaBytes = (2 * sizeof(ulong)) + sizeof(uint);

    private RaftFrame(RaftFrameContent content, int bytes) => (Content, Bytes) = (content, bytes);

    public RaftFrameContent Content { get; }

    /// <summary>Length field included: where the next frame begins.</summary>
    public int Bytes { get; }

    /// <summary>The type byte, also one that has no name. 0 where there is none.</summary>
    public byte TypeNumber { get; private init; }

    public RaftMessage Message { get; private init; }

    /// <summary>Empty but for appends.</summary>
    public RaftEntries Entries { get; private init; }

    /// <summary>Empty but for heartbeats and their replies.</summary>
    public HeartbeatGroups Groups { get; private init; }

    /// <summary>Snapshots: the last position that the snapshot covers.</summary>
    public LogPosition SnapshotAt { get; private init; }

    /// <summary>Snapshots: the members there.</summary>
    public RaftMembers SnapshotMembers { get; private init; }

    /// <summary>How long the frame at the front of <paramref name="source"/> is, so that a receiver knows how much to collect.</summary>
    /// <param name="bodyBytesMax">The longest body to accept; at most <see cref="BodyBytesMax"/> counts.</param>
    /// <param name="frameBytes">Length field included; set if Complete.</param>
    /// <returns>Malformed (beyond the limit), NeedMore below four bytes, or Complete.</returns>
    public static DecodeStatus TryReadLength(ReadOnlySpan<byte> source, int bodyBytesMax, out int frameBytes)
    {
        frameBytes = 0;
        if (source.Length < LengthBytes) return DecodeStatus.NeedMore;
        var length = new BigEndianReader(source).U32();
        if (length > Math.Min(bodyBytesMax, BodyBytesMax)) return DecodeStatus.Malformed;
        frameBytes = LengthBytes + (int)length;
        return DecodeStatus.Complete;
    }

    /// <summary>Reads one frame from the front of <paramref name="source"/>. Never throws, never allocates.</summary>
    /// <param name="bodyBytesMax">The longest body to accept; at most <see cref="BodyBytesMax"/> counts.</param>
    /// <param name="start">Where <paramref name="source"/> begins in the caller's buffer; <see cref="RaftEntry.DataStart"/> counts on from it.</param>
    /// <returns>
    /// Malformed (a length beyond the limit, a body too short for what it announces, entries that do not follow each other, groups that
    /// are no whole list), NeedMore, or Complete.
    /// </returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, int bodyBytesMax, int start, out RaftFrame frame)
    {
        frame = default;
        var status = TryReadLength(source, bodyBytesMax, out var frameBytes);
        if (status != DecodeStatus.Complete) return status;
        if (source.Length < frameBytes) return DecodeStatus.NeedMore;
        var body = source[LengthBytes..frameBytes];
        if (body.IsEmpty || body[0] != Version)
        {
            frame = new RaftFrame(body.IsEmpty ? RaftFrameContent.Empty : RaftFrameContent.OtherVersion, frameBytes);
            return DecodeStatus.Complete;
        }

        if (body.Length < HeaderBytes) return DecodeStatus.Malformed;
        var message = ReadMessage(body, out var typeNumber);
        if (!IsForTheWire(message.Type))
        {
            frame = new RaftFrame(RaftFrameContent.OtherType, frameBytes) { TypeNumber = typeNumber };
            return DecodeStatus.Complete;
        }

        var tail = body[HeaderBytes..];
        return message.Type == RaftMessageType.Snapshot
            ? ReadSnapshot(tail, frameBytes, message, out frame)
            : ReadTail(tail, frameBytes, message, start + FrontBytes, out frame);
    }

    private static DecodeStatus ReadTail(ReadOnlySpan<byte> tail, int frameBytes, scoped in RaftMessage message, int start, out RaftFrame frame)
    {
        frame = default;
        if (tail.Length < sizeof(uint)) return DecodeStatus.Malformed;
        var count = new BigEndianReader(tail).U32();
        var isAppend = message.Type == RaftMessageType.Append;
        if (!RaftEntries.TryRead(tail[sizeof(uint)..], count, isAppend ? message.Index : null, start + sizeof(uint), out var entries, out var entryBytes))
            return DecodeStatus.Malformed;
        HeartbeatGroups groups = default;
        if (message.Type is RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply
            && !HeartbeatGroups.TryRead(tail[(sizeof(uint) + entryBytes)..], out groups)) return DecodeStatus.Malformed;
        frame = new RaftFrame(RaftFrameContent.Message, frameBytes)
        {
            TypeNumber = (byte)message.Type,
            Message = message,
            Entries = isAppend ? entries : default,
            Groups = groups,
        };
        return DecodeStatus.Complete;
    }

    private static DecodeStatus ReadSnapshot(ReadOnlySpan<byte> tail, int frameBytes, scoped in RaftMessage message, out RaftFrame frame)
    {
        frame = default;
        if (tail.Length < SnapshotMetaBytes) return DecodeStatus.Malformed;
        var reader = new BigEndianReader(tail);
        var (index, term, members) = (reader.U64(), reader.U64(), reader.U32());
        if ((ulong)members * RaftPeer.Bytes != (ulong)(tail.Length - SnapshotMetaBytes)) return DecodeStatus.Malformed;
        frame = new RaftFrame(RaftFrameContent.Snapshot, frameBytes)
        {
            TypeNumber = (byte)message.Type,
            Message = message,
            SnapshotAt = new LogPosition(term, index),
            SnapshotMembers = new RaftMembers(tail[SnapshotMetaBytes..]),
        };
        return DecodeStatus.Complete;
    }

    private static RaftMessage ReadMessage(ReadOnlySpan<byte> body, out byte typeNumber)
    {
        var reader = new BigEndianReader(body[1..]);
        typeNumber = reader.U8();
        var type = (RaftMessageType)typeNumber;
        var force = reader.U8() == 1 && type is RaftMessageType.Vote or RaftMessageType.PreVote;
        var reject = reader.U8() == 1;
        var (hint, group, from, to) = (reader.U64(), reader.U64(), reader.U64(), reader.U64());
        return new RaftMessage(
            type, force, reject, hint, new PartitionId(group), new NodeId(from), new NodeId(to),
            Term: reader.U64(), LogTerm: reader.U64(), Index: reader.U64(), Commit: reader.U64());
    }

    private static bool IsForTheWire(RaftMessageType type) => type is
        RaftMessageType.Append or RaftMessageType.PreVote or RaftMessageType.Heartbeat or RaftMessageType.Snapshot or RaftMessageType.Vote
        or RaftMessageType.AppendReply or RaftMessageType.PreVoteReply or RaftMessageType.HeartbeatReply or RaftMessageType.VoteReply
        or RaftMessageType.LeaseOffline or RaftMessageType.LeaseTimeout or RaftMessageType.CheckQuorum or RaftMessageType.CheckQuorumReply;
}
