using System.Globalization;

namespace CubeActors.Pbm;

/// <summary>Numbers as people read them. Pure.</summary>
internal static class Human
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Three digits at most before the unit: 512 B, 1.5 KiB, 128 MiB.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (bytes >= 1023.5 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Round(bytes, unit == 0)} {Units[unit]}");
    }

    public static string Bytes(double? bytes) => bytes is { } some ? Bytes(some) : "";

    /// <summary>The two largest parts: 12 ms, 3.5 s, 4m12s, 5h03m, 3d4h.</summary>
    public static string Duration(TimeSpan time)
    {
        if (time < TimeSpan.Zero) return "-" + Duration(-time);
        return time.TotalSeconds switch
        {
            < 0.9995 => Inv($"{time.TotalMilliseconds:0.#} ms"),
            < 59.95 => Inv($"{time.TotalSeconds:0.#} s"),
            < 3600 => Inv($"{(int)time.TotalMinutes}m{time.Seconds:00}s"),
            < 86400 => Inv($"{(int)time.TotalHours}h{time.Minutes:00}m"),
            _ => Inv($"{(int)time.TotalDays}d{time.Hours}h"),
        };
    }

    public static string Seconds(double? seconds) => seconds is { } some && double.IsFinite(some) && Math.Abs(some) < TimeSpan.MaxValue.TotalSeconds / 2 ? Duration(TimeSpan.FromSeconds(some)) : "";

    /// <summary>How long ago; empty for no time.</summary>
    public static string Ago(DateTimeOffset? at, DateTimeOffset now) => at is { } some ? Duration(some <= now ? now - some : TimeSpan.Zero) : "";

    /// <summary>UTC, to the second: nodes stand in several places and their clocks are compared.</summary>
    public static string Time(DateTimeOffset? at) => at is { } some ? some.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "";

    public static string Number<T>(T? number) where T : struct, IFormattable => number is { } some ? some.ToString("0.###", CultureInfo.InvariantCulture) : "";

    public static string Percent(double part) => Inv($"{Math.Clamp(part, 0, 1) * 100:0.#} %");

    public static string YesNo(bool yes) => yes ? "yes" : "no";

    private static string Round(double number, bool isWhole) => number.ToString(isWhole || number >= 99.95 ? "0" : number >= 9.995 ? "0.#" : "0.##", CultureInfo.InvariantCulture);

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Orders names as people do: partition-9 stands before partition-10.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static readonly NaturalOrder Instance = new();

    public int Compare(string? left, string? right)
    {
        var (a, b) = (left ?? "", right ?? "");
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (char.IsAsciiDigit(a[i]) && char.IsAsciiDigit(b[j]))
            {
                var (first, second) = (Digits(a, ref i), Digits(b, ref j));
                var byNumber = first.Length != second.Length ? first.Length.CompareTo(second.Length) : string.CompareOrdinal(first, second);
                if (byNumber != 0) return byNumber;
            }
            else
            {
                if (a[i] != b[j]) return a[i].CompareTo(b[j]);
                i++;
                j++;
            }
        }

        return (a.Length - i).CompareTo(b.Length - j);
    }

    private static string Digits(string text, ref int at)
    {
        var from = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return text[from..at].TrimStart('0');
    }
}
