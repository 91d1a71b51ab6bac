namespace CubeActors.Node;

/// <summary>Reads fields of protobuf that came from outside: nothing of it is believed, and nothing is allocated. Source: protobuf.dev, encoding.</summary>
internal static class ProtoReader
{
    /// <summary>The first bytes, text or message with this number.</summary>
    /// <returns>False if there is none, or the message is malformed before it.</returns>
    public static bool TryFind(ReadOnlySpan<byte> message, int field, out ReadOnlySpan<byte> value)
    {
        while (TryNext(ref message, out var number, out var type, out _, out value))
            if (number == (ulong)field && type == WireType.Bytes) return true;
        value = default;
        return false;
    }

    /// <summary>The first varint with this number.</summary>
    public static bool TryFindNumber(ReadOnlySpan<byte> message, int field, out ulong value)
    {
        while (TryNext(ref message, out var number, out var type, out value, out _))
            if (number == (ulong)field && type == WireType.Varint) return true;
        value = 0;
        return false;
    }

    /// <summary>Takes one field from the front.</summary>
    /// <param name="number">The value of a varint.</param>
    /// <param name="bytes">The value of every other type.</param>
    /// <returns>False at the end, and if the message is malformed here; the two differ in whether something is left.</returns>
    public static bool TryNext(scoped ref ReadOnlySpan<byte> message, out ulong field, out WireType type, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        (field, type, number) = (0, 0, 0);
        bytes = default;
        if (!TryVarint(ref message, out var tag)) return false;
        (field, type) = (tag >> 3, (WireType)(tag & 7));
        ulong length;
        switch (type)
        {
            case WireType.Varint: return TryVarint(ref message, out number);
            case WireType.Fixed64: length = 8; break;
            case WireType.Fixed32: length = 4; break;
            case WireType.Bytes when TryVarint(ref message, out length): break;
            default: return false;
        }

        if (length > (ulong)message.Length) return false;
        bytes = message[..(int)length];
        message = message[(int)length..];
        return true;
    }

    private static bool TryVarint(scoped ref ReadOnlySpan<byte> message, out ulong value)
    {
        const int bytesMax = 10;
        value = 0;
        for (var i = 0; i < bytesMax && i < message.Length; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] >= 0x80) continue;
            message = message[(i + 1)..];
            return true;
        }

        return false;
    }
}
