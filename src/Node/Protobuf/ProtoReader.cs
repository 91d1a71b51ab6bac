namespace CubeActors.Node;

/// <summary>Finds single fields in protobuf that came from outside: nothing of it is believed, and nothing is allocated. Source: protobuf.dev, encoding.</summary>
internal static class ProtoReader
{
    private const int VarintType = 0, Fixed64Type = 1, BytesType = 2, Fixed32Type = 5;

    /// <summary>The first bytes, text or message with this number.</summary>
    /// <returns>False if there is none, or the message is malformed before it.</returns>
    public static bool TryFind(ReadOnlySpan<byte> message, int field, out ReadOnlySpan<byte> value)
    {
        while (TryNext(ref message, out var number, out var type, out _, out value))
            if (number == field && type == BytesType) return true;
        value = default;
        return false;
    }

    /// <summary>The first varint with this number.</summary>
    public static bool TryFindNumber(ReadOnlySpan<byte> message, int field, out ulong value)
    {
        while (TryNext(ref message, out var number, out var type, out value, out _))
            if (number == field && type == VarintType) return true;
        value = 0;
        return false;
    }

    /// <summary>Takes one field from the front.</summary>
    private static bool TryNext(scoped ref ReadOnlySpan<byte> message, out int field, out int type, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        (field, type, number) = (0, 0, 0);
        bytes = default;
        if (!TryVarint(ref message, out var tag)) return false;
        (field, type) = ((int)(tag >> 3), (int)(tag & 7));
        ulong length;
        switch (type)
        {
            case VarintType: return TryVarint(ref message, out number);
            case Fixed64Type: length = 8; break;
            case Fixed32Type: length = 4; break;
            case BytesType when TryVarint(ref message, out length): break;
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
