using System.Net;

namespace CubeActors.Actors;

/// <summary>What goes on between this node and one other, in both directions. Guarded by its <see cref="TrafficBudgets"/>.</summary>
internal sealed class PeerBudget(string name, long ticksPerSecond)
{
    /// <summary>The address, without a port: all connections of a node count together.</summary>
    public string Name => name;

    /// <summary>Streams that fetch from it now.</summary>
    public int Fetching;

    /// <summary>Streams that it reads here now.</summary>
    public int Serving;

    /// <summary>Of this node, that wait for their turn to fetch from it.</summary>
    public int Waiting;

    public long BytesFetched;
    public long BytesServed;

    /// <summary>Times that it was told to come again.</summary>
    public long Refused;

    /// <summary>When something was last asked for it.</summary>
    public long UsedAt;

    /// <summary>Bytes a second from it.</summary>
    public readonly TokenBucket From = new(ticksPerSecond);

    /// <summary>Bytes a second to it.</summary>
    public readonly TokenBucket To = new(ticksPerSecond);

    public bool IsIdle => Fetching + Serving + Waiting == 0;

    /// <summary>The name of who stands behind <c>ip:port</c>. Pure.</summary>
    public static string NameOf(string address)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint)) return address;
        return (endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address).ToString();
    }
}
