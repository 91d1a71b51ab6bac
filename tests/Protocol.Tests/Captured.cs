namespace CubeActors.Protocol.Tests;

/// <summary>Packets of a running CubeFS 3.5.3 cluster, taken off the loopback device.</summary>
internal static class Captured
{
    public static readonly GoldenPacket CreateRequest = Packet("captured: create request",
        """
        ff110100020000000000000008000000220000000000000003000000000000000000000000000000006b02099b0000000b0000000000000000000000
        0000000000000000013132372e302e302e31313a31373331302f3132372e302e302e31333a31373331302f0000000000400002
        """,
        new PacketHeader(0x11, Opcode.CreateExtent, ResultCode.None, 2, 0x0, 8, 34, new PartitionId(3), new ExtentId(0), 0, 0x6b02099b0000000b, 0));

    public static readonly GoldenPacket CreateHop = Packet("captured: create hop",
        """
        ff110100000000000000000008000000000000000000000003000000000000040100000000000000006b02099b0000000b0000000000000000000000
        0000000000000000010000000000400002
        """,
        new PacketHeader(0x11, Opcode.CreateExtent, ResultCode.None, 0, 0x0, 8, 0, new PartitionId(3), new ExtentId(1025), 0, 0x6b02099b0000000b, 0));

    public static readonly GoldenPacket CreateReply = Packet("captured: create reply",
        """
        ff1101f0020000000000000000000000000000000000000003000000000000040100000000000000006b02099b0000000b0000000000000000000000
        000000000000000001
        """,
        new PacketHeader(0x11, Opcode.CreateExtent, ResultCode.Ok, 2, 0x0, 0, 0, new PartitionId(3), new ExtentId(1025), 0, 0x6b02099b0000000b, 0));

    public static readonly GoldenPacket CreateRefused = Packet("captured: create refused",
        """
        ff1101f302000000000000004c000000220000000000000003000000000000040100000000000000006b02059e0000000c0000000000000000000000
        0000000000000000013132372e302e302e31323a31373331302f3132372e302e302e31313a31373331302f416374696f6e53656e64546f466f6c6c6f
        776572735f6469616c20746370203132372e302e302e31323a31373331303a20636f6e6e6563743a20636f6e6e656374696f6e2072656675736564
        """,
        new PacketHeader(0x11, Opcode.CreateExtent, ResultCode.IntraGroupNetError, 2, 0x0, 76, 34, new PartitionId(3), new ExtentId(1025), 0, 0x6b02059e0000000c, 0));

    public static readonly GoldenPacket TinyAppend = Packet("captured: tiny append",
        """
        ff10030002c6bd15ca0000000a000000220000000000000005000000000000000000000000000000006b02099b0000000a0000000000000000000000
        0000000000000000013132372e302e302e31313a31373331302f3132372e302e302e31323a31373331302fd09fdd88c78c81a0ef19
        """,
        new PacketHeader(0x10, Opcode.Write, ResultCode.None, 2, 0xc6bd15ca, 10, 34, new PartitionId(5), new ExtentId(0), 0, 0x6b02099b0000000a, 0));

    public static readonly GoldenPacket TinyAppendRefused = Packet("captured: tiny append refused",
        """
        ff1003f602c6bd15ca00000063000000220000000000000005000000000000000000000000000000006b02099b0000000a0000000000000000000000
        0000000000000000013132372e302e302e31313a31373331302f3132372e302e302e31323a31373331302f416374696f6e50726570617265506b745f
        636865636b5061636b6574416e645072657061726520706172746974696f6e203520476574417661696c61626c6554696e79457874656e7420657272
        6f72206e6f20617661696c61626c6520657874656e74
        """,
        new PacketHeader(0x10, Opcode.Write, ResultCode.DiskNoSpace, 2, 0xc6bd15ca, 99, 34, new PartitionId(5), new ExtentId(0), 0, 0x6b02099b0000000a, 0));

    public static readonly GoldenPacket TinyAppendReply = Packet("captured: tiny append reply",
        """
        ff1003f002ad74087900000000000000000000000000000001000000000000002c00000000000000006b02099b000000130000000000000000000000
        000000000000000001
        """,
        new PacketHeader(0x10, Opcode.Write, ResultCode.Ok, 2, 0xad740879, 0, 0, new PartitionId(1), new ExtentId(44), 0, 0x6b02099b00000013, 0));

    public static readonly GoldenPacket AppendFailedAtFollower = Packet("captured: append failed at follower",
        """
        ff1103f302d3e6cc9d0000006f000000000000000000000008000000000000040b00000000000220006b020b790000011c0000000000122000000000
        000000000000000001416374696f6e5265636569766546726f6d466f6c6c6f7765725f416374696f6e53656e64546f466f6c6c6f776572735f777269
        746520746370203132372e302e302e313a33363936362d3e3132372e302e302e31323a31373331303a2077726974653a2062726f6b656e2070697065
        """,
        new PacketHeader(0x11, Opcode.Write, ResultCode.IntraGroupNetError, 2, 0xd3e6cc9d, 111, 0, new PartitionId(8), new ExtentId(1035), 139264, 0x6b020b790000011c, 1187840));

    public static readonly GoldenPacket SyncAppendReply = Packet("captured: sync append reply",
        """
        ff1113f002da5b42cd00000000000000000000000000000008000000000000040a00000000000000006b020b51000000160000000000100000000000
        000000000000000001
        """,
        new PacketHeader(0x11, Opcode.SyncWrite, ResultCode.Ok, 2, 0xda5b42cd, 0, 0, new PartitionId(8), new ExtentId(1034), 0, 0x6b020b5100000016, 1048576));

    public static readonly GoldenPacket SyncOverwriteReply = Packet("captured: sync overwrite reply",
        """
        ff11b5f000ad74087900000000000000000000000000000008000000000000040a00000000000000006b020b510000001f0000000000100000000000
        000000000000000001
        """,
        new PacketHeader(0x11, Opcode.SyncRandomWriteVersionReply, ResultCode.Ok, 0, 0xad740879, 0, 0, new PartitionId(8), new ExtentId(1034), 0, 0x6b020b510000001f, 1048576));

    public static readonly GoldenPacket OverwriteReply = Packet("captured: overwrite reply",
        """
        ff110ff000c71c001100000000000000000000000000000007000000000000040200000000000000006b02099b000000420000000000100000000000
        000000000000000001
        """,
        new PacketHeader(0x11, Opcode.RandomWrite, ResultCode.Ok, 0, 0xc71c0011, 0, 0, new PartitionId(7), new ExtentId(1026), 0, 0x6b02099b00000042, 1048576));

    public static readonly GoldenPacket StreamRead = Packet("captured: stream read",
        """
        ff110500000000000000001000000000000000000000000007000000000000040200000000000000006b0209b7000000070000000000100000000000
        000000000000000001
        """,
        new PacketHeader(0x11, Opcode.StreamRead, ResultCode.None, 0, 0x0, 4096, 0, new PartitionId(7), new ExtentId(1026), 0, 0x6b0209b700000007, 1048576));

    public static readonly GoldenPacket StreamReadData = Packet("captured: stream read data",
        """
        ff0105f000c6bd15ca0000000a000000000000000000000003000000000000040100000000000000006b0209b7000000170000000000000000d09fdd
        88c78c81a0ef19
        """,
        new PacketHeader(0x01, Opcode.StreamRead, ResultCode.Ok, 0, 0xc6bd15ca, 10, 0, new PartitionId(3), new ExtentId(1025), 0, 0x6b0209b700000017, 0));

    public static readonly GoldenPacket StreamReadRefused = Packet("captured: stream read refused",
        """
        ff1105fc000000000000000028000000000000000000000004000000000000040100000000000000006b020fd9000000160000000000100000000000
        000000000000000001416374696f6e53747265616d526561645f72616674206973206e6f7420746865206c65616465722e
        """,
        new PacketHeader(0x11, Opcode.StreamRead, ResultCode.TryOtherAddress, 0, 0x0, 40, 0, new PartitionId(4), new ExtentId(1025), 0, 0x6b020fd900000016, 1048576));

    public static readonly GoldenPacket FollowerRead = Packet("captured: follower read",
        """
        ff110600000000000000010000000000000000000000000003000000000000001800000000000000006b020595000000070000000000020000000000
        000000000000000001
        """,
        new PacketHeader(0x11, Opcode.StreamFollowerRead, ResultCode.None, 0, 0x0, 65536, 0, new PartitionId(3), new ExtentId(24), 0, 0x6b02059500000007, 131072));

    public static readonly GoldenPacket WatermarkRequest = Packet("captured: watermark request",
        """
        ff010700000000000000000000000000000000000000000001000000000000000000000000000000006b020429000000080000000000000000
        """,
        new PacketHeader(0x01, Opcode.GetAllWatermarks, ResultCode.None, 0, 0x0, 0, 0, new PartitionId(1), new ExtentId(0), 0, 0x6b02042900000008, 0));

    public static readonly GoldenPacket TinyWatermarkRequest = Packet("captured: tiny watermark request",
        """
        ff000700000000000000000004000000000000000000000001000000000000000000000000000000006b020429000001b000000000000000005b3438
        5d
        """,
        new PacketHeader(0x00, Opcode.GetAllWatermarks, ResultCode.None, 0, 0x0, 4, 0, new PartitionId(1), new ExtentId(0), 0, 0x6b020429000001b0, 0));

    public static readonly GoldenPacket TinyWatermarkReply = Packet("captured: tiny watermark reply",
        """
        ff0007f0000000000000000075000000000000000000000001000000000000000000000000000000006b020429000001b000000000000000005b7b22
        64656c65746564223a66616c73652c22437263223a302c2266696c654964223a34382c2273697a65223a383139322c226d6f6454696d65223a302c22
        736e617053697a65223a3133343231373732382c22736e6170507265416c6c6f6353697a65223a302c226170706c794944223a307d5d
        """,
        new PacketHeader(0x00, Opcode.GetAllWatermarks, ResultCode.Ok, 0, 0x0, 117, 0, new PartitionId(1), new ExtentId(0), 0, 0x6b020429000001b0, 0));

    public static readonly GoldenPacket RepairTask = Packet("captured: repair task",
        """
        ff010800000000000000000082000000000000000000000001000000000000000000000000000000006b0204290000000a00000000000000007b2254
        61736b54797065223a312c22457874656e7473546f426543726561746564223a5b5d2c22457874656e7473546f42655265706169726564223a5b5d2c
        224c656164657254696e7944656c6574655265636f726446696c6553697a65223a302c224c656164657241646472223a223132372e302e302e31333a
        3137333130227d
        """,
        new PacketHeader(0x01, Opcode.NotifyReplicasToRepair, ResultCode.None, 0, 0x0, 130, 0, new PartitionId(1), new ExtentId(0), 0, 0x6b0204290000000a, 0));

    public static readonly GoldenPacket MinAppliedId = Packet("captured: min applied id",
        """
        ff000a00000000000000000008000000000000000000000007000000000000000000000000000000006b0208e00000007d0000000000000000000000
        0000000008
        """,
        new PacketHeader(0x00, Opcode.BroadcastMinAppliedId, ResultCode.None, 0, 0x0, 8, 0, new PartitionId(7), new ExtentId(0), 0, 0x6b0208e00000007d, 0));

    public static readonly GoldenPacket AppliedIdReply = Packet("captured: applied id reply",
        """
        ff0010f0000000000000000008000000000000000000000007000000000000000000000000000000006b0208e00000007b0000000000000000000000
        0000000008
        """,
        new PacketHeader(0x00, Opcode.GetAppliedId, ResultCode.Ok, 0, 0x0, 8, 0, new PartitionId(7), new ExtentId(0), 0, 0x6b0208e00000007b, 0));

    public static readonly GoldenPacket PartitionSizeReply = Packet("captured: partition size reply",
        """
        ff0011f0000000000000000010000000000000000000000001000000000000040300000000000000006b0206400000000e0000000000000000000000
        00000030000000000000001000
        """,
        new PacketHeader(0x00, Opcode.GetPartitionSize, ResultCode.Ok, 0, 0x0, 16, 0, new PartitionId(1), new ExtentId(1027), 0, 0x6b0206400000000e, 0));

    public static readonly GoldenPacket MaxExtentIdReply = Packet("captured: max extent id reply",
        """
        ff0016f0000000000000000010000000000000000000000001000000000000000000000000000000006b020640000000080000000000000000000000
        00000004030000000000003000
        """,
        new PacketHeader(0x00, Opcode.GetMaxExtentIdAndPartitionSize, ResultCode.Ok, 0, 0x0, 16, 0, new PartitionId(1), new ExtentId(0), 0, 0x6b02064000000008, 0));

    public static readonly GoldenPacket TryToLeader = Packet("captured: try to leader",
        """
        ff006900000000000000000113000000000000000000000002000000000000000000000000000000006b0204240000010700000000000000007b2249
        44223a22616464725b3132372e302e302e31333a31373331305d5f6f705b3130355d5f44617461506172746974696f6e49445b325d222c2250617274
        6974696f6e4944223a322c224469736b223a22222c224f70436f6465223a3130352c224f70657261746f7241646472223a223132372e302e302e3133
        3a3137333130222c22537461747573223a302c2253656e6454696d65223a302c2243726561746554696d65223a313739353239343337382c2253656e
        64436f756e74223a302c2252657175657374223a6e756c6c2c22526573706f6e7365223a6e756c6c2c22526571756573744944223a22643366613235
        66382d643032612d343938382d386265642d373336323435346335383936227d
        """,
        new PacketHeader(0x00, Opcode.DataPartitionTryToLeader, ResultCode.None, 0, 0x0, 275, 0, new PartitionId(2), new ExtentId(0), 0, 0x6b02042400000107, 0));

    public static readonly GoldenPacket SetRepairingStatus = Packet("captured: set repairing status",
        """
        ff008c00000000000000000138000000000000000000000002000000000000000000000000000000006b0204240000065100000000000000007b2249
        44223a22616464725b3132372e302e302e31313a31373331305d5f6f705b3134305d5f44617461506172746974696f6e49445b325d222c2250617274
        6974696f6e4944223a322c224469736b223a22222c224f70436f6465223a3134302c224f70657261746f7241646472223a223132372e302e302e3131
        3a3137333130222c22537461747573223a302c2253656e6454696d65223a302c2243726561746554696d65223a313739353239353034392c2253656e
        64436f756e74223a302c2252657175657374223a7b22506172746974696f6e4964223a322c22526570616972696e67537461747573223a66616c7365
        7d2c22526573706f6e7365223a6e756c6c2c22526571756573744944223a2232623263653632362d646139662d343938632d393630342d3437316537
        66353730373239227d
        """,
        new PacketHeader(0x00, Opcode.SetRepairingStatus, ResultCode.None, 0, 0x0, 312, 0, new PartitionId(2), new ExtentId(0), 0, 0x6b02042400000651, 0));

    public static readonly IReadOnlyList<GoldenPacket> All =
    [
        CreateRequest, CreateHop, CreateReply, CreateRefused, TinyAppend, TinyAppendRefused, TinyAppendReply,
        AppendFailedAtFollower, SyncAppendReply, SyncOverwriteReply, OverwriteReply, StreamRead, StreamReadData,
        StreamReadRefused, FollowerRead, WatermarkRequest, TinyWatermarkRequest, TinyWatermarkReply, RepairTask, MinAppliedId,
        AppliedIdReply, PartitionSizeReply, MaxExtentIdReply, TryToLeader, SetRepairingStatus,
    ];

    private static GoldenPacket Packet(string name, string hex, PacketHeader header)
    {
        var bytes = Hex.Bytes(hex);
        var data = header.EncodedBytes + (int)header.ArgBytes;
        return new GoldenPacket(name, bytes, header, bytes[header.EncodedBytes..data], bytes[data..]);
    }
}
