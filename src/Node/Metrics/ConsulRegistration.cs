using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Node;

/// <summary>Tells consul where Prometheus finds the metrics of this node. Pure but for what it is given. Source: CubeFS util/exporter/consul_register.go.</summary>
internal static class ConsulRegistration
{
    /// <summary>Source: CubeFS RegisterPeriod.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    private const string Application = "cfs", Role = "dataNode";
    private const string DefaultMeta = "dataset=custom;category=custom;app=cfs;role=fuseclient;metric_path=/metrics";
    private const string MetricsPath = "metric_path";

    public static HttpRequestMessage Request(Uri consul, string host, int port, string cluster, string meta, string version)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new ConsulService(
                Application, string.Create(CultureInfo.InvariantCulture, $"{Application}_{Role}_{host}_{port}"), host, port,
                [$"app={Application}", $"role={Role}", $"cluster={cluster}"], Meta(meta, cluster, version)),
            ConsulJson.Default.ConsulService);
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        // As in CubeFS: the path is put behind whatever the address says.
        return new HttpRequestMessage(HttpMethod.Put, $"{consul.ToString().TrimEnd('/')}/v1/agent/service/register") { Content = content };
    }

    /// <returns>Null for pairs that are none: then nothing is told besides.</returns>
    internal static IReadOnlyDictionary<string, string>? Meta(string text, string cluster, string version)
    {
        var pairs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in (text.Length == 0 ? DefaultMeta : text).Split(';'))
        {
            var parts = pair.Split('=');
            if (parts.Length != 2) return null;
            pairs[parts[0]] = parts[1];
        }

        (pairs["cluster"], pairs["commit"]) = (cluster, version);
        if (pairs.GetValueOrDefault(MetricsPath, "").Length == 0) pairs[MetricsPath] = "/metrics";
        return pairs;
    }
}

internal sealed record ConsulService(
    string Name, [property: JsonPropertyName("ID")] string Id, string Address, int Port, IReadOnlyList<string> Tags, IReadOnlyDictionary<string, string>? Meta);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConsulService))]
internal sealed partial class ConsulJson : JsonSerializerContext;
