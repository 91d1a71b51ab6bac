namespace CubeActors.Protocol;

// How a header turns into the next one on the packet's way: to a follower, back as an answer, or as read data.
public readonly partial record struct PacketHeader
{
    /// <summary>What a chain leader sends to each follower: the packet as it is, but for that replica alone.</summary>
    /// <remarks>Bit 0x10 stays, or Go followers refuse the write. The version list is not forwarded, so its bit goes.</remarks>
    public PacketHeader ToFollower() => this with
    {
        ExtentType = (byte)(ExtentType & ~ExtentTypes.VersionList),
        RemainingFollowers = Protocol.RemainingFollowers.None,
        ArgBytes = 0,
        VersionSequence = 0,
    };

    /// <summary>The answer that ends a request: everything echoed, with this result, <paramref name="dataBytes"/> of Data and no Arg.</summary>
    /// <remarks>Ids that the chain leader filled in belong into the request's header first. A version list is never echoed.</remarks>
    public PacketHeader ToReply(ResultCode result, uint dataBytes = 0) => this with
    {
        ExtentType = (byte)(ExtentType & ~ExtentTypes.VersionList),
        Opcode = ReplyOpcode(Opcode, result),
        Result = result,
        Size = dataBytes,
        ArgBytes = 0,
    };

    /// <summary>One packet of read data: always the 57-byte form, although the request may have had 69.</summary>
    /// <param name="extentType">Normal for reads, 0x09, 0x59 and delete records, Tiny for 0x15. Source: data replies in CubeFS datanode/wrap_operator.go.</param>
    public PacketHeader ToReadData(byte extentType, Opcode opcode, long extentOffset, uint dataBytes, uint crc, uint argBytes = 0) => this with
    {
        ExtentType = extentType,
        Opcode = opcode,
        Result = ResultCode.Ok,
        RemainingFollowers = Protocol.RemainingFollowers.None,
        Crc = crc,
        Size = dataBytes,
        ArgBytes = argBytes,
        ExtentOffset = extentOffset,
        KernelOffset = 0,
        VersionSequence = 0,
    };

    private static Opcode ReplyOpcode(Opcode request, ResultCode result) =>
        result == ResultCode.Ok && (request is Opcode.RandomWriteVersion or Opcode.SyncRandomWriteVersion)
            ? Opcode.SyncRandomWriteVersionReply : request;
}
