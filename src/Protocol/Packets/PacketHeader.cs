namespace CubeActors.Protocol;

/// <summary>The front of every packet: 57 bytes, 65 or 69 by <see cref="ExtentTypes"/>; big-endian. Byte table: docs/formats/packet.md.</summary>
/// <remarks>Source: CubeFS proto/packet.go MarshalHeader, util/unit.go PacketHeaderSize, PacketHeaderVerSize, PacketHeaderProtoVerSize.</remarks>
/// <param name="ExtentType">Bits of <see cref="ExtentTypes"/>.</param>
/// <param name="RemainingFollowers">See <see cref="Protocol.RemainingFollowers"/>.</param>
/// <param name="Crc">CRC-32 of Data for writes and read data; echoed in the other replies.</param>
/// <param name="Size">Bytes of Data that follow; on a read request the bytes asked for, and none follow.</param>
/// <param name="ArgBytes">Bytes of Arg between header and Data. Error replies may echo the request's Arg.</param>
/// <param name="KernelOffset">Offset in the file: carried and echoed, never interpreted.</param>
/// <param name="VersionSequence">On the wire only with bit 0x10 or 0x80; 0 without snapshots.</param>
public readonly partial record struct PacketHeader(
    byte ExtentType, Opcode Opcode, ResultCode Result, byte RemainingFollowers, uint Crc, uint Size, uint ArgBytes,
    PartitionId Partition, ExtentId Extent, long ExtentOffset, long RequestId, ulong KernelOffset, ulong VersionSequence = 0)
{
    public const int BaseBytes = 57;
    public const int BytesMax = 69;
    public const byte Magic = 0xFF;
    /// <summary>The only protocol version there is; written whenever bit 0x10 is set.</summary>
    public const uint ProtocolVersion = 1;
    private const int VersionedBytes = 65;

    /// <summary>57, 65 or 69: what <see cref="Write"/> fills. A <see cref="VersionList"/> is not counted.</summary>
    public int EncodedBytes => EncodedBytesFor(ExtentType);
    public bool HasProtocolVersion => (ExtentType & ExtentTypes.ProtocolVersion) != 0;
    public bool HasVersionList => (ExtentType & ExtentTypes.VersionList) != 0;
    public bool IsNormalExtent => (ExtentType & ExtentTypes.Normal) != 0;
    /// <summary>A read: Size says what is wanted, the packet ends with Arg.</summary>
    public bool IsRequestWithoutData => Result == ResultCode.None && Opcodes.IsRead(Opcode);
    /// <summary>Bytes of Data that follow on the wire.</summary>
    public uint DataBytes => IsRequestWithoutData ? 0 : Size;

    /// <summary>Reads one header from the front of <paramref name="source"/>. Never throws, never allocates.</summary>
    /// <param name="limits">Those of the direction that is read: <see cref="PacketLimits.Requests"/> or <see cref="PacketLimits.Replies"/>.</param>
    /// <param name="bytesRead">57, 65 or 69 when Complete, else 0. A version list, Arg and Data follow there, in this order.</param>
    /// <returns>Malformed (magic, or a length above <paramref name="limits"/>), NeedMore, or Complete.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, in PacketLimits limits, out PacketHeader header, out int bytesRead)
    {
        header = default;
        bytesRead = 0;
        if (source.Length > 0 && source[0] != Magic) return DecodeStatus.Malformed; // hang up on the first wrong byte
        if (source.Length < BaseBytes) return DecodeStatus.NeedMore;                // the caller keeps what it has
        var reader = new BigEndianReader(source[1..]);
        var read = new PacketHeader(
            reader.U8(), (Opcode)reader.U8(), (ResultCode)reader.U8(), reader.U8(), reader.U32(), reader.U32(), reader.U32(),
            new PartitionId(reader.U64()), new ExtentId(reader.U64()), reader.I64(), reader.I64(), reader.U64());
        // Limits before buffers: a length from a peer must not size an allocation unchecked.
        if (!limits.Allow(read)) return DecodeStatus.Malformed;
        if (source.Length < read.EncodedBytes) return DecodeStatus.NeedMore;
        if (read.EncodedBytes > BaseBytes) read = read with { VersionSequence = reader.U64() };
        header = read;
        bytesRead = read.EncodedBytes; // the protocol version in the last four bytes says no more than its bit
        return DecodeStatus.Complete;
    }

    /// <summary>Writes the header to the front of <paramref name="destination"/>, which must hold <see cref="EncodedBytes"/>.</summary>
    /// <returns>Bytes written: <see cref="EncodedBytes"/>.</returns>
    public int Write(Span<byte> destination)
    {
        var writer = new BigEndianWriter(destination[..EncodedBytes]);
        writer.U8(Magic);
        writer.U8(ExtentType);
        writer.U8((byte)Opcode);
        writer.U8((byte)Result);
        writer.U8(RemainingFollowers);
        writer.U32(Crc);
        writer.U32(Size);
        writer.U32(ArgBytes);
        writer.U64(Partition.Value);
        writer.U64(Extent.Value);
        writer.I64(ExtentOffset);
        writer.I64(RequestId);
        writer.U64(KernelOffset);
        if (EncodedBytes > BaseBytes) writer.U64(VersionSequence);
        if (HasProtocolVersion) writer.U32(ProtocolVersion);
        return EncodedBytes;
    }

    // The order of the tests is the format: with both bits the long form is used.
    private static int EncodedBytesFor(byte extentType) =>
        (extentType & ExtentTypes.ProtocolVersion) != 0 ? BytesMax
        : (extentType & ExtentTypes.MultiVersion) != 0 ? VersionedBytes
        : BaseBytes;
}
