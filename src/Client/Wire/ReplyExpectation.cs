using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>What the next reply on a connection must repeat of its request. Source: data-plane 1.5, with the opcode checked everywhere too.</summary>
/// <remarks>Replies are matched by order alone, so that every field that can tell two requests apart is compared.</remarks>
/// <param name="Extent">Null where the server chooses it: creates and tiny writes.</param>
/// <param name="ExtentOffset">Null where the server chooses it: tiny writes.</param>
/// <param name="Crc">Null for reads, where it is the CRC of the data, and for numbers, where nobody sets it.</param>
internal readonly record struct ReplyExpectation(
    Opcode Opcode, PartitionId Partition, ExtentId? Extent, long? ExtentOffset, long RequestId, uint? Crc)
{
    /// <returns>The first field that differs, in words; null if the reply answers this request.</returns>
    public string? FirstMismatch(in PacketHeader reply)
    {
        if (reply.RequestId != RequestId) return $"reply to request {reply.RequestId}, expected {RequestId}";
        var opcode = OpcodeOf(reply.Result);
        if (reply.Opcode != opcode) return $"reply with opcode 0x{(byte)reply.Opcode:x2}, expected 0x{(byte)opcode:x2}";
        if (reply.Partition != Partition) return $"reply for partition {reply.Partition}, expected {Partition}";
        if (reply.Result == ResultCode.None) return "reply without a result code";
        // An error may name the extent that the server had chosen when it failed, or the block of a read that failed.
        if (reply.Result != ResultCode.Ok) return null;
        if (Extent is { } extent && reply.Extent != extent) return $"reply for extent {reply.Extent}, expected {extent}";
        if (ExtentOffset is { } offset && reply.ExtentOffset != offset) return $"reply for offset {reply.ExtentOffset}, expected {offset}";
        if (Crc is { } crc && reply.Crc != crc) return $"reply with CRC {reply.Crc:x8}, expected {crc:x8}";
        return null;
    }

    // The one pair of which the reply names another opcode, and only if it is a success.
    private Opcode OpcodeOf(ResultCode result) =>
        Opcode == Opcode.SyncRandomWriteVersion && result == ResultCode.Ok ? Opcode.SyncRandomWriteVersionReply : Opcode;
}

/// <summary>A reply that answers its request.</summary>
/// <param name="Error">The body of an error, shortened for messages; null on success.</param>
internal readonly record struct PacketReply(PacketHeader Header, string? Error)
{
    public bool IsOk => Error is null;
    public ResultCode Code => Header.Result;

    public override string ToString() => IsOk ? "ok" : $"0x{(byte)Code:x2} {Error}";
}
