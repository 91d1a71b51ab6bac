using System.Net;
using System.Net.Sockets;
using CubeActors.Actors;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog.Core;

namespace CubeActors.Node.Tests;

public sealed class NodeHostTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Probes_answer_while_the_node_has_not_bound_its_ports_yet()
    {
        var node = new FakeNode { Start = new TaskCompletionSource() };
        var settings = Settings();
        var starting = StartAsync(settings, node);
        await node.Started.Task; // the host waits for the node's ports now
        using var client = new HttpClient();
        using var reply = await client.GetAsync($"http://{settings.Http!.EndPoint}/livez");
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        node.Start.SetResult();
        await using var host = await starting;
        Assert.Equal(NodePhase.Loading, host.Status.Phase);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_nothing_running()
    {
        var node = new FakeNode { Start = new TaskCompletionSource() };
        node.Start.SetException(new SettingsException("no"));
        var settings = Settings();
        await Assert.ThrowsAsync<SettingsException>(() => StartAsync(settings, node));
        Assert.True(node.IsDisposed);
        new TcpNetwork().Listen(settings.Http!.EndPoint).Dispose(); // the HTTP port is free again
    }

    [Fact]
    public async Task A_stop_waits_for_the_node_and_then_ends_everything()
    {
        var node = new FakeNode();
        var host = await StartAsync(Settings(), node);
        Assert.True(await host.StopAsync());
        Assert.True(node.IsStopped);
        await host.DisposeAsync();
        Assert.True(node.IsDisposed);
    }

    [Fact]
    public async Task A_stop_that_takes_too_long_is_given_up_and_waited_for_no_more()
    {
        var time = new ManualTime();
        var node = new FakeNode { NeverStops = true };
        await using var host = await StartAsync(Settings(), node, time);
        var stopping = host.StopAsync();
        await node.Stopping.Task;
        time.FireAll();
        Assert.False(await stopping);
    }

    [Fact]
    public async Task One_disk_of_two_that_is_missing_does_not_take_the_other_away()
    {
        var settings = Settings($"{_directory.FullName}/missing");
        await using var host = await StartAsync(settings, new FakeNode());
        Assert.Equal(2, settings.DataNode.Disks.Count);
        Assert.False(Directory.Exists($"{_directory.FullName}/missing"));
    }

    [Fact]
    public async Task Ports_listen_and_the_node_is_made_while_a_disk_hangs_but_no_disk_may_be_touched()
    {
        var node = new FakeNode();
        var settings = Settings();
        using var disk = new HangingDisk(_directory.FullName);
        var services = new NodeServices(new TcpNetwork(), disk.Files, new ManualTime(), Logger.None);
        Task? mayLoad = null;
        var starting = NodeHost.StartAsync(
            settings, services,
            (_, made, _) =>
            {
                mayLoad = made.MayLoad;
                return node;
            },
            CancellationToken.None);
        await node.Started.Task;
        using var caller = new TcpClient();
        await caller.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.78"), settings.DataNode.Identity.DataPort));
        Assert.False(mayLoad!.IsCompleted);
        Assert.False(starting.IsCompleted);
        disk.Answer();
        await using var host = await starting;
        Assert.True(mayLoad.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_start_without_any_usable_disk_ends_with_the_reason_and_lets_nothing_be_loaded()
    {
        var node = new FakeNode();
        var settings = Settings();
        settings = settings with { DataNode = settings.DataNode with { Disks = [new DiskSettings($"{_directory.FullName}/missing", 0)] } };
        Task? mayLoad = null;
        var failure = await Assert.ThrowsAsync<SettingsException>(() => NodeHost.StartAsync(
            settings, new NodeServices(new TcpNetwork(), new LinuxFileSystem(), TimeProvider.System, Logger.None),
            (_, made, _) =>
            {
                mayLoad = made.MayLoad;
                return node;
            },
            CancellationToken.None));
        Assert.Contains("does not exist", failure.Message, StringComparison.Ordinal);
        Assert.False(mayLoad!.IsCompleted);
        Assert.True(node.IsDisposed);
    }

    private static Task<NodeHost> StartAsync(NodeSettings settings, FakeNode node, TimeProvider? time = null) => NodeHost.StartAsync(
        settings, new NodeServices(new TcpNetwork(), new LinuxFileSystem(), time ?? TimeProvider.System, Logger.None), (_, _, _) => node, CancellationToken.None);

    private NodeSettings Settings(string? secondDisk = null)
    {
        using var probe = new TcpNetwork().Listen(new IPEndPoint(IPAddress.Parse("127.0.0.78"), 0));
        var port = Math.Min(probe.LocalEndPoint.Port, IPEndPoint.MaxPort - 1000);
        return NodeSettingsReader.Read(
            DataNodeFile.Parse("f", SampleConfig.With(
                ("localIP", "\"127.0.0.78\""), ("listen", $"\"{port}\""), ("prof", $"\"{port + 10}\""),
                ("raftHeartbeat", $"\"{port + 20}\""), ("raftReplica", $"\"{port + 30}\""), ("raftDir", $"\"{_directory.FullName}/raft\""),
                ("disks", secondDisk is null ? $"[\"{_directory.FullName}:0\"]" : $"[\"{_directory.FullName}:0\",\"{secondDisk}:0\"]"))),
            HoconFile.ParseOverlay("o", "cubeactors.storage.reserve-floor = 1 MiB"));
    }

    private sealed class FakeNode : IDataNode
    {
        public TaskCompletionSource Started { get; } = new();
        public TaskCompletionSource Stopping { get; } = new();
        public TaskCompletionSource? Start { get; init; }
        public bool NeverStops { get; init; }
        public bool IsStopped { get; private set; }
        public bool IsDisposed { get; private set; }
        public NodeStatus Status { get; } = new(NodePhase.Loading, ["loading"], 0, "", [], []);
        public Task<string> Fatal { get; } = new TaskCompletionSource<string>().Task;

        public Task StartAsync()
        {
            Started.SetResult();
            return Start?.Task ?? Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancel)
        {
            Stopping.SetResult();
            if (NeverStops) await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            IsStopped = true;
        }

        public ValueTask DisposeAsync()
        {
            if (NeverStops) throw new InvalidOperationException("a node that did not stop must not be waited for");
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Timers that fire when the test says so; everything else is real.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly List<Action> _callbacks = [];

        public void FireAll()
        {
            Action[] due;
            lock (_callbacks) due = [.. _callbacks];
            foreach (var callback in due) callback();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_callbacks) _callbacks.Add(() => callback(state));
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;
            public void Dispose() { }
            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
