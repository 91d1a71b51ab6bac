using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace CubeActors.ControlPlane;

/// <summary>Reads the parameters of one request, and keeps the first that is not right.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    /// <summary>Characters of one parameter; an object's name of 1024 bytes is the longest that is meant.</summary>
    private const int CharsMax = 4096;

    /// <summary>Null if everything that was read is usable.</summary>
    public Refusal? Refused { get; private set; }

    /// <returns>The parameter, or "" after noting that it is missing.</returns>
    public string Text(string name) => TextOr(name, "") is { Length: > 0 } text ? text : Note($"parameter {name} not found", "");

    public string TextOr(string name, string fallback)
    {
        if (!query.TryGetValue(name, out var values) || values.Count == 0) return fallback;
        if (values.Count > 1) return Note($"parameter {name} is given {values.Count} times", fallback);
        var text = values[0] ?? "";
        return text.Length <= CharsMax ? text : Note($"parameter {name} is longer than {CharsMax} characters", fallback);
    }

    /// <returns>A plain decimal number, or <paramref name="fallback"/> if there is none or, after a note, if it is another text.</returns>
    public ulong NumberOr(string name, ulong fallback)
    {
        var text = TextOr(name, "");
        if (text.Length == 0) return fallback;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : Note($"parameter {name}: \"{Shown(text)}\" is not a number from 0 to {ulong.MaxValue}", fallback);
    }

    public ulong Number(string name) => TextOr(name, "").Length == 0 ? Note($"parameter {name} not found", 0UL) : NumberOr(name, 0);

    /// <summary>A number that must not exceed <paramref name="max"/>; larger ones become it, so that the rules behind refuse them.</summary>
    public long BoundedOr(string name, long fallback, long max) => (long)Math.Min(NumberOr(name, (ulong)fallback), (ulong)max);

    private static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "...";

    private T Note<T>(string message, T fallback)
    {
        Refused ??= Refusal.BadParameter(message);
        return fallback;
    }
}
