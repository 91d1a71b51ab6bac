using System.Globalization;

namespace CubeActors.LoadGen;

/// <summary>A process whose use of the machine is measured, as Linux shows it under <c>/proc</c>.</summary>
internal sealed class ServerProcess
{
    /// <summary>
    /// Unit of the times in <c>/proc/pid/stat</c>: USER_HZ, which Linux fixes at 100 a second for every architecture .NET runs on.
    /// </summary>
    private const double TicksPerSecond = 100;

    private readonly ulong _startedAt;

    private ServerProcess(int pid, string name, ulong startedAt) => (Pid, Name, _startedAt) = (pid, name, startedAt);

    public int Pid { get; }

    /// <summary>Its command name, as <c>ps</c> shows it.</summary>
    public string Name { get; }

    /// <returns>Null if there is no such process.</returns>
    public static ServerProcess? Find(int pid) => ReadStat(pid) is { } stat ? new ServerProcess(pid, stat.Name, stat.StartedAt) : null;

    /// <summary>CPU time used since the process began, and its memory now.</summary>
    /// <returns>Null if it has ended, also if its id has gone to another process.</returns>
    public ProcessSample? Sample()
    {
        if (ReadStat(Pid) is not { } stat || stat.StartedAt != _startedAt) return null;
        var (resident, peak) = ReadMemory(Pid);
        return new ProcessSample(stat.UserTicks / TicksPerSecond, stat.SystemTicks / TicksPerSecond, resident, peak);
    }

    private static (string Name, ulong UserTicks, ulong SystemTicks, ulong StartedAt)? ReadStat(int pid)
    {
        if (ReadAll($"/proc/{pid}/stat") is not { } text) return null;
        // The name stands in parentheses and may hold anything, spaces and parentheses too: the fields begin behind the last one.
        var nameStart = text.IndexOf('(') + 1;
        var nameEnd = text.LastIndexOf(')');
        var fields = text[(nameEnd + 2)..].Split(' ');
        return (text[nameStart..nameEnd], Field(14), Field(15), Field(22));

        // Numbered as in proc(5), where 3 follows the name.
        ulong Field(int number) => ulong.Parse(fields[number - 3], CultureInfo.InvariantCulture);
    }

    private static (long ResidentKiB, long PeakKiB) ReadMemory(int pid)
    {
        long resident = 0, peak = 0;
        foreach (var line in (ReadAll($"/proc/{pid}/status") ?? "").Split('\n'))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal)) resident = KiB(line);
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal)) peak = KiB(line);
        }

        return (resident, peak);

        // "VmRSS:     1234 kB"
        static long KiB(string line) => long.Parse(line.AsSpan(line.IndexOf(':') + 1).Trim(" \tkB"), CultureInfo.InvariantCulture);
    }

    private static string? ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException) // no such file, or "no such process" from a file that was still there when it was opened
        {
            return null;
        }
    }
}

/// <param name="ResidentKiB">VmRSS.</param>
/// <param name="PeakKiB">VmHWM: the most that was ever resident.</param>
internal readonly record struct ProcessSample(double UserSeconds, double SystemSeconds, long ResidentKiB, long PeakKiB);
