using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>HTTP over the socket seam: so that a simulated network carries the masters' traffic too.</summary>
internal static class MasterTransport
{
    /// <summary>Below the 60 s after which common servers close an idle connection, so that we let go first.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    public static HttpClient Create(MasterSettings settings, INetwork network)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = IdleLimit,
            PooledConnectionLifetime = settings.ConnectionLifetime,
            MaxConnectionsPerServer = settings.ConnectionsMax,
            // The seam limits the dial itself; this one only has to be longer.
            ConnectTimeout = settings.ConnectTimeout + TimeSpan.FromSeconds(1),
            ConnectCallback = (context, cancel) => ConnectAsync(network, context.DnsEndPoint, settings.ConnectTimeout, cancel),
        };
        return new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan, // the caller's TimeProvider decides
            MaxResponseContentBufferSize = settings.ReplyBytesMax,
        };
    }

    private static async ValueTask<Stream> ConnectAsync(INetwork network, DnsEndPoint master, TimeSpan timeout, CancellationToken cancel)
    {
        var address = IPAddress.Parse(master.Host); // names have become addresses before
        return new ConnectionStream(await network.ConnectAsync(new IPEndPoint(address, master.Port), timeout, cancel).ConfigureAwait(false));
    }
}
