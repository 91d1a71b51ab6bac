using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Decommission;

/// <summary>The packets of clients and metanodes to the first host of a partition.</summary>
internal sealed class ChainRequests(PartitionBook book, PacketLine line)
{
    private const byte Normal = ExtentTypes.Normal | ExtentTypes.ProtocolVersion, Tiny = ExtentTypes.Tiny | ExtentTypes.ProtocolVersion;

    /// <summary>Data of a create: an inode, which data nodes ignore.</summary>
    private static readonly byte[] NoInode = new byte[sizeof(ulong)];

    public Answer Create() => Ask(Normal, Opcode.CreateExtent, default, 0, NoInode, withCrc: false);

    public Answer Append(ExtentId extent, long offset, byte[] data) => Ask(Normal, Opcode.Write, extent, offset, data, withCrc: true);

    public Answer WriteTiny(byte[] data) => Ask(Tiny, Opcode.Write, default, 0, data, withCrc: true);

    /// <summary>0x02, as older metanodes send it.</summary>
    public Answer DeleteOne(ExtentId extent) => Ask(ExtentTypes.Normal, Opcode.MarkDelete, extent, 0, [], withCrc: false);

    /// <inheritdoc cref="DeleteOne(ExtentId)"/>
    public Answer DeleteOne(TinyPiece piece) => Ask(
        ExtentTypes.Tiny, Opcode.MarkDelete, piece.Extent, 0,
        ExtentKeyJson.Write(new ExtentKey { PartitionId = book.Id, ExtentId = piece.Extent, ExtentOffset = (ulong)piece.Offset, Size = (uint)piece.Bytes }), withCrc: false);

    /// <summary>0x75, as metanodes send it.</summary>
    public Answer DeleteMany(IEnumerable<NormalPiece> normal, IEnumerable<TinyPiece> tiny)
    {
        DeleteParam[] list =
        [
            .. normal.Select(piece => new DeleteParam { PartitionId = book.Id, ExtentId = piece.Extent, Size = (uint)piece.Acknowledged }),
            .. tiny.Select(piece => new DeleteParam { PartitionId = book.Id, ExtentId = piece.Extent, ExtentOffset = (ulong)piece.Offset, Size = (uint)piece.Bytes }),
        ];
        return Ask(ExtentTypes.Normal, Opcode.BatchDeleteExtent, default, 0, DeleteParams.Write(list), withCrc: false);
    }

    private Answer Ask(byte type, Opcode opcode, ExtentId extent, long offset, byte[] data, bool withCrc)
    {
        var hosts = book.Addresses; // as the master says at this moment
        var remaining = hosts.Count == 1 ? RemainingFollowers.SingleReplica : (byte)(hosts.Count - 1);
        var header = new PacketHeader(type, opcode, ResultCode.None, remaining, withCrc ? Crc32.Compute(data) : 0, (uint)data.Length, 0, book.Id, extent, offset, 0, 0);
        return line.Ask(hosts[0], header, FollowerList.Format(hosts.Skip(1)), data);
    }
}
