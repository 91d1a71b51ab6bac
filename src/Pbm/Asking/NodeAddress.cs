using System.Globalization;

namespace CubeActors.Pbm;

/// <summary>Where a node answers operators. Pure.</summary>
internal static class NodeAddress
{
    /// <summary>Of CubeFS, customary; the key prof of datanode.json.</summary>
    public const int CustomaryPort = 17320;

    /// <summary>Takes <c>host:port</c>, with or without <c>http://</c> before it; an IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, out Uri address)
    {
        address = new Uri("http://localhost");
        var rest = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? text["http://".Length..].TrimEnd('/') : text;
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || rest.AsSpan().IndexOfAny("/?#@ ") >= 0) return false;
        if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;
        var host = rest[..colon];
        if (Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown || (host.Contains(':') && !host.StartsWith('['))) return false;
        return Uri.TryCreate($"http://{host}:{port}", UriKind.Absolute, out address!);
    }
}
