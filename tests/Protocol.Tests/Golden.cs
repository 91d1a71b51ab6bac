using System.Text;

namespace CubeActors.Protocol.Tests;

/// <summary>
/// One example a kind of packet: partition 21 on 192.168.0.31, .32 and .33, inode 4097. The bytes were compared with CubeFS's own encoder.
/// </summary>
internal static class Golden
{
    public const long FirstRequest = 0x6774858000000002;
    public static readonly byte[] Followers = Encoding.ASCII.GetBytes("192.168.0.32:17310/192.168.0.33:17310/");
    public static readonly byte[] Hello = "hello"u8.ToArray();
    public const uint HelloCrc = 0x3610a686;
    private static readonly PartitionId Partition = new(21);
    private static readonly ExtentId Extent = new(1025);

    public static readonly GoldenPacket Create = new("create",
        Hex.Bytes("""
            ff 11 01 00 02 00000000 00000008 00000026 0000000000000015 0000000000000000 0000000000000000 6774858000000002 0000000000000000
            0000000000000000 00000001
            3139322e3136382e302e33323a31373331302f3139322e3136382e302e33333a31373331302f
            0000000000001001
            """),
        Header(0x11, Opcode.CreateExtent, 0, 2, 0, 8, 38) with { Extent = default }, Followers, Hex.Bytes("0000000000001001"));

    public static readonly GoldenPacket CreateHop = new("create, to a follower",
        Hex.Bytes("""
            ff 11 01 00 00 00000000 00000008 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000
            000000000000000000000001 0000000000001001
            """),
        Header(0x11, Opcode.CreateExtent, 0, 0, 0, 8, 0), [], Hex.Bytes("0000000000001001"));

    public static readonly GoldenPacket CreateHopReply = new("create, a follower's reply",
        Hex.Bytes("""
            ff 11 01 f0 00 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000
            000000000000000000000001
            """),
        Header(0x11, Opcode.CreateExtent, ResultCode.Ok, 0, 0, 0, 0), [], []);

    public static readonly GoldenPacket CreateReply = new("create, reply",
        Hex.Bytes("""
            ff 11 01 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000
            000000000000000000000001
            """),
        Header(0x11, Opcode.CreateExtent, ResultCode.Ok, 2, 0, 0, 0), [], []);

    public static readonly GoldenPacket Append = new("append",
        Hex.Bytes("""
            ff 11 03 00 02 3610a686 00000005 00000026 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000
            000000000000000000000001
            3139322e3136382e302e33323a31373331302f3139322e3136382e302e33333a31373331302f
            68656c6c6f
            """),
        Header(0x11, Opcode.Write, 0, 2, HelloCrc, 5, 38) with { RequestId = FirstRequest + 1 }, Followers, Hello);

    public static readonly GoldenPacket AppendHop = new("append, to a follower",
        Hex.Bytes("""
            ff 11 03 00 00 3610a686 00000005 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000
            000000000000000000000001 68656c6c6f
            """),
        Header(0x11, Opcode.Write, 0, 0, HelloCrc, 5, 0) with { RequestId = FirstRequest + 1 }, [], Hello);

    public static readonly GoldenPacket AppendReply = new("append, reply",
        Hex.Bytes("""
            ff 11 03 f0 02 3610a686 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000
            000000000000000000000001
            """),
        Header(0x11, Opcode.Write, ResultCode.Ok, 2, HelloCrc, 0, 0) with { RequestId = FirstRequest + 1 }, [], []);

    public static readonly GoldenPacket AppendError = new("append, a follower is full",
        [
            .. Hex.Bytes("""
            ff 11 03 f6 02 3610a686 00000042 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000
            000000000000000000000001
            """),
            .. "ActionReceiveFromFollower_ActionWrite:_no space left on the device"u8,
        ],
        Header(0x11, Opcode.Write, ResultCode.DiskNoSpace, 2, HelloCrc, 66, 0) with { RequestId = FirstRequest + 1 }, [],
        "ActionReceiveFromFollower_ActionWrite:_no space left on the device"u8.ToArray());

    public static readonly GoldenPacket TinyReply = new("tiny append, the reply names the slot",
        Hex.Bytes("""
            ff 10 03 f0 02 3610a686 00000000 00000000 0000000000000015 0000000000000007 0000000000001000 677485800000000a 0000000000000000
            000000000000000000000001
            """),
        Header(0x10, Opcode.Write, ResultCode.Ok, 2, HelloCrc, 0, 0) with
        { Extent = new ExtentId(7), ExtentOffset = 4096, RequestId = 0x677485800000000a }, [], []);

    public static readonly GoldenPacket Overwrite = new("overwrite",
        Hex.Bytes("""
            ff 11 0f 00 00 db1720a5 00000004 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001
            000000000000000000000001 41424344
            """),
        Header(0x11, Opcode.RandomWrite, 0, 0, 0xdb1720a5, 4, 0) with
        { ExtentOffset = 1, RequestId = FirstRequest + 3, KernelOffset = 1 }, [], "ABCD"u8.ToArray());

    public static readonly GoldenPacket OverwriteReply = new("overwrite, reply",
        Hex.Bytes("""
            ff 11 0f f0 00 db1720a5 00000000 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001
            000000000000000000000001
            """),
        Overwrite.Header with { Result = ResultCode.Ok, Size = 0 }, [], []);

    public static readonly GoldenPacket SyncOverwrite = new("sync overwrite",
        Hex.Bytes("""
            ff 11 b4 00 00 db1720a5 00000004 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001
            000000000000000000000001 41424344
            """),
        Overwrite.Header with { Opcode = Opcode.SyncRandomWriteVersion }, [], "ABCD"u8.ToArray());

    public static readonly GoldenPacket SyncOverwriteReply = new("sync overwrite, the reply has its own opcode",
        Hex.Bytes("""
            ff 11 b5 f0 00 db1720a5 00000000 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001
            000000000000000000000001
            """),
        OverwriteReply.Header with { Opcode = Opcode.SyncRandomWriteVersionReply }, [], []);

    public static readonly byte[] OverwriteCommand =
        Hex.Bytes("000000ff 0f 0000000000000401 0000000000000001 0000000000000004 db1720a5 41424344");

    public static readonly GoldenPacket Read = new("stream read",
        Hex.Bytes("""
            ff 11 05 00 00 00000000 00020005 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000
            000000000000000000000001
            """),
        Header(0x11, Opcode.StreamRead, 0, 0, 0, 0x20005, 0) with { RequestId = FirstRequest + 2 }, [], []);

    public static readonly GoldenPacket ReadFirstBlock = new("stream read, a whole block",
        Hex.Bytes("ff 01 05 f0 00 ca975130 00020000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000"),
        Header(0x01, Opcode.StreamRead, ResultCode.Ok, 0, 0xca975130, 0x20000, 0) with { RequestId = FirstRequest + 2 }, [], null);

    public static readonly GoldenPacket ReadLastBlock = new("stream read, the rest",
        Hex.Bytes("""
            ff 01 05 f0 00 3610a686 00000005 00000000 0000000000000015 0000000000000401 0000000000020000 6774858000000004 0000000000000000
            68656c6c6f
            """),
        Header(0x01, Opcode.StreamRead, ResultCode.Ok, 0, HelloCrc, 5, 0) with
        { ExtentOffset = 0x20000, RequestId = FirstRequest + 2 }, [], Hello);

    public static readonly GoldenPacket ReadError = new("stream read, not the raft leader",
        [
            .. Hex.Bytes("""
            ff 11 05 fc 00 00000000 00000028 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000
            000000000000000000000001
            """),
            .. "ActionStreamRead_raft is not the leader."u8,
        ],
        Header(0x11, Opcode.StreamRead, ResultCode.TryOtherAddress, 0, 0, 40, 0) with { RequestId = FirstRequest + 2 }, [],
        "ActionStreamRead_raft is not the leader."u8.ToArray());

    public static readonly byte[] MarkDeleteJson =
        """{"FileOffset":0,"PartitionId":21,"ExtentId":1025,"ExtentOffset":0,"Size":5,"CRC":0,"SnapInfo":null}"""u8.ToArray();

    public static readonly GoldenPacket MarkDelete = new("mark delete",
        Hex.Bytes("""
            ff 01 02 00 02 00000000 00000063 00000026 0000000000000015 0000000000000401 0000000000000000 6774858000000006 0000000000000000
            3139322e3136382e302e33323a31373331302f3139322e3136382e302e33333a31373331302f
            7b2246696c654f6666736574223a302c22506172746974696f6e4964223a32312c22457874656e744964223a313032352c22457874656e744f66
            66736574223a302c2253697a65223a352c22435243223a302c22536e6170496e666f223a6e756c6c7d
            """),
        Header(0x01, Opcode.MarkDelete, 0, 2, 0, 99, 38) with { RequestId = FirstRequest + 4 }, Followers, MarkDeleteJson);

    public static readonly GoldenPacket MarkDeleteReply = new("mark delete, reply",
        Hex.Bytes("ff 01 02 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000006 0000000000000000"),
        Header(0x01, Opcode.MarkDelete, ResultCode.Ok, 2, 0, 0, 0) with { RequestId = FirstRequest + 4 }, [], []);

    public static readonly byte[] BatchDeleteJson =
        """[{"FileOffset":0,"PartitionId":21,"ExtentId":1025,"ExtentOffset":0,"Size":5,"CRC":0,"SnapInfo":null,"IsSnapshotDeletion":false}]"""u8.ToArray();

    public static readonly GoldenPacket BatchDelete = new("batch delete",
        [
            .. Hex.Bytes("ff 01 75 00 02 00000000 00000080 00000026 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000"),
            .. Followers, .. BatchDeleteJson,
        ],
        Header(0x01, Opcode.BatchDeleteExtent, 0, 2, 0, 128, 38) with { Extent = default, RequestId = FirstRequest + 5 }, Followers, BatchDeleteJson);

    public static readonly GoldenPacket BatchDeleteReply = new("batch delete, reply",
        Hex.Bytes("ff 01 75 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000"),
        Header(0x01, Opcode.BatchDeleteExtent, ResultCode.Ok, 2, 0, 0, 0) with { Extent = default, RequestId = FirstRequest + 5 }, [], []);

    public static readonly GoldenPacket TinyRepairData = new("tiny repair, data",
        Hex.Bytes("""
            ff 00 15 f0 00 b34dae01 00001000 00000011 0000000000000015 0000000000000007 0000000000000000 6774858000000008 0000000000000000
            00 0000000000000000 0000000000002005
            """),
        TinyRepair(0xb34dae01, 4096, 0), Hex.Bytes("00 0000000000000000 0000000000002005"), null);

    public static readonly GoldenPacket TinyRepairHole = new("tiny repair, a hole",
        Hex.Bytes("""
            ff 00 15 f0 00 00000000 00000000 00000011 0000000000000015 0000000000000007 0000000000001000 6774858000000008 0000000000000000
            45 0000000000001000 0000000000002005
            """),
        TinyRepair(0, 0, 0x1000), Hex.Bytes("45 0000000000001000 0000000000002005"), []);

    public static readonly GoldenPacket TinyRepairRest = new("tiny repair, the rest",
        Hex.Bytes("""
            ff 00 15 f0 00 3610a686 00000005 00000011 0000000000000015 0000000000000007 0000000000002000 6774858000000008 0000000000000000
            00 0000000000000000 0000000000002005 68656c6c6f
            """),
        TinyRepair(HelloCrc, 5, 0x2000), Hex.Bytes("00 0000000000000000 0000000000002005"), Hello);

    /// <summary>Every packet, those taken from a running cluster included.</summary>
    public static readonly IReadOnlyList<GoldenPacket> All =
    [
        Create, CreateHop, CreateHopReply, CreateReply, Append, AppendHop, AppendReply, AppendError, TinyReply, Overwrite, OverwriteReply,
        SyncOverwrite, SyncOverwriteReply, Read, ReadFirstBlock, ReadLastBlock, ReadError, MarkDelete, MarkDeleteReply, BatchDelete,
        BatchDeleteReply, TinyRepairData, TinyRepairHole, TinyRepairRest, .. Captured.All,
    ];

    private static PacketHeader TinyRepair(uint crc, uint size, long offset) =>
        Header(0x00, Opcode.TinyExtentRepairRead, ResultCode.Ok, 0, crc, size, 17) with
        { Extent = new ExtentId(7), ExtentOffset = offset, RequestId = FirstRequest + 6 };

    private static PacketHeader Header(byte extentType, Opcode opcode, ResultCode result, byte followers, uint crc, uint size, uint argBytes) =>
        new(extentType, opcode, result, followers, crc, size, argBytes, Partition, Extent, 0, FirstRequest, 0);
}
