using System.Collections.Immutable;
using Akka.Actor;
using CubeActors.Actors;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>One data node with everything that is its own: actor system, HTTP port, settings. A process may run several.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    /// <summary>A disk that does not answer by then is left to the node, which serves the others meanwhile.</summary>
    private static readonly TimeSpan DiskCheckDeadline = TimeSpan.FromSeconds(5);

    private readonly NodeSettings _settings;
    private readonly NodeServices _services;
    private readonly Stack<IAsyncDisposable> _running = new(); // ended in reverse order
    private IDataNode? _node;
    private bool _abandoned;

    private NodeHost(NodeSettings settings, NodeServices services) => (_settings, _services) = (settings, services);

    /// <summary>As the node sees itself now.</summary>
    public NodeStatus Status => Volatile.Read(ref _node)?.Status ?? Starting;

    /// <summary>Completes, with one sentence that says what to do, if the node cannot run as it is. Stop it then.</summary>
    public Task<string> Fatal => _node!.Fatal; // there is no host in anybody's hands before it has a node

    private static NodeStatus Starting { get; } = new(NodePhase.Binding, ["the node is starting"], 0, "", ImmutableArray<DiskFigures>.Empty, ImmutableArray<PartitionFigures>.Empty);

    /// <summary>Starts the node and returns when its ports are bound; loading and registering go on behind it.</summary>
    /// <remarks>The HTTP port is first, so that a supervisor sees life before a disk or a master is asked for anything.</remarks>
    /// <exception cref="SettingsException">A port or a disk of the configuration cannot be used. Nothing is left running.</exception>
    public static Task<NodeHost> StartAsync(NodeSettings settings, NodeServices services, CancellationToken stop) =>
        StartAsync(settings, services, DataNodes.Create, stop);

    internal static async Task<NodeHost> StartAsync(
        NodeSettings settings, NodeServices services, Func<NodeSettings, NodeServices, ActorSystem, IDataNode> create, CancellationToken stop)
    {
        var host = new NodeHost(settings, services);
        try
        {
            await host.StartAsync(create, stop);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops cleanly within the configured time. The HTTP port answers until the end.</summary>
    /// <returns>False if the time was not enough: what was synced is safe, the rest is recovered at the next start.</returns>
    public async Task<bool> StopAsync()
    {
        if (_node is null) return true;
        using var limit = new CancellationTokenSource(_settings.Process.StopDeadline, _services.Time);
        try
        {
            await _node.StopAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            _services.Log.Error("The stop took longer than {Deadline}; ending without it", Quantity.FormatTime(_settings.Process.StopDeadline));
            _abandoned = true;
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_abandoned) return; // to wait for what did not end in time would be to wait for ever; the process ends it
        while (_running.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task StartAsync(Func<NodeSettings, NodeServices, ActorSystem, IDataNode> create, CancellationToken stop)
    {
        Tell(_settings.Notes);
        FirstStartPorts.Check(_settings, _services.Files);
        PortCheck.Run(_settings, _services.Network);
        _running.Push(await Observation.StartAsync(_settings, _services, () => Status, () => Volatile.Read(ref _node)?.Surface));
        await CheckDisksAsync(stop);

        var identity = _settings.DataNode.Identity;
        var system = ActorSystems.Create($"node-{identity.BindAddress}-{identity.DataPort}".Replace('.', '-'), _settings.Akka, _services.Levels is null ? _settings.LogLevel : LogEventLevel.Debug, _services.Log, _services.Tally); // a level that may change is decided by the log
        _running.Push(new SystemEnd(system));
        var node = create(_settings, _services, system);
        _running.Push(node);
        Volatile.Write(ref _node, node);
        await node.StartAsync().WaitAsync(stop);
        if (_settings.Observation.LogFiles is { } files && PidFile.Write(files.Directory, _services.Log) is { } pid) _running.Push(pid);
        _running.Push(new RaftAlarms(_settings.DataNode.RaftAlarms, () => Status, _services.Time, _services.Log));
    }

    /// <summary>Disks are looked at on threads of their own: one that hangs must hold up neither the others nor the process.</summary>
    /// <exception cref="SettingsException">No disk can be used. One of several that cannot is the node's to report, and no reason to take the others away.</exception>
    private async Task CheckDisksAsync(CancellationToken stop)
    {
        var unusable = new List<SettingsException>();
        foreach (var (disk, check) in _settings.DataNode.Disks.Select(disk => (disk, Start(disk))).ToList())
        {
            try
            {
                Tell(await check.WaitAsync(DiskCheckDeadline, _services.Time, stop));
            }
            catch (TimeoutException)
            {
                _services.Log.Warning("Disk {Disk} has not answered within {Deadline}; starting without waiting for it", disk.Path, Quantity.FormatTime(DiskCheckDeadline));
            }
            catch (SettingsException failure)
            {
                unusable.Add(failure);
            }
        }

        if (unusable.Count > 0 && unusable.Count == _settings.DataNode.Disks.Count) throw unusable[0];
        foreach (var failure in unusable) _services.Log.Error("{Failure:l}; starting without it", failure.Message);

        Task<IReadOnlyList<SettingsNote>> Start(DiskSettings disk) => Task.Factory.StartNew(
            () => DiskCheck.Run(_settings.File, [disk], _services.Files), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Tell(IReadOnlyList<SettingsNote> notes)
    {
        foreach (var note in notes) _services.Log.Write(note.Level, "{Note:l}", note.Text);
    }

    private sealed class SystemEnd(ActorSystem system) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await system.Terminate();
    }
}
