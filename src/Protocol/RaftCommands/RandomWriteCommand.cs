namespace CubeActors.Protocol;

/// <summary>An overwrite as it stands in the raft log: 33 bytes, then Size bytes of data.</summary>
/// <remarks>Source: CubeFS datanode/partition_op_by_raft.go MarshalRandWriteRaftLog.</remarks>
/// <param name="Opcode">As the client sent it; it says how to write and whether to sync.</param>
/// <param name="Offset">Bytes into the extent.</param>
/// <param name="Size">Bytes of data; 0 is a no-op that still moves the applied id.</param>
/// <param name="Crc">Of the data, as the client sent it.</param>
public readonly record struct RandomWriteCommand(Opcode Opcode, ExtentId Extent, long Offset, long Size, uint Crc)
{
    public const int HeaderBytes = 33;

    /// <summary>Reads one whole command; its data are the Size bytes at <see cref="HeaderBytes"/>.</summary>
    /// <returns>Malformed (mark, opcode, negative offset or size), NeedMore if header or data are cut off, or Complete.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out RandomWriteCommand command)
    {
        command = default;
        if (source.Length < sizeof(uint)) return DecodeStatus.NeedMore;
        if (RaftCommand.KindOf(source) != RaftCommandKind.RandomWrite) return DecodeStatus.Malformed;
        if (source.Length < HeaderBytes) return DecodeStatus.NeedMore;
        var reader = new BigEndianReader(source[sizeof(uint)..]);
        var read = new RandomWriteCommand((Opcode)reader.U8(), new ExtentId(reader.U64()), reader.I64(), reader.I64(), reader.U32());
        if (!Opcodes.IsRandomWrite(read.Opcode) || read.Offset < 0 || read.Size < 0) return DecodeStatus.Malformed;
        if (source.Length - HeaderBytes < read.Size) return DecodeStatus.NeedMore;
        command = read;
        return DecodeStatus.Complete;
    }

    /// <summary>Writes the 33 bytes; the data follow.</summary>
    public int WriteHeader(Span<byte> destination)
    {
        var writer = new BigEndianWriter(destination[..HeaderBytes]);
        writer.U32(RaftCommand.RandomWriteMark);
        writer.U8((byte)Opcode);
        writer.U64(Extent.Value);
        writer.I64(Offset);
        writer.I64(Size);
        writer.U32(Crc);
        return HeaderBytes;
    }
}
