using System.Buffers.Binary;

namespace CubeActors.Actors;

/// <summary>Ids of operations: UUIDs of version 7, which sort by the time they were made at.</summary>
/// <remarks>Time and chance come from the node's seams, so that a simulated run has the same ids every time.</remarks>
internal static class OperationIds
{
    private const int Bytes = 16, TimeBytes = 6;

    /// <summary>The id of a part of an operation: its own, but for the last two bytes, so that whoever sees both sees that they belong together.</summary>
    /// <param name="number">1 and up; of one operation each is used once.</param>
    public static Guid Part(Guid operation, int number)
    {
        Span<byte> id = stackalloc byte[Bytes];
        operation.TryWriteBytes(id, bigEndian: true, out _);
        var last = id[(Bytes - sizeof(ushort))..];
        BinaryPrimitives.WriteUInt16BigEndian(last, unchecked((ushort)(BinaryPrimitives.ReadUInt16BigEndian(last) + number)));
        return new Guid(id, bigEndian: true);
    }

    public static Guid Next(TimeProvider time, Random random)
    {
        Span<byte> id = stackalloc byte[Bytes];
        random.NextBytes(id);
        Span<byte> milliseconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, time.GetUtcNow().ToUnixTimeMilliseconds());
        milliseconds[(sizeof(long) - TimeBytes)..].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x70); // version 7
        id[8] = (byte)((id[8] & 0x3F) | 0x80); // the variant of RFC 9562
        return new Guid(id, bigEndian: true);
    }
}
