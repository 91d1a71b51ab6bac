using System.Globalization;

namespace CubeActors.Storage;

/// <summary>The name of a log file: <c>&lt;sequence&gt;-&lt;index&gt;.log</c>, each as 16 lower-case hexadecimal digits.</summary>
/// <param name="Sequence">Orders the files; rises by one from file to file.</param>
/// <param name="FirstIndex">Of the first entry; in the first file of a log a lower bound of it.</param>
internal readonly record struct LogFileName(ulong Sequence, ulong FirstIndex) : IComparable<LogFileName>
{
    private const int Digits = 16;
    private const string Suffix = ".log";

    public int CompareTo(LogFileName other) =>
        Sequence != other.Sequence ? Sequence.CompareTo(other.Sequence) : FirstIndex.CompareTo(other.FirstIndex);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence:x16}-{FirstIndex:x16}{Suffix}");

    /// <summary>Reads the canonical form only.</summary>
    public static bool TryParse(string text, out LogFileName name)
    {
        name = default;
        if (text.Length != 2 * Digits + 1 + Suffix.Length
            || !ulong.TryParse(text.AsSpan(0, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence)
            || !ulong.TryParse(text.AsSpan(Digits + 1, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var index)) return false;
        name = new LogFileName(sequence, index);
        return name.ToString() == text;
    }

    /// <summary>A Go node takes every name that merely starts like a log file, and opens it under its canonical name.</summary>
    public static bool LooksLikeOneToGo(string text)
    {
        var at = HexDigits(text, 0);
        if (at is 0 or > Digits || at >= text.Length || text[at] != '-') return false;
        var end = HexDigits(text, at + 1);
        return end > at + 1 && end - at - 1 <= Digits && text.AsSpan(end).StartsWith(Suffix, StringComparison.Ordinal);
    }

    private static int HexDigits(string text, int from)
    {
        while (from < text.Length && char.IsAsciiHexDigit(text[from])) from++;
        return from;
    }
}
