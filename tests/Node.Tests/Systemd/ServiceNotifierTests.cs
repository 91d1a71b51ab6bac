using System.Net.Sockets;
using System.Text;
using CubeActors.Actors;
using CubeActors.TestKit.Network;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>Goal: systemd knows how the node is, and that it lives. Method: the other end of the socket, and a clock that the test moves.</summary>
public sealed class ServiceNotifierTests : IDisposable
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-tests-");
    private readonly ManualTime _time = new();
    private Func<CancellationToken, Task> _prove = static _ => Task.CompletedTask;
    private NodeStatus _status = Status(NodePhase.Loading, "disk /data/disk1 is still being loaded");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Readiness_is_told_at_once_on_a_path_and_on_an_abstract_name(bool isAbstract)
    {
        var name = isAbstract ? $"@cubeactors-tests-{Guid.NewGuid():N}" : $"{_directory.FullName}/notify";
        using var supervisor = Listen(isAbstract ? '\0' + name[1..] : name);
        await using (Start(name))
        {
            Assert.Equal(
                "READY=1\nSTATUS=Loading: 1 of 4 partitions settled, about 9 s left; disk /data/disk1 is still being loaded", await ReceiveAsync(supervisor));
        }
    }

    [Fact]
    public async Task Readiness_waits_for_serving_where_it_is_asked_for_and_the_start_gets_more_time_meanwhile()
    {
        var name = $"{_directory.FullName}/notify";
        using var supervisor = Listen(name);
        await using (Start(name, readyWhenServing: true))
        {
            await _time.FireAsync(ServiceNotifier.Period);
            Assert.Equal(
                "STATUS=Loading: 1 of 4 partitions settled, about 9 s left; disk /data/disk1 is still being loaded\nEXTEND_TIMEOUT_USEC=15000000", await ReceiveAsync(supervisor));
            _status = Status(NodePhase.Ready);
            await _time.FireAsync(ServiceNotifier.Period);
            Assert.Equal("READY=1\nSTATUS=Serving 1 partitions on 0 disks", await ReceiveAsync(supervisor));
        }
    }

    [Fact]
    public async Task A_stop_is_told_and_gets_more_time_for_as_long_as_the_node_lives()
    {
        var name = $"{_directory.FullName}/notify";
        using var supervisor = Listen(name);
        await using var notifier = Start(name);
        await ReceiveAsync(supervisor);
        _status = Status(NodePhase.Draining, "the node is stopping");
        notifier.Stopping(null);
        Assert.Equal("STOPPING=1\nSTATUS=Stopping: the node is stopping\nEXTEND_TIMEOUT_USEC=15000000", await ReceiveAsync(supervisor));
        await _time.FireAsync(ServiceNotifier.Period);
        Assert.Equal("EXTEND_TIMEOUT_USEC=15000000", await ReceiveAsync(supervisor));
    }

    [Fact]
    public async Task A_node_that_ends_by_itself_says_why()
    {
        var name = $"{_directory.FullName}/notify";
        using var supervisor = Listen(name);
        await using var notifier = Start(name);
        await ReceiveAsync(supervisor);
        notifier.Stopping("the cluster\nis another one");
        Assert.StartsWith("STOPPING=1\nSTATUS=the cluster is another one\n", await ReceiveAsync(supervisor), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_watchdog_hears_of_a_node_only_when_it_has_answered_itself()
    {
        var name = $"{_directory.FullName}/notify";
        using var supervisor = Listen(name);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource();
        _prove = cancel =>
        {
            asked.TrySetResult();
            return answer.Task.WaitAsync(cancel);
        };
        await using (Start(name, watchdog: Watchdog))
        {
            await ReceiveAsync(supervisor);
            await _time.FireAsync(Watchdog / 2);
            await asked.Task; // and no answer: nothing may be sent
            Assert.Equal(0, supervisor.Available);
            answer.SetResult();
            Assert.Equal("WATCHDOG=1", await ReceiveAsync(supervisor));
        }
    }

    [Fact]
    public async Task A_supervisor_that_is_gone_does_not_disturb_the_node()
    {
        await using var notifier = Start($"{_directory.FullName}/nobody");
        await _time.FireAsync(ServiceNotifier.Period);
        notifier.Stopping(null);
    }

    [Theory]
    [InlineData("notify")]
    [InlineData("vsock:2:1234")]
    public void An_address_that_is_none_is_told(string address)
    {
        Assert.Null(NotifySocket.Open(address, out var problem));
        Assert.Contains($"\"{address}\"", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_too_long_is_told()
    {
        Assert.Null(NotifySocket.Open("/" + new string('a', 300), out var problem));
        Assert.Contains("301", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("30000000", null, 30.0)]
    [InlineData("30000000", "42", 30.0)]
    [InlineData("30000000", "41", null)] // somebody else's
    [InlineData("0", "42", null)]
    [InlineData("soon", "42", null)]
    [InlineData(null, "42", null)]
    public void A_watchdog_counts_if_it_is_ours_and_has_a_time(string? time, string? process, double? seconds)
    {
        var environment = ServiceEnvironment.Read(name => name switch { "WATCHDOG_USEC" => time, "WATCHDOG_PID" => process, _ => null }, self: 42);
        Assert.Null(environment.NotifyAddress);
        Assert.Equal(seconds, environment.Watchdog?.TotalSeconds);
    }

    private ServiceNotifier Start(string address, bool readyWhenServing = false, TimeSpan? watchdog = null) => new(
        NotifySocket.Open(address, out _)!, new ServiceEnvironment(address, watchdog), readyWhenServing, () => _status, () => TimeSpan.FromSeconds(8.2), cancel => _prove(cancel), _time, Logger.None);

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[4096];
        var bytes = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60));
        return Encoding.UTF8.GetString(buffer, 0, bytes);
    }

    private static NodeStatus Status(NodePhase phase, params string[] reasons) => new(
        phase, reasons, 4, "127.0.0.11:17310", [new("/data/disk1", DiskState.Loading, 1000, 300, 650, 50, 4, 1, "")],
        [new(new(7), "photos", "/data/disk1", PartitionState.Serving, 400, 0, 64, 1024, [], [], "", () => null)]);
}
