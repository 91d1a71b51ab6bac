using System.Collections.Frozen;
using System.Net;

namespace CubeActors.Actors;

/// <summary>The addresses from which masters and data nodes of the cluster dial, as far as this node knows. Thread-safe.</summary>
/// <remarks>
/// Compared by IP only: nobody dials from the port he listens on. All addresses of the loopback network are one, since who listens on 127.0.0.20 and
/// dials 127.0.0.11 is seen to come from 127.0.0.1; and who dials an address of his own machine is seen to come from that address, so that this machine's own is
/// everybody's. A guard against mistakes and strangers, not against whoever forges addresses, or sits behind the same translation of addresses as a master.
/// </remarks>
internal sealed class KnownSources
{
    private volatile FrozenSet<IPAddress> _masters = FrozenSet<IPAddress>.Empty;
    private volatile FrozenSet<IPAddress> _nodes = FrozenSet<IPAddress>.Empty;

    /// <summary><c>ip:port</c> of this node; empty while it is not known.</summary>
    public Func<string> Self { get; set; } = static () => "";

    /// <summary><c>ip:port</c> of the hosts of a partition that is here; none where it is not.</summary>
    public Func<Protocol.PartitionId, IReadOnlyList<string>> HostsOf { get; set; } = static _ => [];

    /// <param name="addresses"><c>ip:port</c> each.</param>
    public void SetMasters(IEnumerable<string> addresses) => _masters = Parse(addresses);

    /// <inheritdoc cref="SetMasters"/>
    public void SetNodes(IEnumerable<string> addresses) => _nodes = Parse(addresses);

    /// <param name="partition">Of the packet: its hosts are members even where the masters have not told of them yet.</param>
    public bool Is(Sender sender, IPAddress ip, Protocol.PartitionId partition)
    {
        if (sender == Sender.Anyone || (TryParse(Self(), out var self) && self.Equals(ip))) return true;
        if (sender is Sender.Master or Sender.MasterOrMember && _masters.Contains(ip)) return true;
        return sender is Sender.Member or Sender.MasterOrMember && (_nodes.Contains(ip) || IsHost(ip, partition));
    }

    /// <summary>The IP of an address, in the one form that is compared.</summary>
    /// <param name="address"><c>ip:port</c>, with or without the number of a smux stream behind it.</param>
    public static bool TryParse(string address, out IPAddress ip)
    {
        ip = IPAddress.None;
        var stream = address.IndexOf('/', StringComparison.Ordinal);
        if (!IPEndPoint.TryParse(stream < 0 ? address : address.AsSpan(0, stream), out var endPoint)) return false;
        ip = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        if (IPAddress.IsLoopback(ip)) ip = IPAddress.Loopback;
        return true;
    }

    private bool IsHost(IPAddress ip, Protocol.PartitionId partition)
    {
        foreach (var host in HostsOf(partition))
            if (TryParse(host, out var known) && known.Equals(ip)) return true;
        return false;
    }

    private static FrozenSet<IPAddress> Parse(IEnumerable<string> addresses) =>
        addresses.Select(address => TryParse(address, out var ip) ? ip : null).OfType<IPAddress>().ToFrozenSet();
}
