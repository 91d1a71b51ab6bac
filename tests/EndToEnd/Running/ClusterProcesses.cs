using CubeActors.Client;
using CubeActors.Protocol.Master;

namespace CubeActors.EndToEnd;

/// <summary>A cluster of separate processes: one master and some data nodes, on addresses and in a directory of its own.</summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    public const string Volume = "trial";

    private const int MasterPort = 17010;

    /// <summary>A partition that takes writes. Source: CubeFS proto/status.go ReadWrite.</summary>
    private const int ReadWrite = 2;

    private readonly LoopbackRange _addresses = LoopbackRange.Claim();
    private readonly Dictionary<NodePlace, ProgramRun> _running = [];
    private readonly List<ProgramRun> _ended = [];
    private readonly ITestOutputHelper _output;
    private ProgramRun? _master;

    private ClusterProcesses(ITestOutputHelper output, int nodes)
    {
        _output = output;
        Root = Directory.CreateTempSubdirectory("cubeactors-end-to-end-").FullName;
        Master = $"{_addresses[0]}:{MasterPort}";
        Nodes = [.. Enumerable.Range(1, nodes).Select(n => new NodePlace($"node {n}", _addresses[n], Path.Combine(Root, $"node{n}"), Master))];
        File.WriteAllText(MasterTunables, "cubeactors.embedded-master.heartbeat-period = 500 ms\n");
    }

    /// <summary>Removed by Dispose.</summary>
    public string Root { get; }

    /// <summary><c>ip:port</c>.</summary>
    public string Master { get; }

    public IReadOnlyList<NodePlace> Nodes { get; }

    private string MasterTunables => Path.Combine(Root, "master.conf");

    /// <summary>Starts all and waits until all are ready.</summary>
    /// <param name="tunables">HOCON for every node.</param>
    /// <param name="prepare">Called before anything is started.</param>
    public static async Task<ClusterProcesses> StartAsync(
        ITestOutputHelper output, int nodes = 3, string tunables = "", Action<ClusterProcesses>? prepare = null)
    {
        var cluster = new ClusterProcesses(output, nodes);
        try
        {
            foreach (var node in cluster.Nodes) node.WriteTunables(tunables);
            prepare?.Invoke(cluster);
            await cluster.StartMissingAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public ProgramRun RunOf(NodePlace node) => _running[node];

    /// <summary>The node that the cluster knows by this <c>ip:port</c>.</summary>
    public NodePlace NodeAt(string address) => Nodes.Single(node => node.Address == address);

    /// <summary>A client in this process, with connections of its own; the caller disposes it.</summary>
    public CubeClient OpenClient(ClientSettings? settings = null) =>
        new(new CubeClientOptions(new MasterSettings([Master])) { Client = settings ?? new ClientSettings() });

    /// <summary>Runs one command of the program against this cluster to its end.</summary>
    public async Task<ProgramRun> RunAsync(params IEnumerable<string> arguments)
    {
        var run = ProgramRun.Start(string.Join(' ', arguments), [.. arguments, "--master", Master]);
        _ended.Add(run);
        await run.ExitAsync();
        return run;
    }

    /// <summary>Starts what does not run, master first, and waits until all nodes are ready.</summary>
    public async Task StartMissingAsync()
    {
        if (_master is null)
        {
            _master = ProgramRun.Start("master", "master", "--listen", Master, "--data", Path.Combine(Root, "master"), "--conf", MasterTunables);
            await _master.LineAsync("answers on");
        }

        await StartNodesAsync();
        using var client = OpenClient();
        // Ready means registered; partitions go to nodes that have reported their space too, one heartbeat later.
        await Eventually.TrueAsync(
            "all nodes have reported to the master",
            async () => (await client.Master.GetAllDataNodesAsync()).Count(node => node is { Status: true, IsWritable: true }) == Nodes.Count,
            Describe);
    }

    /// <summary>Starts the nodes that do not run and waits until all are ready; whether they take writes is not waited for.</summary>
    public async Task StartNodesAsync()
    {
        foreach (var node in Nodes)
            if (!_running.ContainsKey(node)) _running[node] = ProgramRun.Start(node.Name, node.Arguments);
        foreach (var node in Nodes) await WaitReadyAsync(node);
    }

    public async Task KillAsync(NodePlace node)
    {
        await _running[node].KillAsync();
        Forget(node);
    }

    /// <summary>kill -9 for master and nodes, all at once.</summary>
    public async Task KillAllAsync()
    {
        await Task.WhenAll([_master!.KillAsync(), .. _running.Values.Select(run => run.KillAsync())]);
        _ended.Add(_master);
        _master = null;
        foreach (var node in Nodes) Forget(node);
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync(NodePlace node)
    {
        _running[node].SendTerminate();
        return await ExitAsync(node);
    }

    /// <summary>Waits for the end of a node that was told to stop.</summary>
    public async Task<int> ExitAsync(NodePlace node)
    {
        var code = await _running[node].ExitAsync();
        Forget(node);
        return code;
    }

    /// <summary>Creates <see cref="Volume"/> and waits until all of it takes writes.</summary>
    /// <returns>Its partitions.</returns>
    public async Task<IReadOnlyList<DataPartitionView>> CreateVolumeAsync(int partitions, int replicas)
    {
        const long gib = 1L << 30;
        using var client = OpenClient();
        await client.Master.CreateVolumeAsync(new NewVolume(Volume, Volume, partitions, replicas, partitions) { PartitionBytes = gib });
        return await WaitWritableAsync(partitions);
    }

    /// <summary>Waits until so many partitions of <see cref="Volume"/> take writes.</summary>
    public async Task<IReadOnlyList<DataPartitionView>> WaitWritableAsync(int partitions)
    {
        using var client = OpenClient();
        return await Eventually.GetAsync<IReadOnlyList<DataPartitionView>>(
            $"{partitions} partitions of {Volume} take writes",
            async () =>
            {
                var view = await client.Master.GetClientPartitionsAsync(Volume);
                return view.DataPartitions.Count(partition => partition.Status == ReadWrite) == partitions ? view.DataPartitions : null;
            },
            Describe);
    }

    /// <summary>Asserts that no process has taken a reply for another one's or met a failure that nobody had foreseen.</summary>
    public void AssertNothingUnforeseen()
    {
        foreach (var line in Runs().SelectMany(run => run.Errors))
            foreach (var sign in (string[])["Reply mismatch", "Internal error", "unexpected failure"])
                Assert.DoesNotContain(sign, line, StringComparison.Ordinal);
    }

    public string Describe() => string.Join(Environment.NewLine, Runs().Select(run => run.Describe()));

    public async ValueTask DisposeAsync()
    {
        foreach (var run in Runs().ToList())
        {
            _output.WriteLine(run.Describe()); // xunit shows it for a test that failed
            await run.DisposeAsync();
        }

        Directory.Delete(Root, recursive: true);
        _addresses.Dispose();
    }

    private IEnumerable<ProgramRun> Runs() => _ended.Concat(_running.Values).Concat(_master is null ? [] : [_master]);

    private Task WaitReadyAsync(NodePlace node) => Eventually.TrueAsync(
        $"{node.Name} is ready",
        async () =>
        {
            Assert.False(_running[node].HasExited, _running[node].Describe());
            return await node.ReadyAsync() is (200, _);
        },
        _running[node].Describe);

    private void Forget(NodePlace node)
    {
        _ended.Add(_running[node]);
        _running.Remove(node);
    }
}
