using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace CubeActors.Node;

/// <summary>Sends the page of metrics to a push gateway. Pure but for what it is given. Source: CubeFS util/exporter/exporter.go autoPush.</summary>
internal static class PushGateway
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private const string Job = "cbfs";

    /// <param name="page">In the text format of Prometheus.</param>
    public static HttpRequestMessage Request(Uri gateway, PushOrigin origin, byte[] page)
    {
        var path = new StringBuilder($"{gateway.ToString().TrimEnd('/')}/metrics/job/{Job}");
        foreach (var (name, value) in origin.Grouping())
        {
            // What a path cannot hold goes in base64. Source: prometheus.io, push gateway, "Use the URL".
            if (value.Length == 0) path.Append($"/{name}@base64/=");
            else if (value.Contains('/', StringComparison.Ordinal)) path.Append($"/{name}@base64/{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(value))}");
            else path.Append($"/{name}/{Uri.EscapeDataString(value)}");
        }

        var content = new ByteArrayContent(page);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(MetricsPage.ContentType);
        return new HttpRequestMessage(HttpMethod.Put, path.ToString()) { Content = content };
    }
}

/// <summary>Whose metrics they are.</summary>
internal sealed record PushOrigin(string Host, string Cluster, int ProcessId, string Version, string MountPoint, string MachineName)
{
    public IEnumerable<(string Name, string Value)> Grouping() =>
    [
        ("cip", Host), ("role", "dataNode"), ("cluster", Cluster), ("pid", ProcessId.ToString(CultureInfo.InvariantCulture)), ("commit", Version), ("version", Version),
        ("branch", ""), ("app", "cfs"), ("mountPoint", MountPoint.Length == 0 ? "/" : MountPoint), ("hostName", MachineName),
    ];
}
