using System.Diagnostics;
using System.Net;
using CubeActors.Protocol;

namespace CubeActors.EndToEnd;

/// <summary>Goal: a restart refuses nobody. Method: sockets that outlive the processes on them, as systemd's socket activation has it.</summary>
public sealed class SocketActivationTests : IDisposable
{
    private const int Success = 0;

    private readonly ITestOutputHelper _output;
    private readonly LoopbackRange _addresses = LoopbackRange.Claim();
    private readonly string _root = Directory.CreateTempSubdirectory("cubeactors-activation-").FullName;
    private readonly NodePlace _node;

    public SocketActivationTests(ITestOutputHelper output)
    {
        _output = output;
        _node = new NodePlace("node", _addresses[1], Path.Combine(_root, "node"), $"{_addresses[0]}:17010");
    }

    [Fact]
    public async Task Who_connects_between_two_processes_is_served_by_the_second()
    {
        var foreign = new IPEndPoint(_node.Ip, 17399);
        using var supervisor = new Supervisor(
            _root, _node.Probes, _node.Data, foreign, _node.Smux, new IPEndPoint(_node.Ip, 17330), new IPEndPoint(_node.Ip, 17340)); // in no order
        await using (var first = supervisor.Start("first", _node.Arguments))
        {
            await supervisor.HearAsync(first, "READY=1");
            await first.LineAsync($"{foreign}, which is no port of this configuration");
            using (var peer = await RawPeer.ConnectAsync(_node.Data)) await AskAsync(peer, 1);
            first.SendTerminate();
            await supervisor.HearAsync(first, "STOPPING=1");
            Assert.Equal(Success, await first.ExitAsync());
        }

        // Nobody is there: the kernel keeps them.
        using var between = await RawPeer.ConnectAsync(_node.Data);
        var asked = Stopwatch.GetTimestamp();
        var answer = AskAsync(between, 2);
        var probe = ProbeAsync();
        await using var second = supervisor.Start("second", _node.Arguments);
        await answer;
        _output.WriteLine($"a request sent while no process ran was answered {Stopwatch.GetElapsedTime(asked).TotalSeconds:0.00} s later");
        Assert.Contains("\"livez\"", await probe, StringComparison.Ordinal);
        await supervisor.HearAsync(second, "READY=1");
        second.SendTerminate();
        Assert.Equal(Success, await second.ExitAsync());
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        _addresses.Dispose();
    }

    /// <summary>A question about a partition that is not here: that there is an answer is what counts.</summary>
    private static async Task AskAsync(RawPeer peer, long request)
    {
        await peer.SendAsync(new PacketHeader(
            ExtentTypes.Normal, Opcode.GetAppliedId, ResultCode.None, 0, 0, 0, 0, new PartitionId(4711), default, 0, request, 0));
        var reply = await peer.ReceiveAsync().WaitAsync(Eventually.Deadline);
        Assert.Equal(request, reply.Header.RequestId);
    }

    private async Task<string> ProbeAsync()
    {
        using var client = new HttpClient { Timeout = Eventually.Deadline };
        return await client.GetStringAsync(new Uri($"http://{_node.Probes}/livez"));
    }
}
