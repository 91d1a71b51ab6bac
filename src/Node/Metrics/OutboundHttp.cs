using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>HTTP to consul, push gateways and other members, over the socket seam.</summary>
internal static class OutboundHttp
{
    private static readonly TimeSpan Dial = TimeSpan.FromSeconds(5);

    /// <summary>What consul and gateways answer nobody reads; what a member says of itself and its disks is a few KiB.</summary>
    private const long ReplyBytesMax = 64 * 1024;

    /// <summary>A client that never waits longer than its caller's token.</summary>
    /// <param name="idle">How long a connection is kept for the next request; by default it is not, since one kept would be dead by the time of the next.</param>
    public static HttpClient Create(INetwork network, TimeSpan idle = default) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionIdleTimeout = idle,
        ConnectTimeout = Dial + TimeSpan.FromSeconds(1), // the seam limits the dial itself
        ConnectCallback = async (context, cancel) => new ConnectionStream(
            await network.ConnectAsync(new IPEndPoint(await FindAsync(context.DnsEndPoint.Host, cancel), context.DnsEndPoint.Port), Dial, cancel).ConfigureAwait(false)),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = ReplyBytesMax,
    };

    private static async Task<IPAddress> FindAsync(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out var address)) return address;
        var found = await Dns.GetHostAddressesAsync(host, AddressFamily.InterNetwork, cancel).ConfigureAwait(false);
        return found.Length > 0 ? found[0] : throw new SocketException((int)SocketError.HostNotFound);
    }
}
