using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>The headers that a client sends. Source: data-plane 1.3 (extent types), 3.1 to 3.6, 3.8 and 3.9.</summary>
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

    /// <param name="opcode">0x05 or 0x06. Normal also for tiny extents, as for overwrites: data nodes tell them apart by id.</param>
    public static PacketHeader Read(VolumePartition at, Opcode opcode, ExtentId extent, long extentOffset, long fileOffset, int wantedBytes, long requestId) =>
        new(Normal, opcode, ResultCode.None, RemainingFollowers.None, 0, (uint)wantedBytes, 0,
            at.Id, extent, extentOffset, requestId, (ulong)fileOffset);

    /// <param name="sync">On disk at every replica that applied it: 0xB4, whose older form 0x12 the SDK does not send any more.</param>
    public static PacketHeader Overwrite(
        VolumePartition at, ExtentId extent, long extentOffset, long fileOffset, int dataBytes, uint crc, bool sync, long requestId) =>
        new(Normal, sync ? Opcode.SyncRandomWriteVersion : Opcode.RandomWrite, ResultCode.None, RemainingFollowers.None, crc, (uint)dataBytes, 0,
            at.Id, extent, extentOffset, requestId, (ulong)fileOffset);

    public static PacketHeader AppliedId(PartitionId partition, long requestId) =>
        new(ExtentTypes.Tiny, Opcode.GetAppliedId, ResultCode.None, RemainingFollowers.None, 0, 0, 0, partition, default, 0, requestId, 0);

    /// <summary>What the reply to a chain request must repeat; null stands for what the chain leader fills in.</summary>
    public static ReplyExpectation Expect(in PacketHeader request, ExtentId? extent, long? extentOffset) =>
        new(request.Opcode, request.Partition, extent, extentOffset, request.RequestId, request.Crc);

    private static PacketHeader ToChain(
        VolumePartition at, byte extentType, Opcode opcode, uint crc, int dataBytes, ExtentId extent, long extentOffset, long requestId, ulong fileOffset) =>
        new(extentType, opcode, ResultCode.None, at.RemainingFollowers, crc, (uint)dataBytes, (uint)at.FollowerArg.Length,
            at.Id, extent, extentOffset, requestId, fileOffset);
}
