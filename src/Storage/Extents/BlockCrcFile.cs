using System.Buffers.Binary;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>EXTENT_CRC: 4096 bytes an extent at id × 4096, one big-endian CRC a block. Thread-safe for different extents.</summary>
/// <remarks>
/// EXTENT_CRC_0, _1, ... hold the blocks of snapshot data. This version writes none of them; it keeps them in step when an extent is
/// deleted or space is reserved. Byte table: docs/formats/extent-store.md.
/// </remarks>
/// <param name="isDirty">What is there may not be synced yet.</param>
internal sealed class BlockCrcFile(IFile main, IReadOnlyList<IFile> snapshots, bool isDirty) : IDisposable
{
    public const string Name = "EXTENT_CRC";
    public const int RecordBytes = ExtentLimits.BlocksMax * sizeof(uint);

    private readonly DirtyMark _dirty = new(isDirty);

    public bool HasSnapshots => snapshots.Count > 0;

    public static string SnapshotName(int number) => $"{Name}_{number}";

    /// <summary>Reads an extent's record; what the file does not reach counts as zeros.</summary>
    public void Load(ExtentId extent, BlockCrcs into)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        record[main.Read(Offset(extent), record)..].Clear();
        if (!record.ContainsAnyExcept((byte)0)) return;
        for (var block = 0; block < ExtentLimits.BlocksMax; block++)
            into.Load(block, BinaryPrimitives.ReadUInt32BigEndian(record[(block * sizeof(uint))..]));
    }

    /// <summary>The stored CRC of one block; 0 where the file does not reach.</summary>
    public uint Read(ExtentId extent, int block)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        return main.Read(Offset(extent) + block * sizeof(uint), bytes) == bytes.Length ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;
    }

    /// <summary>Stores the CRCs of the blocks from <paramref name="first"/> on.</summary>
    public void Store(ExtentId extent, int first, ReadOnlySpan<uint> crcs)
    {
        Span<byte> bytes = stackalloc byte[crcs.Length * sizeof(uint)];
        for (var i = 0; i < crcs.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes[(i * sizeof(uint))..], crcs[i]);
        main.Write(Offset(extent) + first * sizeof(uint), bytes);
        _dirty.Set();
    }

    /// <summary>Stores 0 for every block of a range.</summary>
    public void StoreUnknown(ExtentId extent, int first, int last)
    {
        Span<byte> zeros = stackalloc byte[(last - first + 1) * sizeof(uint)];
        zeros.Clear();
        main.Write(Offset(extent) + first * sizeof(uint), zeros);
        _dirty.Set();
    }

    /// <summary>Gives back the record of a deleted extent.</summary>
    public void Clear(ExtentId extent)
    {
        main.PunchHole(Offset(extent), RecordBytes);
        foreach (var file in snapshots) file.PunchHole(Offset(extent), RecordBytes);
        _dirty.Set();
    }

    /// <summary>Reserves the space of <paramref name="count"/> records, so that a full disk shows at create and not at append.</summary>
    public void Reserve(ulong firstId, int count)
    {
        main.Allocate((long)firstId * RecordBytes, (long)count * RecordBytes);
        foreach (var file in snapshots) file.Allocate((long)firstId * RecordBytes, (long)count * RecordBytes);
        _dirty.Set();
    }

    public void Sync() => _dirty.Sync(main, snapshots);

    public void Dispose()
    {
        main.Dispose();
        foreach (var file in snapshots) file.Dispose();
    }

    private static long Offset(ExtentId extent) => (long)extent.Value * RecordBytes;
}
