using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>The data path of a node whose disks have not said what they hold: real sockets, no partitions but those that a test publishes.</summary>
internal sealed class StartingDoor : IAsyncDisposable
{
    private readonly IListener _listener = new TcpNetwork().Listen(new IPEndPoint(LoopbackAddresses.Next(), 0));
    private readonly ConnectionTable _connections;
    private readonly Task _accepting;

    private readonly string? _remote;

    /// <param name="sources">Looks at where packets come from; null: nobody does.</param>
    /// <param name="remote"><c>ip:port</c> that connections seem to come from; null: from where they do.</param>
    public StartingDoor(TimeProvider time, DataPathSettings settings, SourceCheck? sources = null, string? remote = null)
    {
        _remote = remote;
        Gates = new PartitionGates(ParkingLimits.Of(settings.Waiting, settings.BufferBudgetBytes));
        Buffers = new BufferPool(settings.BufferBudgetBytes);
        Waits = new WaitMeters(time);
        _connections = new ConnectionTable(new DataPathServices(new TcpNetwork(), Buffers, time, Gates, Gate, settings, new Desk(), new Events(Broken)) { Waits = Waits, Sources = sources ?? SourceCheck.Off });
        _accepting = AcceptAsync();
    }

    public PartitionGates Gates { get; }
    public NodeGate Gate { get; } = new();
    public BufferPool Buffers { get; }
    public WaitMeters Waits { get; }
    public IPEndPoint EndPoint => _listener.LocalEndPoint;
    public List<string> Broken { get; } = [];

    public long Counted(WaitOutcome outcome) => Waits.Read().Where(wait => wait.Outcome == outcome).Sum(wait => wait.Latency.Count);

    /// <summary>Ends it, and asserts that nothing of it is left.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting.Soon();
        await _connections.CloseAsync(Patience.Long).Soon();
        _connections.Dispose();
        Assert.Empty(Broken);
        Assert.Equal((0, 0L, (0, 0L)), (_connections.Count, Buffers.Outstanding, Gates.Waiting));
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var accepted = await _listener.AcceptAsync(CancellationToken.None);
                _connections.Admit(_remote is null ? accepted : new From(accepted, _remote));
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // closed by Dispose
        }
    }

    /// <summary>A connection of another address.</summary>
    private sealed class From(IConnection connection, string remote) : IConnection
    {
        public string RemoteAddress => remote;
        public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => connection.ReceiveAsync(buffer);
        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => connection.SendAsync(bytes);
        public void ShutdownSend() => connection.ShutdownSend();
        public void Dispose() => connection.Dispose();
    }

    /// <summary>Whatever gets through to the actors is answered with its opcode.</summary>
    private sealed class Desk : IAdminDesk
    {
        public void Accept(PacketHeader header, byte[] json, IAdminReply reply) => reply.Succeed();
    }

    private sealed class Events(List<string> broken) : IDataPathEvents
    {
        public void Malformed(Caller caller, string what) => Add($"malformed: {what}");
        public void Refused(string remote, string why) => Add($"refused: {why}");
        public void Stalled(Caller caller, string what) => Add($"stalled: {what}");
        public void ReplyMismatch(ReplyMismatch mismatch) => Add($"mismatch: {mismatch.Received}");
        public void DiskFault(PartitionGate gate, DiskFaultException fault) => Add(fault.Message);
        public void Broken(string where, Exception e) => Add($"{where}: {e}");

        private void Add(string what)
        {
            lock (broken) broken.Add(what);
        }
    }
}
