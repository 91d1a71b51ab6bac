namespace CubeActors.Protocol;

/// <summary>The 11 bytes that stand for a member in snapshots and membership changes. Only the id means anything.</summary>
/// <remarks>
/// A type (0, or 1 for an arbiter) and a priority stand before the id. CubeFS gives neither a meaning and data partitions leave both 0, so
/// they are written as 0 and not looked at. Source: CubeFS depends/tiglabs/raft/proto, Peer.
/// </remarks>
internal static class RaftPeer
{
    public const int Bytes = 1 + sizeof(ushort) + sizeof(ulong);

    private const int IdOffset = Bytes - sizeof(ulong);

    public static NodeId Read(ReadOnlySpan<byte> source) => new(new BigEndianReader(source[IdOffset..]).U64());

    public static int Write(NodeId member, Span<byte> destination)
    {
        destination[..IdOffset].Clear();
        new BigEndianWriter(destination[IdOffset..]).U64(member.Value);
        return Bytes;
    }
}
