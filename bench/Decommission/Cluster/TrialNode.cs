using CubeActors.EndToEnd;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>One data node of a trial: its place, and its process while it runs. Thread-safe.</summary>
internal sealed class TrialNode(NodePlace place, NodeId id, string program) : IDisposable
{
    private readonly Lock _lock = new();
    private NodeProcess? _process;

    public string Name => place.Name;

    /// <summary><c>ip:port</c>.</summary>
    public string Address => place.Address;

    public string Disk => place.Disk;

    /// <summary>The master's.</summary>
    public NodeId Id => id;

    public string LogFile => Path.Combine(place.Directory, "node.log");

    /// <summary>Times it was killed.</summary>
    public int Kills { get; private set; }

    public void Start()
    {
        lock (_lock) _process ??= NodeProcess.Start(program, place.Arguments, LogFile);
    }

    public void Kill()
    {
        lock (_lock)
        {
            _process?.Dispose();
            _process = null;
            Kills++;
        }
    }

    /// <summary>Null while it runs as it should.</summary>
    public string? WhyNotRunning()
    {
        lock (_lock) return _process is { HasExited: true } ? $"{Name} has ended by itself; see {LogFile}" : null;
    }

    /// <returns>Null for a clean stop, else what was wrong with it.</returns>
    public string? Stop(TimeSpan limit)
    {
        lock (_lock)
        {
            var code = _process?.Stop(limit);
            _process?.Dispose();
            _process = null;
            return code == 0 ? null : code is null ? $"{Name} goes on {limit.TotalSeconds:0} s after SIGTERM" : $"{Name} ended with code {code}";
        }
    }

    /// <summary>Where a partition's replica lies; null if there is none.</summary>
    public string? DirectoryOf(PartitionId partition) => Directory.Exists(Disk) ? Directory.EnumerateDirectories(Disk, $"datapartition_{partition}_*").SingleOrDefault() : null;

    public void Dispose()
    {
        lock (_lock) _process?.Dispose();
        _process = null;
    }
}
