using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>What the next packet on a connection has to be.</summary>
/// <param name="Request">As it was sent.</param>
/// <param name="Opcode">That of a success, which for some requests is another than their own.</param>
/// <param name="AlsoOpcode">Another one that is as good.</param>
/// <param name="Offset">That of a success.</param>
/// <param name="Data">Of a success.</param>
/// <param name="ArgBytes">Of a success.</param>
/// <param name="EchoesCrc">The CRC is that of the request; otherwise it is that of the data, which is compared when they are there.</param>
internal readonly record struct ExpectedReply(
    PacketHeader Request, Opcode Opcode, Opcode AlsoOpcode, long Offset, AnswerBytes Data, uint ArgBytes, bool EchoesCrc)
{
    /// <summary>The one packet that answers a question.</summary>
    public static ExpectedReply Single(in PacketHeader request, AnswerBytes data) =>
        new(request, request.Opcode, request.Opcode, request.ExtentOffset, data, 0, EchoesCrc: true);

    /// <summary>For those who look at both.</summary>
    public PacketHeader AsHeader => Request with { Opcode = Opcode, Result = ResultCode.Ok, ExtentOffset = Offset, Size = (uint)Data.Most, ArgBytes = ArgBytes };
}

/// <summary>Compares an answer with its request, field by field. Pure: whoever reads answers of another node asks here, and nobody else decides.</summary>
/// <remarks>
/// Nodes of CubeFS echo request id, partition, extent, offset and opcode in all answers of one packet, and the CRC of requests without data, so that
/// nothing here is too strict for them. Source: storage-and-repair 4.13, 4.14(3); data-plane 1.4, 1.5.
/// </remarks>
internal static class ReplyCheck
{
    /// <returns>None for the success that is expected, and for an error that answers the request.</returns>
    public static ReplyDoubts Compare(in ExpectedReply expected, in PacketHeader reply)
    {
        var request = expected.Request;
        var doubts = Ids(request, reply);
        if (reply.Result == ResultCode.None) doubts |= ReplyDoubts.ResultCode;
        var isAnswer = reply.Opcode == expected.Opcode || reply.Opcode == expected.AlsoOpcode;
        // Errors carry the opcode of the request, whatever its data packets carry, and the offset that failed; their data is a text.
        if (reply.Result != ResultCode.Ok) return isAnswer || reply.Opcode == request.Opcode ? doubts : doubts | ReplyDoubts.Opcode;
        if (!isAnswer) doubts |= ReplyDoubts.Opcode;
        if (reply.ExtentOffset != expected.Offset) doubts |= ReplyDoubts.Offset;
        if (!expected.Data.Allow(reply.Size)) doubts |= ReplyDoubts.Length;
        if (reply.ArgBytes != expected.ArgBytes) doubts |= ReplyDoubts.Argument;
        if (expected.EchoesCrc && reply.Crc != request.Crc) doubts |= ReplyDoubts.Crc;
        return doubts;
    }

    /// <summary>The answer of a follower to a packet of a chain: no data of its own, so that the header is all there is.</summary>
    public static ReplyDoubts CompareInChain(in PacketHeader sent, in PacketHeader reply)
    {
        var doubts = Ids(sent, reply);
        if (reply.Opcode != sent.Opcode) doubts |= ReplyDoubts.Opcode;
        if (reply.ExtentOffset != sent.ExtentOffset) doubts |= ReplyDoubts.Offset;
        if (reply.Crc != sent.Crc) doubts |= ReplyDoubts.Crc;
        return doubts;
    }

    private static ReplyDoubts Ids(in PacketHeader request, in PacketHeader reply)
    {
        var doubts = ReplyDoubts.None;
        if (reply.RequestId != request.RequestId) doubts |= ReplyDoubts.RequestId;
        if (reply.Partition != request.Partition) doubts |= ReplyDoubts.Partition;
        if (reply.Extent != request.Extent) doubts |= ReplyDoubts.Extent;
        return doubts;
    }
}
