using System.Diagnostics;

namespace CubeActors.Node;

/// <summary>Binds the ports of <c>node --config file</c> as the first act of the process, before the command line, the log or the tunables are looked at.</summary>
/// <remarks>
/// All of these take several times as long as the runtime itself, and whoever connects meanwhile would be refused. Nothing is judged here: what is wrong with
/// the command line or the configuration, or a port that is taken, is left to the ordinary way, which says it in one line.
/// </remarks>
internal sealed class EarlyPorts : IDisposable
{
    private readonly InheritedSockets _inherited;
    private PortSet? _bound;

    private EarlyPorts(InheritedSockets inherited, PortSet? bound) => (_inherited, _bound) = (inherited, bound);

    /// <summary>When the process was started, as the kernel says.</summary>
    public DateTimeOffset ProcessStart
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.StartTime;
        }
    }

    /// <returns>Null if these are not the arguments of a node.</returns>
    public static EarlyPorts? Open(IReadOnlyList<string> arguments)
    {
        if (ConfigOf(arguments) is not { } config) return null;
        var inherited = InheritedSockets.OfProcess();
        try
        {
            return new EarlyPorts(inherited, PortSet.Bind(config, NodeSettingsReader.ReadPorts(DataNodeFile.Load(config)), inherited, TimeProvider.System, isWhole: false));
        }
        catch (SettingsException)
        {
            return new EarlyPorts(inherited, null);
        }
    }

    /// <summary>The file that a start is asked for with; null if this is no start, or cannot be told for sure.</summary>
    public static string? ConfigOf(IReadOnlyList<string> arguments)
    {
        string? config = null;
        if (arguments.Count == 0 || arguments[0] != "node") return null;
        for (var i = 1; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (arguments[i][..at], arguments[i][(at + 1)..]) : (arguments[i], null);
            if (name is not ("--config" or "-c" or "--conf")) return null; // check and handback-check bind nothing
            if (value is null && ++i == arguments.Count) return null;
            if (name == "--conf") continue;
            if (config is not null) return null;
            config = value ?? arguments[i];
        }

        return config;
    }

    /// <summary>The ports of these settings: those that were bound early if they are the same, as they are unless the file was changed since, and what the tunables ask for besides.</summary>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="SettingsException">A port cannot be bound.</exception>
    public PortSet For(NodeSettings settings)
    {
        var plan = PortPlan.Of(settings);
        var early = Interlocked.Exchange(ref _bound, null);
        if (early is not null && early.Plan.SequenceEqual(plan.Take(early.Plan.Count)))
        {
            try
            {
                early.Extend(settings.File, plan, _inherited);
                return early;
            }
            catch
            {
                early.Dispose();
                throw;
            }
        }

        early?.Dispose();
        return PortSet.Bind(settings.File, plan, _inherited, TimeProvider.System);
    }

    public void Dispose()
    {
        _bound?.Dispose();
        _inherited.Dispose();
    }
}
