using System.Globalization;

namespace CubeActors.Node;

/// <summary>What a supervisor has asked for in the environment of this process. Source: sd_notify(3), sd_watchdog_enabled(3).</summary>
/// <param name="NotifyAddress">Null: it does not want to be told anything.</param>
/// <param name="Watchdog">It ends the process if it hears nothing for so long; null: it does not.</param>
internal sealed record ServiceEnvironment(string? NotifyAddress, TimeSpan? Watchdog)
{
    public static ServiceEnvironment None { get; } = new(null, null);

    /// <summary>Reads the variables and forgets them: a child process has no business with them.</summary>
    public static ServiceEnvironment TakeOfProcess()
    {
        var taken = Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
        foreach (var name in (string[])["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) Environment.SetEnvironmentVariable(name, null);
        return taken;
    }

    /// <param name="self">The id of this process; a watchdog for another one is none of ours.</param>
    public static ServiceEnvironment Read(Func<string, string?> variable, int self)
    {
        var isOurs = variable("WATCHDOG_PID") is not { Length: > 0 } process || process == self.ToString(CultureInfo.InvariantCulture);
        var watchdog = isOurs && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds is > 0 and < long.MaxValue / 10
            ? TimeSpan.FromMicroseconds(microseconds)
            : (TimeSpan?)null;
        return new ServiceEnvironment(variable("NOTIFY_SOCKET") is { Length: > 0 } address ? address : null, watchdog);
    }
}
