using System.Net;

namespace CubeActors.Client;

/// <summary>Where the masters are and how long to wait for them.</summary>
/// <param name="Masters"><c>host:port</c> or <c>host</c> (port 80), at least one; tried in this order.</param>
public sealed record MasterSettings(IReadOnlyList<string> Masters)
{
    /// <summary>One request to one master, its answer included. Source: control-plane HTTP rules of CubeFS sdk/master/client.go requestTimeout.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Setting up one connection. A machine that is down must not use up the request's time before the next master is asked.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Finding the address of one name.</summary>
    public TimeSpan ResolveTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest answer accepted. A view of 500,000 partitions with 300 bytes each fits.</summary>
    public int ReplyBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>How often one call starts again after 403, which masters before 3.5 send while they look for their leader.</summary>
    public int RestartsMax { get; init; } = 3;

    /// <summary>How long a connection is used, and the address of a name is taken for granted: so that a master which moved is found.
    /// CubeFS looks up every minute (nameResolveInterval).</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Connections to one master; further calls wait for one. Source: CubeFS proto/admin_proto.go defaultHttpPoolSize.</summary>
    public int ConnectionsMax { get; init; } = 128;

    /// <exception cref="ArgumentException">A value is out of range; the message names it.</exception>
    internal void Validate()
    {
        if (Masters is null || Masters.Count == 0) throw new ArgumentException("masters: at least one address host:port is needed");
        foreach (var master in Masters)
            if (!TryParse(master, out _)) throw new ArgumentException($"masters: '{master}' is not host:port");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ResolveTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReplyBytesMax, 1024);
        ArgumentOutOfRangeException.ThrowIfNegative(RestartsMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectionLifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ConnectionsMax, 1);
    }

    internal static bool TryParse(string master, out DnsEndPoint endPoint)
    {
        endPoint = null!;
        if (string.IsNullOrWhiteSpace(master)) return false;
        var colon = master.IndexOf(':');
        var host = colon < 0 ? master : master[..colon];
        ushort port = 80;
        if (colon >= 0 && (!ushort.TryParse(master.AsSpan(colon + 1), out port) || port == 0)) return false;
        if (Uri.CheckHostName(host) is not (UriHostNameType.IPv4 or UriHostNameType.Dns)) return false;
        endPoint = new DnsEndPoint(host, port);
        return true;
    }
}
