using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>The packets of one answer, one behind the other, open to be falsified. Kept and used again.</summary>
internal sealed class AnswerBuffer
{
    private byte[] _bytes = new byte[64 * 1024];

    /// <summary>Where each packet is.</summary>
    public List<Part> Parts { get; } = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> All => _bytes.AsSpan(0, Length);

    public ReadOnlySpan<byte> Of(Part part) => _bytes.AsSpan(part.Start, part.Bytes);

    public void Clear()
    {
        Parts.Clear();
        Length = 0;
    }

    /// <summary>Adds a packet whose Size and ArgBytes are those of what is given, and whose CRC is the header's, or the data's.</summary>
    public void Add(PacketHeader header, ReadOnlySpan<byte> arg, ReadOnlySpan<byte> data, bool hasCrcOfData)
    {
        header = header with { Size = (uint)data.Length, ArgBytes = (uint)arg.Length, Crc = hasCrcOfData ? Crc32.Compute(data) : header.Crc };
        var part = new Part(Length, header, arg.Length, data.Length, hasCrcOfData);
        while (_bytes.Length < Length + part.Bytes) Array.Resize(ref _bytes, _bytes.Length * 2);
        header.Write(_bytes.AsSpan(part.Start));
        arg.CopyTo(_bytes.AsSpan(part.ArgStart));
        data.CopyTo(_bytes.AsSpan(part.DataStart));
        Parts.Add(part);
        Length += part.Bytes;
    }

    /// <summary>Writes a header over the one of a packet, as it is.</summary>
    public void Rewrite(Part part, PacketHeader header) => header.Write(_bytes.AsSpan(part.Start));

    public Span<byte> DataOf(Part part) => _bytes.AsSpan(part.DataStart, part.DataBytes);

    public Span<byte> ArgOf(Part part) => _bytes.AsSpan(part.ArgStart, part.ArgBytes);

    /// <summary>A packet of 57 bytes and what follows.</summary>
    internal readonly record struct Part(int Start, PacketHeader Header, int ArgBytes, int DataBytes, bool HasCrcOfData)
    {
        public int ArgStart => Start + PacketHeader.BaseBytes;
        public int DataStart => ArgStart + ArgBytes;
        public int Bytes => PacketHeader.BaseBytes + ArgBytes + DataBytes;
    }
}
