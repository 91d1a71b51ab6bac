using System.Net;
using Akka.Actor;
using Akka.Event;
using CubeActors.Actors;
using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>One process of a data node: the real <see cref="DataNode"/> with all its actors, on strands, and a clock, a network and a disk of the simulation.</summary>
internal sealed class NodeProcess
{
    private const int DiskThreads = 2;

    private readonly Stage _stage;
    private readonly List<Strand> _strands = [];
    private readonly ActorSystem _system;
    private readonly Strand _pool;

    public NodeProcess(Stage stage, Network network, NodeMachine machine, NodePlan plan, int number)
    {
        (_stage, Machine, Number) = (stage, machine, number);
        _pool = stage.NewStrand($"{Name} pool", this);
        _strands.Add(_pool);
        var sockets = NewStrand("sockets");
        var actors = NewStrand("actors");
        var time = new StageTime(stage, _pool);
        _system = new ActorHome(stage, actors, time).MakeSystem("node");
        _system.EventStream.SetLogLevel(LogLevel.InfoLevel); // without a logger nobody else does
        _system.EventStream.Subscribe(new LogEar(this, (ExtendedActorSystem)_system), typeof(LogEvent));
        Buffers = new BufferPool(plan.BufferBytes);
        var random = new Random(stage.Random.Next());
        Node = new DataNode(plan.SettingsFor(machine), new DataNodeEnvironment(
            _system, network.Of(machine.Host, sockets, this, () => IsDead), machine.Files, Buffers, time, random, machine.BootId)
        {
            MasterTransport = new NoMaster(),
            WorkQueues = (name, threads, capacity, failed) => new StrandQueue(
                [.. Enumerable.Range(0, name.StartsWith("raft", StringComparison.Ordinal) ? 1 : threads).Select(at => NewStrand($"{name} {at}"))], capacity, failed, plan.DiskTakes(stage.Random)),
        });
    }

    public static int ThreadsPerDisk => DiskThreads;

    public NodeMachine Machine { get; }
    public int Number { get; }
    public string Name => $"node {Machine.Index} ({Number})";
    public DataNode Node { get; }
    public BufferPool Buffers { get; }

    /// <summary>Killed, or stopped and gone, or dead by its disk's last call within the item of work under way.</summary>
    public bool IsDead { get => field || Machine.Files.HasCrashed; private set; }

    /// <summary>It was told to stop and has not yet.</summary>
    public Task? Stopping { get; private set; }

    /// <summary>Exceptions in its log, and other faults that nobody should see.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Strands that are threads of its disk; the one of the raft log last.</summary>
    public IEnumerable<Strand> DiskStrands => _strands.Where(strand => strand.Name.Contains("disk", StringComparison.Ordinal) || strand.Name.Contains("raft", StringComparison.Ordinal));

    /// <summary>To be called in the run.</summary>
    public void Start() => _stage.Within(_pool, () =>
    {
        var bound = Node.StartAsync();
        if (bound.IsFaulted) throw new Broken($"{Name} cannot start: {bound.Exception!.InnerException!.Message}");
    });

    /// <summary>SIGTERM.</summary>
    public void Stop() => _stage.Within(_pool, () => Stopping = StopAsync());

    /// <summary>The operator's order, or its end.</summary>
    public void Drain(bool drains) => _stage.Within(_pool, () => _ = drains ? Node.Surface.Drain.Begin() : Node.Surface.Drain.Cancel());

    private async Task StopAsync()
    {
        await Node.StopAsync(CancellationToken.None).ConfigureAwait(false);
        _stage.CheckThread();
    }

    /// <summary>The process is not there any more: nothing of it runs again.</summary>
    public void End()
    {
        IsDead = true;
        foreach (var strand in _strands) strand.End();
    }

    /// <summary>The machine gives it no time.</summary>
    public void Pause(TimeSpan time)
    {
        foreach (var strand in _strands) strand.Hold(time);
    }

    private Strand NewStrand(string name)
    {
        var strand = new Strand(_stage, $"{Name} {name}", _stage.NextNumber(), this) { Home = _pool };
        _strands.Add(strand);
        return strand;
    }

    private void Logged(LogEvent logged)
    {
        if (IsDead) return; // its last words came after its last write
        var text = logged.Message?.ToString() ?? "";
        _stage.Trace($"{Name}: {logged.LogLevel()} {text}{(logged.Cause is { } cause ? $" [{cause.GetType().Name}: {cause.Message}]" : "")}");
        if (logged is Error error && error.Cause is not null) Errors.Add($"{Name} at {_stage.Now.TotalSeconds:0.000} logged: {text} {error.Cause}");
    }

    /// <summary>Nobody answers for the masters: a node has its address from its settings and serves without them.</summary>
    private sealed class NoMaster : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) =>
            Task.FromException<HttpResponseMessage>(new HttpRequestException("no master in this run"));
    }

    /// <summary>Hears every log event at once.</summary>
    private sealed class LogEar(NodeProcess process, ExtendedActorSystem system) : MinimalActorRef
    {
        public override ActorPath Path { get; } = new RootActorPath(new Address("akka", system.Name)) / "log-ear";
        public override IActorRefProvider Provider => system.Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (message is LogEvent logged) process.Logged(logged);
        }
    }
}
