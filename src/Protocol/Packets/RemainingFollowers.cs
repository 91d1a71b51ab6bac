namespace CubeActors.Protocol;

/// <summary>How the receiver of a packet acts in the append chain, told by <see cref="PacketHeader.RemainingFollowers"/>.</summary>
/// <remarks>Source: CubeFS datanode/repl/packet.go IsForwardPacket, IsLeaderPacket, isSpecialReplicaCntPacket.</remarks>
public static class RemainingFollowers
{
    /// <summary>Execute here only: a hop seen by a chain follower, or an operation that no chain carries.</summary>
    public const byte None = 0;
    /// <summary>A partition with one replica: act as chain leader, forward to nobody.</summary>
    public const byte SingleReplica = 127;

    /// <summary>The receiver allocates extent ids and tiny slots: it is chain leader, alone or with followers.</summary>
    public static bool ActsAsLeader(byte remaining) => remaining != None;
    /// <summary>The receiver forwards to the addresses in Arg; their number comes from there, not from this byte.</summary>
    public static bool Forwards(byte remaining) => remaining is not None and not SingleReplica;
}
