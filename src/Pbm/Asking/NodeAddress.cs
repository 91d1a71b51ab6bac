using System.Globalization;

namespace CubeActors.Pbm;

/// <summary>Where a node answers operators. Pure.</summary>
internal static class NodeAddress
{
    /// <summary>Of CubeFS, customary; the key prof of datanode.json.</summary>
    public const int CustomaryPort = 17320;

    /// <summary>Takes <c>host:port</c>, with or without <c>http://</c> or <c>https://</c> before it; an IPv6 address stands in brackets.</summary>
    /// <param name="isTls">TLS is meant where nothing stands before it.</param>
    public static bool TryParse(string text, out Uri address, bool isTls = false)
    {
        address = new Uri("http://localhost");
        var scheme = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttp : text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttps : null;
        if (isTls && scheme == Uri.UriSchemeHttp) return false;
        var rest = scheme is null ? text : text[(scheme.Length + "://".Length)..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || rest.AsSpan().IndexOfAny("/?#@ ") >= 0) return false;
        if (!int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return false;
        var host = rest[..colon];
        if (Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown || (host.Contains(':') && !host.StartsWith('['))) return false;
        return Uri.TryCreate($"{scheme ?? (isTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{host}:{port}", UriKind.Absolute, out address!);
    }
}
