using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>Who is at the other end of every connection of a <see cref="HostileNetwork"/>.</summary>
internal interface IHostilePeer
{
    /// <summary>Somebody has dialled. May send before it was asked anything.</summary>
    void Dialled(HostileConnection connection);

    /// <summary>A whole request has come.</summary>
    void Asked(HostileConnection connection, in PacketHeader request, ReadOnlySpan<byte> data);
}

/// <summary>A network on one thread: whoever sends has the other side's answer before the send returns, and whoever waits is gone on with inline.</summary>
/// <remarks>For runs of a million requests. The tests of whole nodes have the network of the TestKit.</remarks>
internal sealed class HostileNetwork(HostileClock clock, IHostilePeer peer) : INetwork
{
    /// <summary>Dials that are refused or not answered, asked before each.</summary>
    public Func<SocketError?> Refuses { get; set; } = static () => null;

    public int Dials { get; private set; }

    /// <summary>Connections that nobody has closed on our side.</summary>
    public int Open { get; private set; }

    /// <summary>The most bytes that one receive gives, asked before each.</summary>
    public Func<int> ReceiveBytesMax { get; set; } = static () => int.MaxValue;

    /// <summary>Packets that were to arrive on a connection that was closed before.</summary>
    public long ArrivedTooLate { get; private set; }

    public HostileClock Clock => clock;

    public IHostilePeer Peer => peer;

    public IListener Listen(IPEndPoint endPoint) => throw new NotSupportedException("nobody listens here");

    public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Dials++;
        if (Refuses() is { } error) throw new SocketException((int)error);
        Open++;
        var connection = new HostileConnection(this, Dials);
        peer.Dialled(connection);
        return new ValueTask<IConnection>(connection);
    }

    internal void Closed() => Open--;

    internal void Late() => ArrivedTooLate++;
}

/// <summary>One connection, both ends of it.</summary>
/// <param name="number">From 1, in the order of the dials.</param>
internal sealed class HostileConnection(HostileNetwork network, int number) : IConnection, IValueTaskSource<int>
{
    private static readonly Stack<byte[]> Spare = new();
    private const int BufferBytes = 1 << 20;

    private ManualResetValueTaskSourceCore<int> _receive;
    private Memory<byte> _destination;
    private byte[] _bytes = TakeSpare();
    private int _start;
    private int _end;
    private bool _waits;
    private bool _ended;
    private bool _reset;
    private bool _closed;
    private Func<byte[]>? _endless;

    /// <summary>From 1, in the order of the dials.</summary>
    public int Number => number;

    public string RemoteAddress => "127.0.0.2:17310";

    /// <summary>Bytes that have arrived and were not received.</summary>
    public int Unread => _end - _start;

    public bool IsClosed => _closed;

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_reset) throw new SocketException((int)SocketError.ConnectionReset);
        Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(bytes.Span, PacketLimits.Requests, out var request, out var headerBytes));
        Assert.Equal(bytes.Length, headerBytes + request.DataBytes); // one send, one request
        network.Peer.Asked(this, request, bytes.Span[headerBytes..]);
        return default;
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_start == _end && _endless is { } more) Arrive(more());
        if (_start < _end) return new ValueTask<int>(Give(buffer));
        if (_reset) throw new SocketException((int)SocketError.ConnectionReset);
        if (_ended) return new ValueTask<int>(0);
        _receive.Reset();
        (_destination, _waits) = (buffer, true);
        return new ValueTask<int>(this, _receive.Version);
    }

    public void ShutdownSend()
    {
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        network.Closed();
        if (_bytes.Length == BufferBytes) lock (Spare) Spare.Push(_bytes);
        _bytes = [];
        (_start, _end) = (0, 0);
        if (!_waits) return;
        _waits = false;
        _receive.SetException(new ObjectDisposedException(nameof(HostileConnection)));
    }

    /// <summary>The peer's bytes are here.</summary>
    public void Arrive(ReadOnlySpan<byte> bytes)
    {
        if (_closed)
        {
            network.Late();
            return;
        }

        if (_reset || _ended || bytes.IsEmpty) return;
        if (_start == _end) (_start, _end) = (0, 0);
        if (bytes.Length > _bytes.Length - _end)
        {
            var larger = _bytes.Length >= _end - _start + bytes.Length ? _bytes : new byte[Math.Max(_bytes.Length * 2, _end - _start + bytes.Length)];
            _bytes.AsSpan(_start, _end - _start).CopyTo(larger);
            (_bytes, _start, _end) = (larger, 0, _end - _start);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
        if (!_waits) return;
        _waits = false;
        _receive.SetResult(Give(_destination));
    }

    /// <summary>The same later, on whatever the connection is by then.</summary>
    public void ArriveAfter(TimeSpan wait, ReadOnlySpan<byte> bytes)
    {
        var kept = bytes.ToArray();
        network.Clock.After(wait, () => Arrive(kept));
    }

    /// <summary>Packets without end, each when the one before is received.</summary>
    public void ArriveForEver(Func<byte[]> packet)
    {
        _endless = packet;
        if (_waits) Arrive(packet());
    }

    /// <summary>The peer hangs up behind what it has sent.</summary>
    public void End()
    {
        _ended = true;
        if (!_waits || _closed) return;
        _waits = false;
        _receive.SetResult(0);
    }

    /// <summary>The connection breaks, and what is under way is lost.</summary>
    public void Reset()
    {
        (_reset, _start, _end) = (true, 0, 0);
        if (!_waits || _closed) return;
        _waits = false;
        _receive.SetException(new SocketException((int)SocketError.ConnectionReset));
    }

    int IValueTaskSource<int>.GetResult(short token) => _receive.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _receive.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _receive.OnCompleted(continuation, state, token, flags);

    private int Give(Memory<byte> buffer)
    {
        var given = Math.Min(Math.Min(_end - _start, buffer.Length), Math.Max(1, network.ReceiveBytesMax()));
        _bytes.AsSpan(_start, given).CopyTo(buffer.Span);
        _start += given;
        return given;
    }

    private static byte[] TakeSpare()
    {
        lock (Spare) return Spare.TryPop(out var spare) ? spare : new byte[BufferBytes];
    }
}
