using System.Buffers.Binary;
using System.Text;

namespace CubeActors.Node;

/// <summary>Writes protobuf into a buffer that grows. Fields that hold their default are left to the caller. Source: protobuf.dev, encoding.</summary>
internal sealed class ProtoWriter
{
    private byte[] _buffer = new byte[4096];
    private int _at;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _at);

    public void Number(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Varint(value);
    }

    /// <summary>A fixed64, sfixed64 or double, by its bits.</summary>
    public void Fixed(int field, ulong bits)
    {
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(Take(8), bits);
    }

    public void Double(int field, double value) => Fixed(field, (ulong)BitConverter.DoubleToInt64Bits(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, WireType.Bytes);
        Varint((ulong)value.Length);
        value.CopyTo(Take(value.Length));
    }

    public void Text(int field, string value)
    {
        Tag(field, WireType.Bytes);
        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)bytes);
        Encoding.UTF8.GetBytes(value, Take(bytes));
    }

    /// <summary>Begins a message within this one. <see cref="End"/> follows.</summary>
    /// <returns>Its place.</returns>
    public int Begin(int field)
    {
        Tag(field, WireType.Bytes);
        return _at;
    }

    /// <summary>Puts the length before the message, for which what was written moves on by a few bytes.</summary>
    public void End(int place)
    {
        var bytes = _at - place;
        Span<byte> length = stackalloc byte[10];
        var lengthBytes = Encode(length, (ulong)bytes);
        Take(lengthBytes);
        _buffer.AsSpan(place, bytes).CopyTo(_buffer.AsSpan(place + lengthBytes));
        length[..lengthBytes].CopyTo(_buffer.AsSpan(place));
    }

    private void Tag(int field, WireType type) => Varint((ulong)((field << 3) | (int)type));

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        bytes[..Encode(bytes, value)].CopyTo(Take(Encode(bytes, value)));
    }

    private static int Encode(Span<byte> bytes, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) bytes[at++] = (byte)(value | 0x80);
        bytes[at++] = (byte)value;
        return at;
    }

    private Span<byte> Take(int bytes)
    {
        if (_buffer.Length - _at < bytes) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _at + bytes));
        var taken = _buffer.AsSpan(_at, bytes);
        _at += bytes;
        return taken;
    }
}
