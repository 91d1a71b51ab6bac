using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>The headers that a client sends. Source: data-plane 1.3 (extent types), 3.1 to 3.3, 3.6 and 3.8.</summary>
internal static class Requests
{
    private const byte Normal = ExtentTypes.Normal | ExtentTypes.ProtocolVersion;
    private const byte Tiny = ExtentTypes.Tiny | ExtentTypes.ProtocolVersion;

    /// <summary>Data of a create: the inode, which data nodes ignore and the object layer does not have.</summary>
    public static readonly byte[] NoInode = new byte[sizeof(ulong)];

    public static PacketHeader Create(VolumePartition at, long requestId) =>
        ToChain(at, Normal, Opcode.CreateExtent, 0, NoInode.Length, default, 0, requestId, 0);

    public static PacketHeader Append(VolumePartition at, ExtentId extent, long extentOffset, long fileOffset, int dataBytes, uint crc, long requestId) =>
        ToChain(at, Normal, Opcode.Write, crc, dataBytes, extent, extentOffset, requestId, (ulong)fileOffset);

    public static PacketHeader TinyWrite(VolumePartition at, long fileOffset, int dataBytes, uint crc, long requestId) =>
        ToChain(at, Tiny, Opcode.Write, crc, dataBytes, default, 0, requestId, (ulong)fileOffset);

    /// <summary>Without protocol version, as metanodes send it.</summary>
    public static PacketHeader Delete(VolumePartition at, int dataBytes, long requestId) =>
        ToChain(at, ExtentTypes.Normal, Opcode.BatchDeleteExtent, 0, dataBytes, default, 0, requestId, 0);

    public static PacketHeader Read(VolumePartition at, ExtentId extent, long extentOffset, long fileOffset, int wantedBytes, long requestId) =>
        new(Normal, Opcode.StreamFollowerRead, ResultCode.None, RemainingFollowers.None, 0, (uint)wantedBytes, 0,
            at.Id, extent, extentOffset, requestId, (ulong)fileOffset);

    /// <summary>What the reply to a chain request must repeat; null stands for what the chain leader fills in.</summary>
    public static ReplyExpectation Expect(in PacketHeader request, ExtentId? extent, long? extentOffset) =>
        new(request.Opcode, request.Partition, extent, extentOffset, request.RequestId, request.Crc);

    private static PacketHeader ToChain(
        VolumePartition at, byte extentType, Opcode opcode, uint crc, int dataBytes, ExtentId extent, long extentOffset, long requestId, ulong fileOffset) =>
        new(extentType, opcode, ResultCode.None, at.RemainingFollowers, crc, (uint)dataBytes, (uint)at.FollowerArg.Length,
            at.Id, extent, extentOffset, requestId, fileOffset);
}
