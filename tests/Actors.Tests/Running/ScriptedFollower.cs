using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>A packet that a chain leader sent to a follower.</summary>
/// <param name="Connection">Counts the follower's connections from 0.</param>
internal sealed record Forwarded(int Connection, Packet Packet);

/// <summary>Another replica that answers as a script tells.</summary>
internal sealed class ScriptedFollower : IDisposable
{
    private readonly Socket _listener;
    private readonly Func<Packet, Task<byte[]?>> _script;
    private readonly Channel<Forwarded> _packets = Channel.CreateUnbounded<Forwarded>();
    private readonly Channel<int> _ended = Channel.CreateUnbounded<int>();
    private readonly List<Socket> _sockets = [];
    private int _connections;
    private bool _closed;

    /// <param name="script">Bytes to answer with; empty to close the connection; null to say nothing.</param>
    public ScriptedFollower(Func<Packet, Task<byte[]?>> script)
    {
        _script = script;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(LoopbackAddresses.Next(), 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        Completion = AcceptAsync();
    }

    public ScriptedFollower(Func<Packet, byte[]?> script) : this(packet => Task.FromResult(script(packet))) { }

    public IPEndPoint EndPoint { get; }
    public string Address => EndPoint.ToString();
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Ends with the listener; fails with what went wrong here.</summary>
    public Task Completion { get; }

    /// <summary>Whether the connection is closed behind the answer to a packet, which may be cut anywhere.</summary>
    public Func<Packet, bool> DiesAfter { get; set; } = _ => false;

    /// <summary>Packets that came and were not yet taken by <see cref="NextAsync"/>.</summary>
    public int Untaken => _packets.Reader.Count;

    /// <summary>The next packet, in the order they came.</summary>
    public Task<Forwarded> NextAsync() => _packets.Reader.ReadAsync().AsTask().Soon();

    /// <summary>The next of the connections to be closed by the node.</summary>
    public Task<int> NextEndAsync() => _ended.Reader.ReadAsync().AsTask().Soon();

    public static byte[] Ok(Packet request) => Answer(request, header => header);

    public static byte[]? Silence(Packet request) => null;

    /// <summary>The answer of a sound follower, with something about it changed.</summary>
    public static byte[] Answer(Packet request, Func<PacketHeader, PacketHeader> change) =>
        Requests.Build(change(request.Header with { Result = ResultCode.Ok, Size = 0 }), [], []);

    public static byte[] Error(Packet request, ResultCode code, string text)
    {
        var body = Encoding.ASCII.GetBytes(text);
        return Requests.Build(request.Header with { Result = code, Size = (uint)body.Length }, [], body);
    }

    public void Dispose()
    {
        lock (_sockets)
        {
            _closed = true;
            foreach (var socket in _sockets) socket.Dispose();
        }

        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                lock (_sockets)
                {
                    _sockets.Add(socket);
                    if (_closed) socket.Dispose();
                }

                serving.Add(ServeAsync(socket, Interlocked.Increment(ref _connections) - 1));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        try
        {
            while (await PacketStream.TryReadAsync(socket, PacketLimits.Requests) is { } packet)
            {
                _packets.Writer.TryWrite(new Forwarded(connection, packet));
                if (await _script(packet) is not { } answer) continue;
                if (answer.Length == 0) break;
                await socket.SendAsync(answer, SocketFlags.None);
                if (DiesAfter(packet)) break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or EndOfStreamException)
        {
            // The node closed in the middle; the test sees it by the end that is written below.
        }

        socket.Dispose();
        _ended.Writer.TryWrite(connection);
    }
}
