using System.Collections.Immutable;
using Akka.Actor;
using CubeActors.Actors;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>One data node with everything that is its own: actor system, HTTP port, settings. A process may run several.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private readonly NodeSettings _settings;
    private readonly NodeServices _services;
    private readonly Stack<IAsyncDisposable> _running = new(); // ended in reverse order
    private IDataNode? _node;
    private StartTimeline? _timeline;
    private bool _abandoned;

    private NodeHost(NodeSettings settings, NodeServices services) => (_settings, _services) = (settings, services);

    /// <summary>As the node sees itself now.</summary>
    public NodeStatus Status => Volatile.Read(ref _node)?.Status ?? Starting;

    /// <summary>Estimated rest of the loading; null outside it, and while it is not known.</summary>
    public TimeSpan? LoadingLeft => StartReplies.Left(Status, _services.Time.GetUtcNow());

    /// <summary>Completes when the node has answered itself; cancelled if it does not.</summary>
    public Task ProveAliveAsync(CancellationToken cancel) => _node!.ProveAliveAsync(cancel);

    /// <summary>Completes, with one sentence that says what to do, if the node cannot run as it is. Stop it then.</summary>
    public Task<string> Fatal => _node!.Fatal; // there is no host in anybody's hands before it has a node

    private static NodeStatus Starting { get; } = new(NodePhase.Binding, ["the node is starting"], 0, "", ImmutableArray<DiskFigures>.Empty, ImmutableArray<PartitionFigures>.Empty);

    /// <summary>Starts the node and returns when its ports are bound; loading and registering go on behind it.</summary>
    /// <remarks>The ports are first, so that nobody is refused; no disk and no master is asked for anything before they listen.</remarks>
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

    /// <summary>First the ports, then everything else at once: the HTTP server, the actor system and the checks depend on nothing of each other.</summary>
    private async Task StartAsync(Func<NodeSettings, NodeServices, ActorSystem, IDataNode> create, CancellationToken stop)
    {
        var ports = _services.EarlyPorts?.For(_settings) ?? PortSet.Bind(_settings.File, PortPlan.Of(_settings), InheritedSockets.None, _services.Time);
        _running.Push(new Ending(() => ports.Dispose()));
        Tell(_settings.Notes);
        Tell(ports.Notes);
        var checks = StartChecks.Begin(_settings, _services, stop);
        var telemetry = Telemetry.Start(_settings.Telemetry, _services, () => Status.Address, () => Volatile.Read(ref _node)?.Surface?.Figures().Cluster ?? "");
        if (telemetry is not null) _running.Push(telemetry); // ends after the node, so that its last operations are sent
        var services = _services with { Network = new PortNetwork(_services.Network, ports), Ports = ports, MayLoad = checks.Passed, Spans = telemetry?.Sink };
        _timeline = new StartTimeline(_services.EarlyPorts?.ProcessStart ?? _services.Time.GetUtcNow()) { PortsBound = ports.BoundAt };
        var view = new NodeView(() => Status, () => Volatile.Read(ref _node)?.Surface, _timeline) { Phase = () => Volatile.Read(ref _node)?.Phase ?? NodePhase.Binding, Telemetry = telemetry };
        var observation = Task.Run(() => Observation.StartAsync(_settings, services, view), CancellationToken.None);
        _running.Push(new Ending(async () => await (await observation).DisposeAsync(), observation));
        try
        {
            await StartNodeAsync(create, services).WaitAsync(stop);
        }
        finally
        {
            // What went wrong first is told; what runs beside it is waited for, so that nothing of it comes to be after the end.
            await Task.WhenAny(observation);
        }

        await observation;
        await checks.Completion;
        if (_settings.Observation.LogFiles is { } files && PidFile.Write(files.Directory, _services.Log) is { } pid) _running.Push(pid);
        _running.Push(new StartWatch(_timeline, () => Status, _services.Time));
        _running.Push(new RaftAlarms(_settings.DataNode.RaftAlarms, () => Status, _services.Time, _services.Log));
    }

    private Task StartNodeAsync(Func<NodeSettings, NodeServices, ActorSystem, IDataNode> create, NodeServices services)
    {
        var identity = _settings.DataNode.Identity;
        var system = ActorSystems.Create($"node-{identity.BindAddress}-{identity.DataPort}".Replace('.', '-'), _settings.Akka, _services.Levels is null ? _settings.LogLevel : LogEventLevel.Debug, _services.Log, _services.Tally); // a level that may change is decided by the log
        _running.Push(new Ending(() => ActorSystems.EndAsync(system)));
        var node = create(_settings, services, system);
        _running.Push(node);
        Volatile.Write(ref _node, node);
        return node.StartAsync();
    }

    private void Tell(IReadOnlyList<SettingsNote> notes)
    {
        foreach (var note in notes) _services.Log.Write(note.Level, "{Note:l}", note.Text);
    }

    /// <summary>Ends one part of the node; nothing if the part never came to be.</summary>
    private sealed class Ending(Func<Task> end, Task? start = null) : IAsyncDisposable
    {
        public Ending(Action end)
            : this(() =>
            {
                end();
                return Task.CompletedTask;
            })
        {
        }

        public async ValueTask DisposeAsync()
        {
            if (start is null || start.IsCompletedSuccessfully) await end();
        }
    }
}
