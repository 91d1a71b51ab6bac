namespace CubeActors.Actors;

/// <summary>What the processors of the machine have done since its start, in ticks of the kernel.</summary>
/// <param name="Busy">Everything but idling and waiting for disks.</param>
internal readonly record struct CpuTimes(ulong Busy, ulong Total)
{
    /// <summary>Reads the first line of <c>/proc/stat</c>: <c>cpu user nice system idle iowait irq softirq steal ...</c>. Source: proc(5).</summary>
    /// <remarks>Guest time is counted in user time already.</remarks>
    /// <returns>False if the text is none of it.</returns>
    public static bool TryParse(string? text, out CpuTimes times)
    {
        const int Idle = 3, IoWait = 4, Least = 4, Steal = 7;
        times = default;
        var words = (text ?? "").Split('\n', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < Least + 1 || words[0] != "cpu") return false;
        var (busy, total) = (0UL, 0UL);
        for (var column = 0; column < words.Length - 1 && column <= Steal; column++)
        {
            if (!ulong.TryParse(words[column + 1], out var ticks)) return false;
            total += ticks;
            if (column is not (Idle or IoWait)) busy += ticks;
        }

        times = new CpuTimes(busy, total);
        return true;
    }

    /// <summary>How busy the processors were between two readings, 0 to 100; 0 if no time has passed, or it ran backwards.</summary>
    public static double Percent(CpuTimes before, CpuTimes after) =>
        after.Total > before.Total && after.Busy >= before.Busy ? Math.Min(100, 100.0 * (after.Busy - before.Busy) / (after.Total - before.Total)) : 0;
}
