using System.Collections.Frozen;
using System.Net;

namespace CubeActors.Actors;

/// <summary>What happens with tasks that come from neither a master nor a data node of the cluster.</summary>
public enum StrangerPolicy
{
    /// <summary>They are done, as by CubeFS, which asks nobody who he is.</summary>
    Allow,

    /// <summary>They are done, and the log names where they came from, once an address.</summary>
    Warn,

    /// <summary>They are refused.</summary>
    Refuse,
}

/// <summary>Where tasks may come from: masters, and data nodes, which pass on changes of members. Thread-safe.</summary>
/// <remarks>
/// Compared by IP only: nobody dials from the port he listens on. All addresses of the loopback network are one, since who listens on 127.0.0.20 and
/// dials 127.0.0.11 is seen to come from 127.0.0.1. A guard against mistakes and strangers, not against whoever forges addresses.
/// </remarks>
internal sealed class TaskSources
{
    private volatile FrozenSet<IPAddress> _masters = FrozenSet<IPAddress>.Empty;
    private volatile FrozenSet<IPAddress> _nodes = FrozenSet<IPAddress>.Empty;

    /// <param name="addresses"><c>ip:port</c> each.</param>
    public void SetMasters(IEnumerable<string> addresses) => _masters = Parse(addresses);

    /// <inheritdoc cref="SetMasters"/>
    public void SetNodes(IEnumerable<string> addresses) => _nodes = Parse(addresses);

    /// <param name="remote"><c>ip:port</c> of a connection; empty for one that has no address.</param>
    /// <param name="members"><c>ip:port</c> of members of this node's partitions; asked only if nobody else is found.</param>
    public bool Knows(string remote, Func<IEnumerable<string>> members) =>
        remote.Length == 0 || (TryParse(remote, out var ip) && (_masters.Contains(ip) || _nodes.Contains(ip) || Parse(members()).Contains(ip)));

    private static FrozenSet<IPAddress> Parse(IEnumerable<string> addresses) =>
        addresses.Select(address => TryParse(address, out var ip) ? ip : null).OfType<IPAddress>().ToFrozenSet();

    private static bool TryParse(string address, out IPAddress ip)
    {
        ip = IPAddress.None;
        if (!IPEndPoint.TryParse(address, out var endPoint)) return false;
        ip = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        if (IPAddress.IsLoopback(ip)) ip = IPAddress.Loopback;
        return true;
    }
}
