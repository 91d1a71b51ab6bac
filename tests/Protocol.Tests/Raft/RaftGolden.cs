namespace CubeActors.Protocol.Tests;

/// <summary>Frames as a CubeFS 3.5.3 node encodes them: group 101 on nodes 1, 2 and 3.</summary>
internal static class RaftGolden
{
    public static readonly PartitionId Group = new(101);
    public static readonly NodeId One = new(1), Two = new(2), Three = new(3);

    /// <summary>Node 2 leads groups 101, 102 and 300, which node 3 shares.</summary>
    public static readonly byte[] Heartbeat = Hex.Bytes("""
        0000004c 01 02 00 00 0000000000000000 0000000000000000 0000000000000002 0000000000000003
        0000000000000000 0000000000000000 0000000000000000 0000000000000000 00000000 6501c601
        """);

    /// <summary>Node 3 knows 101 and 300.</summary>
    public static readonly byte[] HeartbeatReply = Hex.Bytes("""
        0000004b 01 07 00 00 0000000000000000 0000000000000000 0000000000000003 0000000000000002
        0000000000000000 0000000000000000 0000000000000000 0000000000000000 00000000 65c701
        """);

    public static readonly byte[] PreVote = Hex.Bytes("""
        00000048 01 01 00 00 0000000000000000 0000000000000065 0000000000000003 0000000000000002
        0000000000000008 0000000000000006 000000000000002a 0000000000000000 00000000
        """);

    public static readonly byte[] PreVoteReply = Hex.Bytes("""
        00000048 01 06 00 00 0000000000000000 0000000000000065 0000000000000002 0000000000000003
        0000000000000007 0000000000000000 0000000000000000 0000000000000000 00000000
        """);

    public static readonly byte[] Vote = Hex.Bytes("""
        00000048 01 04 00 00 0000000000000000 0000000000000065 0000000000000003 0000000000000002
        0000000000000008 0000000000000006 000000000000002a 0000000000000000 00000000
        """);

    public static readonly byte[] VoteReply = Hex.Bytes("""
        00000048 01 09 00 00 0000000000000000 0000000000000065 0000000000000002 0000000000000003
        0000000000000008 0000000000000000 0000000000000000 0000000000000000 00000000
        """);

    /// <summary>One random write of "hello" at offset 4096 of extent 1025.</summary>
    public static readonly byte[] Append = Hex.Bytes("""
        00000083 01 00 00 00 0000000000000000 0000000000000065 0000000000000003 0000000000000002
        0000000000000008 0000000000000008 000000000000002b 000000000000002b 00000001
        00000037
        00 0000000000000008 000000000000002c
        000000ff 0f 0000000000000401 0000000000001000 0000000000000005 3610a686
        68656c6c6f
        """);

    /// <summary>Where that entry's data begin, and how long they are.</summary>
    public const int AppendDataStart = 97, AppendDataBytes = 38;

    public static readonly byte[] AppendReply = Hex.Bytes(
        "00000048 01050000 0000000000000000 0000000000000065 0000000000000002 0000000000000003 0000000000000008 0000000000000000 000000000000002c 000000000000002b 00000000");

    public static readonly byte[] AppendReject = Hex.Bytes(
        "00000048 01050001 0000000000000028 0000000000000065 0000000000000002 0000000000000003 0000000000000008 0000000000000006 000000000000002b 0000000000000028 00000000");

    /// <summary>Without the terminator.</summary>
    public static readonly byte[] Snapshot = Hex.Bytes("""
        00000079 01 03 00 00 0000000000000000 0000000000000065 0000000000000003 0000000000000002
        0000000000000008 0000000000000000 0000000000000000 0000000000000000
        000000000000002c 0000000000000008 00000003
        00 0000 0000000000000001   00 0000 0000000000000002   00 0000 0000000000000003
        """);

    public static readonly RaftMessage HeartbeatMessage = Of(RaftMessageType.Heartbeat, Two, Three) with { Group = default };
    public static readonly RaftMessage HeartbeatReplyMessage = Of(RaftMessageType.HeartbeatReply, Three, Two) with { Group = default };
    public static readonly RaftMessage AppendMessage = Of(RaftMessageType.Append, Three, Two, 8) with { LogTerm = 8, Index = 43, Commit = 43 };
    public static readonly RaftMessage SnapshotMessage = Of(RaftMessageType.Snapshot, Three, Two, 8);

    public static readonly byte[][] All = [Heartbeat, HeartbeatReply, PreVote, PreVoteReply, Vote, VoteReply, Append, AppendReply, AppendReject, Snapshot];

    public static RaftMessage Of(RaftMessageType type, NodeId from, NodeId to, ulong term = 0) =>
        new(type, IsForced: false, IsRejected: false, RejectHint: 0, Group, from, to, term, LogTerm: 0, Index: 0, Commit: 0);
}
