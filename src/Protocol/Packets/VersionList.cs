using System.Collections.Immutable;

namespace CubeActors.Protocol;

/// <summary>One version of a volume with snapshots.</summary>
/// <param name="DeletedAt">Unix seconds; 0 while the version lives.</param>
public readonly record struct VolumeVersion(ulong Sequence, long DeletedAt, byte Status);

/// <summary>The list between header and Arg when <see cref="ExtentTypes.VersionList"/> is set: u16 count, then 17 bytes each.</summary>
/// <remarks>Only clusters with snapshots send it; it is read to stay in step with the stream. Source: CubeFS proto/packet.go ReadFromConnWithVer.</remarks>
public static class VersionList
{
    public const int CountBytes = 2;
    public const int EntryBytes = 17;
    /// <summary>CubeFS computes the length in 16 bits, so that longer lists break there.</summary>
    public const int EntriesMax = ushort.MaxValue / EntryBytes;

    /// <param name="bytesRead">Bytes of the whole list when Complete, else 0.</param>
    public static DecodeStatus TryRead(ReadOnlySpan<byte> source, out ImmutableArray<VolumeVersion> versions, out int bytesRead)
    {
        versions = [];
        bytesRead = 0;
        if (source.Length < CountBytes) return DecodeStatus.NeedMore;
        var reader = new BigEndianReader(source);
        int count = reader.U16();
        if (count > EntriesMax) return DecodeStatus.Malformed;
        var listBytes = CountBytes + count * EntryBytes;
        if (source.Length < listBytes) return DecodeStatus.NeedMore;
        var builder = ImmutableArray.CreateBuilder<VolumeVersion>(count);
        for (var i = 0; i < count; i++) builder.Add(new VolumeVersion(reader.U64(), reader.I64(), reader.U8()));
        versions = builder.MoveToImmutable();
        bytesRead = listBytes;
        return DecodeStatus.Complete;
    }
}
