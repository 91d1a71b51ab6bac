using System.Buffers.Binary;

namespace CubeActors.Storage.Tests;

/// <summary>Makes the bytes of a CubeFS raft log from its rules alone, without any code of the product.</summary>
internal static class WalBuilder
{
    public sealed record Entry(ulong Index, ulong Term, byte[] Data, byte Type = 0);

    public static byte[] EntryData(Entry entry) => [entry.Type, .. U64(entry.Term), .. U64(entry.Index), .. entry.Data];

    public static byte[] Record(byte type, byte[] data) => [type, .. U64((ulong)data.Length), .. data, .. U32(Masked(data))];

    public static byte[] EntryRecord(Entry entry) => Record(1, EntryData(entry));

    /// <summary>A file of entries, finished with index and footer or not.</summary>
    public static byte[] File(IReadOnlyList<Entry> entries, bool finished)
    {
        var (bytes, index) = (new List<byte>(), new List<byte>(U32((uint)entries.Count)));
        foreach (var entry in entries)
        {
            index.AddRange([.. U64(entry.Index), .. U64(entry.Term), .. U32((uint)bytes.Count)]);
            bytes.AddRange(EntryRecord(entry));
        }
        if (!finished) return [.. bytes];
        var footer = Record(3, [.. U64((ulong)bytes.Count), 0xF9, 0xBF, 0x3E, 0x0A, 0xD3, 0xC5, 0xCC, 0x3F]);
        return [.. bytes, .. Record(2, [.. index]), .. footer];
    }

    public static byte[] Meta(ulong term, ulong commit, ulong vote, ulong truncatedIndex, ulong truncatedTerm) =>
        [.. U64(term), .. U64(commit), .. U64(vote), .. U64(truncatedIndex), .. U64(truncatedTerm)];

    public static string Name(ulong sequence, ulong index) => $"{sequence:x16}-{index:x16}.log";

    /// <summary>Entries first..last of one term; each with data of its own.</summary>
    public static Entry[] Entries(ulong first, ulong last, ulong term, int bytes = 10)
    {
        var entries = new List<Entry>();
        for (var index = first; index <= last; index++) entries.Add(new Entry(index, term, DataOf(index, term, bytes)));
        return [.. entries];
    }

    /// <summary>Data that only this entry has.</summary>
    public static byte[] DataOf(ulong index, ulong term, int bytes)
    {
        var data = new byte[bytes];
        new Random((int)(index * 1000 + term)).NextBytes(data);
        return data;
    }

    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
        }
        return ~crc;
    }

    public static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = Crc32C(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
