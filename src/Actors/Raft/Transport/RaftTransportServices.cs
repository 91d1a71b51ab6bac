using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What all raft connections of a node share, outgoing and accepted.</summary>
internal sealed record RaftTransportServices(INetwork Network, BufferPool Buffers, TimeProvider Time, RaftTransportSettings Settings, IRaftTransportEvents Events)
{
    /// <summary>How often deadlines are looked at, and so by how much one may be late: an eighth of the shortest (2 s).</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// What to ask the pool for where any block will do: counted as a short request, so that raft goes on while clients wait for the budget,
    /// and served with a whole block.
    /// </summary>
    public const int BlockRequestBytes = BufferPool.ShortBytesMax;

    /// <summary>What to ask the pool for to get <paramref name="bytes"/>. Raft uses the whole array: nothing is ever put in front of it.</summary>
    public static int RequestFor(int bytes) => Math.Max(0, bytes - BufferLease.HeadroomBytes);

    public long Now => Time.GetTimestamp();

    /// <summary>The time a wait that starts now ends, in <see cref="TimeProvider.GetTimestamp"/> units.</summary>
    public long Deadline(TimeSpan wait) => Now + Ticks(wait);

    /// <summary>A time in the same units.</summary>
    public long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);
}

/// <summary>What the raft connections tell: changes, and what a peer did wrong.</summary>
internal interface IRaftTransportEvents
{
    /// <summary>The connection stands, for the first time or again.</summary>
    void PeerReached(Protocol.NodeId peer, string link);

    /// <summary>The connection cannot be made or was lost. Told once until it stands again.</summary>
    void PeerLost(Protocol.NodeId peer, string link, string why);

    /// <summary>Bytes that are no frames, or beyond the limits; the connection was closed.</summary>
    void Malformed(string remote, string what);

    /// <summary>A peer stood still; the connection was closed.</summary>
    void Stalled(string remote, string what);

    /// <summary>A connection was closed for a limit of ours.</summary>
    void Refused(string remote, string why);

    /// <summary>Accepting failed and is tried again.</summary>
    void AcceptFailed(string port, string why);

    /// <summary>A broken promise of ours.</summary>
    void Broken(string where, Exception e);
}
