namespace CubeActors.Protocol;

/// <summary>What a log entry is for.</summary>
public enum RaftEntryType : byte
{
    /// <summary>A command of the state machine; without data a leader's first entry.</summary>
    Normal = 0,
    /// <summary>A change of the members: a <see cref="MembershipChange"/>.</summary>
    Membership = 1,
}

/// <summary>The 17 bytes in front of an entry's data, on the wire and in the log alike. Byte table: docs/formats/raft.md.</summary>
/// <param name="DataBytes">Bytes of data behind it; not encoded here, the size that stands before an entry or a record counts it.</param>
public readonly record struct RaftEntryHeader(RaftEntryType Type, ulong Term, ulong Index, int DataBytes)
{
    public const int Bytes = 17;

    /// <summary>The header with its entry's size in front of it, as in append messages.</summary>
    public const int SizedBytes = sizeof(uint) + Bytes;

    /// <summary>Header and data.</summary>
    public int EncodedBytes => Bytes + DataBytes;

    public LogPosition Position => new(Term, Index);

    /// <summary>Reads the header of one whole entry; the data are what lies behind it. Never throws, never allocates.</summary>
    /// <param name="entry">Header and data, nothing more.</param>
    /// <returns>Malformed (a type that no peer writes), NeedMore below 17 bytes, or Complete.</returns>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> entry, out RaftEntryHeader header)
    {
        header = default;
        if (entry.Length > 0 && entry[0] > (byte)RaftEntryType.Membership) return DecodeStatus.Malformed;
        if (entry.Length < Bytes) return DecodeStatus.NeedMore;
        var reader = new BigEndianReader(entry);
        header = new RaftEntryHeader((RaftEntryType)reader.U8(), reader.U64(), reader.U64(), entry.Length - Bytes);
        return DecodeStatus.Complete;
    }

    /// <summary>Writes <see cref="Bytes"/>; the data follow.</summary>
    public int Write(Span<byte> destination)
    {
        var writer = new BigEndianWriter(destination[..Bytes]);
        writer.U8((byte)Type);
        writer.U64(Term);
        writer.U64(Index);
        return Bytes;
    }

    /// <summary>Writes <see cref="SizedBytes"/>: the size of header and data, then the header.</summary>
    public int WriteSized(Span<byte> destination)
    {
        new BigEndianWriter(destination).U32((uint)EncodedBytes);
        return sizeof(uint) + Write(destination[sizeof(uint)..]);
    }
}
