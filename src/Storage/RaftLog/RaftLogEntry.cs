using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>An entry to append. The data stays the caller's and must not change until the append has returned.</summary>
/// <param name="Data">As many bytes as the header says.</param>
public readonly record struct RaftLogEntry(RaftEntryHeader Header, ReadOnlyMemory<byte> Data);

/// <summary>An entry that was read, in the buffer that it was read into.</summary>
/// <param name="DataOffset">
/// Where in the buffer its data starts. The 21 bytes in front of it are what an append message has there: length (u32) and entry header.
/// </param>
public readonly record struct RaftLogSlice(RaftEntryHeader Header, int DataOffset)
{
    /// <summary>Length and entry header, as on the wire, in front of the data.</summary>
    public const int WirePrefixBytes = 4 + RaftEntryHeader.Bytes;

    /// <summary>The entry as an append message carries it.</summary>
    public ReadOnlySpan<byte> Wire(ReadOnlySpan<byte> buffer) =>
        buffer.Slice(DataOffset - WirePrefixBytes, WirePrefixBytes + Header.DataBytes);

    public ReadOnlySpan<byte> Data(ReadOnlySpan<byte> buffer) => buffer.Slice(DataOffset, Header.DataBytes);
}

public enum RaftLogReadStatus
{
    /// <summary>At least one entry was read.</summary>
    Read,
    /// <summary>The first entry asked for was truncated from the front: a snapshot is needed.</summary>
    Truncated,
    /// <summary>The log does not go that far.</summary>
    BehindEnd,
    /// <summary>Not even the first entry fits; <see cref="RaftLogRead.BytesNeeded"/> says how large the buffer must be.</summary>
    BufferTooSmall,
    /// <summary>The stored bytes are broken: this replica cannot serve this part of its log any more.</summary>
    Damaged,
}

/// <param name="Count">Entries read.</param>
/// <param name="BytesNeeded">With BufferTooSmall.</param>
/// <param name="Problem">With Damaged: file, offset and what is wrong there.</param>
public readonly record struct RaftLogRead(RaftLogReadStatus Status, int Count = 0, long BytesNeeded = 0, string? Problem = null);
