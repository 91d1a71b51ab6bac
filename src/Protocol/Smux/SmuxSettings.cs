namespace CubeActors.Protocol;

/// <summary>The bounds of one smux session.</summary>
/// <remarks>Source: CubeFS depends/xtaci/smux/mux.go defaults; the bound on streams is ours, peers open one to a few a connection.</remarks>
/// <param name="StreamsMax">Streams open at a time; one more is refused.</param>
/// <param name="UnreadBytesMax">Bytes received and not yet read, of all streams; above it the connection is not read.</param>
/// <param name="KeepAlive">How often each end sends a keep-alive frame.</param>
/// <param name="Silence">A session that hears nothing for this long is dead.</param>
public sealed record SmuxSettings(int StreamsMax, int UnreadBytesMax, TimeSpan KeepAlive, TimeSpan Silence)
{
    /// <summary>The smux port is the data port plus this, on all nodes of a cluster. Source: CubeFS util/smux_conn_pool.go DefaultSmuxPortShift.</summary>
    public const int PortShift = 500;

    public static readonly SmuxSettings Default = new(1024, 4 * 1024 * 1024, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30));
}
