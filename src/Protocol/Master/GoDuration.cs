namespace CubeActors.Protocol.Master;

/// <summary>A duration in the text form of Go: <c>168h0m0s</c>, <c>1.5h</c>, <c>-300ms</c>.</summary>
/// <remarks>Source: the grammar of time.ParseDuration. Go keeps nanoseconds and fails beyond 292 years, and so does this.</remarks>
public static class GoDuration
{
    private const int TextMax = 64;
    private const decimal NanosecondsMax = long.MaxValue;

    /// <returns>False if the text is no duration; <paramref name="value"/> is then zero.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text.Length is 0 or > TextMax) return false;
        var isNegative = text[0] == '-';
        if (text[0] is '-' or '+') text = text[1..];
        if (text is "0") return true;
        if (text.Length == 0) return false;
        var nanoseconds = 0m;
        while (text.Length > 0)
        {
            if (!TryTakeNumber(ref text, out var number) || !TryTakeUnit(ref text, out var unit)) return false;
            if (number > NanosecondsMax / unit) return false;
            nanoseconds += number * unit;
            if (nanoseconds > NanosecondsMax) return false;
        }

        var ticks = (long)(nanoseconds / TimeSpan.NanosecondsPerTick);
        value = TimeSpan.FromTicks(isNegative ? -ticks : ticks);
        return true;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<char> text, out decimal number)
    {
        const int DigitsMax = 20; // more than the nanoseconds of 292 years have
        var length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.')) length++;
        var digits = text[..length];
        text = text[length..];
        number = 0;
        return length is > 0 and <= DigitsMax && digits is not "." && digits.Count('.') <= 1
            && decimal.TryParse(digits, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out number);
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<char> text, out decimal nanoseconds)
    {
        var length = 0;
        while (length < text.Length && !char.IsAsciiDigit(text[length]) && text[length] != '.') length++;
        nanoseconds = text[..length] switch
        {
            "ns" => 1,
            "us" or "µs" or "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => 0,
        };
        text = text[length..];
        return nanoseconds > 0;
    }
}
