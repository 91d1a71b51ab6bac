using System.Globalization;

namespace CubeActors.Node;

/// <summary>Sizes and durations as people write them: a number, then a unit. Used by the configuration, the command line and the output.</summary>
internal static class Quantity
{
    private static readonly (string Unit, long Bytes)[] ByteUnits =
        [("B", 1), ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40)];

    private static readonly (string Unit, long Ticks)[] TimeUnits =
        [("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("min", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour)];

    public const string BytesForm = "a size such as 512 KiB, 64 MiB or 1 GiB";
    public const string TimeForm = "a duration such as 500 ms, 5 s or 2 min";

    /// <summary>Units B, KiB, MiB, GiB, TiB in any case; a space may stand before the unit. Whole numbers only; no sign. 0 needs no unit.</summary>
    public static bool TryParseBytes(string text, out long bytes) => TryParse(text, ByteUnits, out bytes);

    /// <summary>Units ms, s, min, h in any case; a space may stand before the unit. Whole numbers only; no sign. 0 needs no unit.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        var parsed = TryParse(text, TimeUnits, out var ticks);
        time = new TimeSpan(ticks);
        return parsed;
    }

    /// <summary>For people: the largest unit that leaves at least 1, with one decimal below 10.</summary>
    public static string FormatBytes(long bytes)
    {
        var unit = 0;
        while (unit < ByteUnits.Length - 1 && bytes >= ByteUnits[unit + 1].Bytes) unit++;
        var count = (double)bytes / ByteUnits[unit].Bytes;
        return string.Create(CultureInfo.InvariantCulture, $"{(count < 10 && unit > 0 ? $"{count:0.#}" : $"{count:0}")} {ByteUnits[unit].Unit}");
    }

    /// <summary>MiB a second, without decimals from 10 on.</summary>
    public static string FormatRate(long bytes, TimeSpan time)
    {
        var rate = bytes / (double)(1 << 20) / Math.Max(time.TotalSeconds, 1e-3); // below a millisecond the clock says nothing
        return string.Create(CultureInfo.InvariantCulture, $"{(rate < 10 ? $"{rate:0.0}" : $"{rate:0}")} MiB/s");
    }

    /// <summary>For messages: the largest unit that shows it as a whole number.</summary>
    public static string FormatTime(TimeSpan time)
    {
        for (var unit = TimeUnits.Length - 1; unit > 0; unit--)
        {
            if (time.Ticks >= TimeUnits[unit].Ticks && time.Ticks % TimeUnits[unit].Ticks == 0)
                return $"{time.Ticks / TimeUnits[unit].Ticks} {TimeUnits[unit].Unit}";
        }

        return $"{time.Ticks / TimeUnits[0].Ticks} {TimeUnits[0].Unit}";
    }

    private static bool TryParse(string text, (string Unit, long Factor)[] units, out long value)
    {
        value = 0;
        var trimmed = text.AsSpan().Trim();
        var digits = 0;
        while (digits < trimmed.Length && char.IsAsciiDigit(trimmed[digits])) digits++;
        var unit = trimmed[digits..].Trim();
        if (!long.TryParse(trimmed[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
        if (count == 0 && unit.IsEmpty) return true; // nothing, in whatever unit
        foreach (var (name, factor) in units)
        {
            if (!unit.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            if (count > long.MaxValue / factor) return false;
            value = count * factor;
            return true;
        }

        return false;
    }
}
