using System.Net;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane.Tests;

/// <summary>The control side of a data node on real loopback sockets: acknowledges every task, and posts its report for each heartbeat.</summary>
internal sealed class LoopbackNode : IAsyncDisposable
{
    private readonly IListener _listener;
    private readonly IListener _smux;
    private readonly MasterClient _master;
    private readonly List<IConnection> _connections = [];
    private readonly List<AdminTask> _tasks = [];
    private readonly List<Task> _loops = [];
    private readonly List<DeleteParam> _deleted = [];
    private readonly TaskCompletionSource _reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _deletedSome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LoopbackNode(int node, IPEndPoint master)
    {
        var network = new TcpNetwork();
        // The smux port is 500 above: both must be free, so that several tries may be needed.
        (_listener, _smux) = ListenPair(network, IPAddress.Parse($"127.0.0.{10 + node}"));
        Address = _listener.LocalEndPoint.ToString();
        _master = new MasterClient(new MasterSettings([master.ToString()]), network, TimeProvider.System);
        _loops.Add(AcceptAsync(_listener, ServeAsync));
        _loops.Add(AcceptAsync(_smux, ServeSmuxAsync));
    }

    public string Address { get; }

    /// <summary>Completes when the first report was posted.</summary>
    public Task Reported => _reported.Task;

    /// <summary>Completes when the first batch of deletes was acknowledged.</summary>
    public Task DeletedSome => _deletedSome.Task;

    public IReadOnlyList<DeleteParam> Deleted { get { lock (_deleted) return [.. _deleted]; } }

    public IReadOnlyList<AdminTask> Tasks { get { lock (_tasks) return [.. _tasks]; } }

    public Task<NodeId> RegisterAsync() => _master.AddDataNodeAsync(Address, "17330", "17340", "default", 1);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _smux.Dispose();
        lock (_connections)
            foreach (var connection in _connections) connection.Dispose();
        await Task.WhenAll(_loops);
        _master.Dispose();
    }

    private static (IListener, IListener) ListenPair(TcpNetwork network, IPAddress ip)
    {
        const int triesMax = 100;
        for (var i = 0; ; i++)
        {
            var data = network.Listen(new IPEndPoint(ip, 0));
            try
            {
                return (data, network.Listen(new IPEndPoint(ip, data.LocalEndPoint.Port + SmuxSettings.PortShift)));
            }
            catch (Exception e) when (i < triesMax && e is System.Net.Sockets.SocketException or ArgumentOutOfRangeException)
            {
                data.Dispose();
            }
        }
    }

    private async Task AcceptAsync(IListener listener, Func<IConnection, Task> serve)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(CancellationToken.None);
                lock (_connections) _connections.Add(connection);
                lock (_loops) _loops.Add(ServeUntilLostAsync(connection, serve));
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The test has ended.
        }
    }

    private static async Task ServeUntilLostAsync(IConnection connection, Func<IConnection, Task> serve)
    {
        try
        {
            await serve(connection);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The master hung up, or the test has ended.
        }
    }

    private async Task ServeAsync(IConnection connection)
    {
        var heard = new List<byte>();
        while (await ReceiveAsync(connection, heard))
        {
            while (NodeScript.TakeTask(heard) is { } told)
            {
                lock (_tasks) _tasks.Add(told.Task);
                await connection.SendAsync(NodeScript.Reply(told.Header, text: told.Header.Opcode == Opcode.CreateDataPartition ? "/disk1" : ""));
                if (told.Header.Opcode != Opcode.DataNodeHeartbeat) continue;
                await _master.PostTaskResponseAsync(told.Task.Answered(Build.Heartbeat(Reports()), MasterJson.Default.DataNodeHeartbeatResponse));
                _reported.TrySetResult();
            }
        }
    }

    private async Task ServeSmuxAsync(IConnection connection)
    {
        var (heard, stream) = (new List<byte>(), new List<byte>());
        while (await ReceiveAsync(connection, heard))
        {
            stream.AddRange(NodeScript.TakeFrames(heard).Payload);
            if (NodeScript.TakePacket(stream) is not { } packet) continue;
            Assert.True(DeleteParams.TryRead(packet.Data, out var parameters));
            lock (_deleted) _deleted.AddRange(parameters);
            await connection.SendAsync(NodeScript.Frame(SmuxCommand.Push, 3, NodeScript.Reply(packet.Header)));
            _deletedSome.TrySetResult();
        }
    }

    private PartitionReport[] Reports()
    {
        var created = Tasks.Where(task => task.OpCode == (byte)Opcode.CreateDataPartition).Select(task => task.PartitionId.Value);
        var removed = Tasks.Where(task => task.OpCode == (byte)Opcode.DeleteDataPartition).Select(task => task.PartitionId.Value);
        return [.. created.Except(removed).Select(id => Build.Report(id, disk: "/disk1"))];
    }

    private static async Task<bool> ReceiveAsync(IConnection connection, List<byte> heard)
    {
        var buffer = new byte[64 * 1024];
        var got = await connection.ReceiveAsync(buffer);
        heard.AddRange(buffer.AsSpan(0, got));
        return got > 0;
    }
}
