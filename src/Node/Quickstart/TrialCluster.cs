using System.Collections.Concurrent;
using CubeActors.Actors;
using CubeActors.ControlPlane;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>An embedded master and three data nodes in this process, each as separate as if it were a process of its own.</summary>
internal sealed class TrialCluster : IAsyncDisposable
{
    /// <summary>Lowered from 5 GiB, because a trial may run on a small disk. Room for what is written beside the trial file.</summary>
    public const long ReservedBytes = 64L << 20;

    private const string OverlayName = "quickstart.conf";
    private const string ClusterName = "quickstart";
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyPause = TimeSpan.FromMilliseconds(100);

    private readonly CommandContext _context;
    private readonly TrialPlan _plan;
    private readonly string _directory;
    private readonly Logger _log;
    private readonly LogEventLevel _level;
    private readonly ConcurrentStack<NodeHost> _nodes = new();
    private MasterHost? _master;

    public TrialCluster(CommandContext context, TrialPlan plan, string directory, LogEventLevel level)
    {
        (_context, _plan, _directory, _level) = (context, plan, directory, level);
        _log = context.OpenLog(level);
        Serilog.Log.Logger = _log; // for the master's actor system
    }

    public string OverlayPath => Path.Combine(_directory, OverlayName);

    public string MasterDirectory => Path.Combine(_directory, "master");

    public string ConfigPath(int node) => Path.Combine(NodeDirectory(node), "datanode.json");

    public string DiskPath(int node) => Path.Combine(NodeDirectory(node), "disk");

    public async Task StartMasterAsync(CancellationToken stop) =>
        _master = await Masters.StartAsync(_context, _plan.Master, MasterDirectory, ClusterName, MasterSettingsReader.Read(null), _level, stop);

    /// <summary>Writes a configuration for each node, starts it by that, and returns when all say that they are ready.</summary>
    /// <exception cref="CommandException">A node was not ready in time; the message has its reasons.</exception>
    public async Task StartNodesAsync(CancellationToken stop)
    {
        var overlay = $"# Free space that a node leaves alone, for a trial on a small disk.\ncubeactors.storage.reserve-floor = {ReservedBytes >> 20} MiB\n";
        await File.WriteAllTextAsync(OverlayPath, overlay, stop);
        await Task.WhenAll(Enumerable.Range(0, TrialPlan.Nodes).Select(node => StartNodeAsync(node, stop)));
        var start = _context.Time.GetTimestamp();
        while (_nodes.FirstOrDefault(node => node.Status.Phase != NodePhase.Ready) is { } waiting)
        {
            var status = waiting.Status;
            if (waiting.Fatal.IsCompleted) throw new CommandException(await waiting.Fatal);
            if (_context.Time.GetElapsedTime(start) > ReadyDeadline)
                throw new CommandException($"data node {status.Address} was not ready within {Quantity.FormatTime(ReadyDeadline)}: {string.Join("; ", status.NotReady)}");
            await Task.Delay(ReadyPause, _context.Time, stop);
        }
    }

    /// <summary>Bytes that the extents on all disks together really occupy.</summary>
    public long ExtentBytes() => Enumerable.Range(0, TrialPlan.Nodes).Sum(node => TrialDirectory.ExtentBytes(_context.Files, DiskPath(node)));

    public async ValueTask DisposeAsync()
    {
        // The master first: it would miss the nodes at once, they do not miss it while they stop.
        if (_master is not null) await _master.DisposeAsync();
        await Task.WhenAll(_nodes.Select(StopNodeAsync));
        await _log.DisposeAsync();
    }

    private static async Task StopNodeAsync(NodeHost node)
    {
        await node.StopAsync();
        await node.DisposeAsync();
    }

    private async Task StartNodeAsync(int index, CancellationToken stop)
    {
        Directory.CreateDirectory(DiskPath(index));
        var level = _level <= LogEventLevel.Debug ? "debug" : _level == LogEventLevel.Information ? "info" : "warn";
        await File.WriteAllTextAsync(ConfigPath(index), _plan.Config(index, NodeDirectory(index), ReservedBytes, level), stop);
        var settings = NodeSettingsReader.Read(ConfigPath(index), OverlayPath);
        var services = new NodeServices(_context.Network, _context.Files, _context.Time, _log.ForContext(ConsoleLog.Node, $"{TrialPlan.AddressOf(index)} "));
        _nodes.Push(await NodeHost.StartAsync(settings, services, stop));
    }

    private string NodeDirectory(int node) => Path.Combine(_directory, $"node{node + 1}");
}
