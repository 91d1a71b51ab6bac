using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane.Tests;

/// <summary>A network on the test's own thread: what a node does is a function of the bytes it has received so far.</summary>
/// <remarks>Everything happens within the call that causes it, so that a virtual clock decides all order.</remarks>
internal sealed class ScriptedNetwork : INetwork
{
    private readonly Dictionary<IPEndPoint, Action<ScriptedConnection>> _nodes = [];

    /// <summary>Every dial that was answered, oldest first.</summary>
    public List<ScriptedConnection> Connections { get; } = [];

    /// <summary>Dials so far, refused ones included.</summary>
    public int Dials { get; private set; }

    /// <summary>Called after each receipt of bytes on a connection to this address.</summary>
    public void Answer(string address, Action<ScriptedConnection> node) => _nodes[IPEndPoint.Parse(address)] = node;

    public void Refuse(string address) => _nodes.Remove(IPEndPoint.Parse(address));

    public IListener Listen(IPEndPoint endPoint) => throw new NotSupportedException("the master listens through Kestrel only");

    public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        Dials++;
        if (!_nodes.ContainsKey(endPoint)) return ValueTask.FromException<IConnection>(new SocketException((int)SocketError.ConnectionRefused));
        var connection = new ScriptedConnection(endPoint.ToString(), heard => _nodes.GetValueOrDefault(endPoint)?.Invoke(heard));
        Connections.Add(connection);
        return ValueTask.FromResult<IConnection>(connection);
    }
}

/// <summary>The master's end of a connection, and the test's handle on the node's.</summary>
internal sealed class ScriptedConnection(string remoteAddress, Action<ScriptedConnection> heard) : IConnection
{
    private readonly List<byte> _toMaster = [];
    private TaskCompletionSource<int>? _receiving;
    private Memory<byte> _buffer;
    private bool _ended;

    /// <summary>What the master has sent and the node has not taken yet.</summary>
    public List<byte> Heard { get; } = [];
    public bool IsDisposed { get; private set; }
    public string RemoteAddress => remoteAddress;

    public void Say(ReadOnlySpan<byte> bytes)
    {
        _toMaster.AddRange(bytes);
        Deliver();
    }

    public void End()
    {
        _ended = true;
        Deliver();
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (IsDisposed) return ValueTask.FromException<int>(new ObjectDisposedException("connection"));
        _buffer = buffer;
        var receiving = _receiving = new TaskCompletionSource<int>();
        Deliver();
        return new ValueTask<int>(receiving.Task);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (IsDisposed) return ValueTask.FromException(new ObjectDisposedException("connection"));
        if (_ended) return ValueTask.FromException(new SocketException((int)SocketError.ConnectionReset));
        Heard.AddRange(bytes.Span);
        heard(this);
        return default;
    }

    public void ShutdownSend() { }

    public void Dispose()
    {
        IsDisposed = true;
        Interlocked.Exchange(ref _receiving, null)?.SetException(new ObjectDisposedException("connection"));
    }

    private void Deliver()
    {
        if (_receiving is null || (_toMaster.Count == 0 && !_ended)) return;
        var count = Math.Min(_buffer.Length, _toMaster.Count);
        for (var i = 0; i < count; i++) _buffer.Span[i] = _toMaster[i];
        _toMaster.RemoveRange(0, count);
        Interlocked.Exchange(ref _receiving, null)!.SetResult(count);
    }
}
