using System.Globalization;
using System.Net;

namespace CubeActors.Node;

/// <summary>The rules that a CubeFS node has for the addresses of its masters.</summary>
internal static class MasterAddresses
{
    /// <summary>An address without port means this one. Source: CubeFS sdk/master/name_resolver.go.</summary>
    private const int DefaultPort = 80;

    public const string Form = "ip:port or name.domain:port, all with the same port, as in \"10.0.0.1:17010\"";

    /// <returns>Each address as <c>host:port</c>; or null and in <paramref name="wrong"/> what is wrong.</returns>
    public static IReadOnlyList<string>? TryParse(IReadOnlyList<string> addresses, out string wrong)
    {
        var parsed = new List<string>();
        int? common = null;
        foreach (var address in addresses)
        {
            var parts = address.Split(':');
            var port = DefaultPort;
            if (parts.Length > 2 || parts[0].Length == 0
                || (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > IPEndPoint.MaxPort)))
            {
                wrong = $"\"{address}\", which is no address";
                return null;
            }

            if (!parts[0].Contains('.', StringComparison.Ordinal))
            {
                wrong = $"\"{address}\", whose host has no dot"; // the resolver of CubeFS refuses it as well
                return null;
            }

            if (common is { } other && other != port)
            {
                wrong = $"addresses with the ports {other} and {port}";
                return null;
            }

            common = port;
            parsed.Add($"{parts[0]}:{port}");
        }

        wrong = parsed.Count == 0 ? "empty" : "";
        return parsed.Count == 0 ? null : parsed;
    }
}
