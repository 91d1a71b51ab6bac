using System.Buffers.Binary;
using System.Security.Cryptography;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary><c>.cubeactors-extents</c> at a disk's root: <see cref="KeptExtents"/> of all partitions that a clean stop has closed. Losing it costs a walk through each.</summary>
/// <remarks>
/// For each partition its id (u64) and the length (u32) of what follows, big-endian. The boot record of the stop holds the file's SHA-256, so that it belongs to that
/// stop and no other: the record of the next run, written before anything else is, does not name it any more.
/// </remarks>
internal static class KeptExtentsFile
{
    public const string Name = ".cubeactors-extents";
    public const string TemporaryName = ".cubeactors-extents.new";

    /// <summary>2 million extents. It is read into memory as a whole; what a larger disk gains is little beside what its partitions cost.</summary>
    public const int BytesMax = 64 * 1024 * 1024;

    private const int HeadBytes = sizeof(ulong) + sizeof(uint);

    /// <summary>Durable on return.</summary>
    /// <returns>Its SHA-256 in hexadecimal digits; null if there is none: nothing to keep, or too much.</returns>
    public static string? Save(IFileSystem files, string diskRoot, IReadOnlyCollection<KeyValuePair<PartitionId, byte[]>> kept)
    {
        var length = kept.Sum(partition => (long)HeadBytes + partition.Value.Length);
        if (length is 0 or > BytesMax) return null;
        var content = new byte[length];
        var rest = content.AsSpan();
        foreach (var (partition, extents) in kept)
        {
            BinaryPrimitives.WriteUInt64BigEndian(rest, partition.Value);
            BinaryPrimitives.WriteUInt32BigEndian(rest[sizeof(ulong)..], (uint)extents.Length);
            extents.CopyTo(rest[HeadBytes..]);
            rest = rest[(HeadBytes + extents.Length)..];
        }

        DurableFile.Replace(files, diskRoot, Name, TemporaryName, FilePermission.Data, content);
        return HashOf(content);
    }

    /// <param name="hash">What the boot record names.</param>
    /// <returns>By partition; empty if the file is not that one.</returns>
    public static Dictionary<PartitionId, ReadOnlyMemory<byte>> Load(IFileSystem files, string diskRoot, string hash)
    {
        var kept = new Dictionary<PartitionId, ReadOnlyMemory<byte>>();
        if (files.Stat($"{diskRoot}/{Name}") is not { Length: <= BytesMax } || DurableFile.Read(files, diskRoot, Name, BytesMax) is not { } content || HashOf(content) != hash) return kept;
        for (ReadOnlyMemory<byte> rest = content; rest.Length >= HeadBytes;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest.Span[sizeof(ulong)..]);
            if (length > rest.Length - HeadBytes) break;
            kept[new PartitionId(BinaryPrimitives.ReadUInt64BigEndian(rest.Span))] = rest.Slice(HeadBytes, (int)length);
            rest = rest[(HeadBytes + (int)length)..];
        }

        return kept;
    }

    /// <summary>Where no record names it.</summary>
    public static void Delete(IFileSystem files, string diskRoot)
    {
        files.DeleteFile($"{diskRoot}/{TemporaryName}");
        files.DeleteFile($"{diskRoot}/{Name}");
    }

    private static string HashOf(byte[] content) => Convert.ToHexString(SHA256.HashData(content));
}
