namespace CubeActors.Protocol.Tests;

/// <summary>A packet as a CubeFS node puts it on the wire, and what its header says.</summary>
/// <param name="Data">Null where only the header is pinned.</param>
public sealed record GoldenPacket(string Name, byte[] Bytes, PacketHeader Header, byte[] Arg, byte[]? Data)
{
    internal PacketLimits Limits => Header.Result == ResultCode.None ? PacketLimits.Requests : PacketLimits.Replies;
    public override string ToString() => Name; // the name of the test case
}
