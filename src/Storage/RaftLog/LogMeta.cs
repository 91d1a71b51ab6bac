using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>META of a raft log: the hard state and the truncation point, in 40 bytes that are written in place.</summary>
/// <remarks>
/// No checksum, and in place: the format gives no choice. The writes lie within one sector, so that a power cut leaves the old or the new
/// ones. Source: CubeFS depends/tiglabs/raft/storage/wal/meta.go. The order is term, commit, vote.
/// </remarks>
internal sealed class LogMeta(IFile file) : IDisposable
{
    public const string Name = "META";
    public const int HardStateBytes = 24, TruncationBytes = 16, Bytes = HardStateBytes + TruncationBytes;

    /// <returns>False if the file has a length that no complete write leaves; Go refuses it too.</returns>
    public static bool TryLoad(IFile file, out HardState state, out LogPosition truncated)
    {
        (state, truncated) = (default, default);
        Span<byte> content = stackalloc byte[Bytes];
        var read = file.Read(0, content);
        if (read == 0) return true;
        if (read is not HardStateBytes and not Bytes) return false;
        content[read..].Clear();
        state = new HardState(U64(content, 0), new NodeId(U64(content, 16)), U64(content, 8));
        truncated = new LogPosition(U64(content, 32), U64(content, 24));
        return true;
    }

    public void SaveHardState(in HardState state)
    {
        Span<byte> content = stackalloc byte[HardStateBytes];
        Put(content, state);
        file.Write(0, content);
    }

    /// <summary>Both parts at once: no crash separates them.</summary>
    public void Save(in HardState state, LogPosition truncated)
    {
        Span<byte> content = stackalloc byte[Bytes];
        Put(content, state);
        BinaryPrimitives.WriteUInt64BigEndian(content[24..], truncated.Index);
        BinaryPrimitives.WriteUInt64BigEndian(content[32..], truncated.Term);
        file.Write(0, content);
    }

    public void Sync() => file.Sync();

    public void Dispose() => file.Dispose();

    private static void Put(Span<byte> content, in HardState state)
    {
        BinaryPrimitives.WriteUInt64BigEndian(content, state.Term);
        BinaryPrimitives.WriteUInt64BigEndian(content[8..], state.Commit);
        BinaryPrimitives.WriteUInt64BigEndian(content[16..], state.Vote.Value);
    }

    private static ulong U64(ReadOnlySpan<byte> content, int at) => BinaryPrimitives.ReadUInt64BigEndian(content[at..]);
}
