using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>One request and its reply through one smux stream on a connection of its own, which ends with it.</summary>
/// <remarks>Whoever gives up disposes: the exchange then fails as one of <see cref="ConnectionLoss"/>.</remarks>
internal sealed class SmuxExchange(INetwork network, IPEndPoint endPoint, TimeSpan connectTimeout, TimeProvider time) : IDisposable
{
    private const int ReceiveBytes = 4096;

    private readonly CancellationTokenSource _disposed = new();
    private readonly SmuxSession _session = new(isServer: false, SmuxSettings.Default, TimeSpan.Zero);
    private readonly long _started = time.GetTimestamp();
    private readonly byte[] _received = new byte[ReceiveBytes];
    private volatile IConnection? _connection;
    private volatile bool _wasSilent;
    private int _sending = 1; // 1: somebody is; a connection takes one send at a time
    private uint _stream;
    private int _from, _until; // what of _received was not looked at yet
    private int _payload;      // bytes of the frame under way
    private bool _payloadIsOurs;

    /// <exception cref="Exception">One of <see cref="ConnectionLoss"/>.</exception>
    public async Task<PacketReply> RunAsync(PacketHeader header, byte[] arg, byte[] data)
    {
        using var connection = await network.ConnectAsync(endPoint, connectTimeout, _disposed.Token).ConfigureAwait(false);
        _connection = connection;
        _disposed.Token.ThrowIfCancellationRequested();
        try
        {
            Invariant.Check(_session.TryOpen(out _stream), "a new session has room for a stream");
            var front = new byte[header.EncodedBytes];
            header.Write(front);
            await connection.SendAsync(Frames(front, arg, data)).ConfigureAwait(false);
            Volatile.Write(ref _sending, 0);
            var reply = await PacketReply.ReadAsync(ReadStreamAsync).ConfigureAwait(false);
            // A keep-alive under way needs no end behind it: the connection ends now, and the session with it.
            if (Interlocked.Exchange(ref _sending, 1) == 0) await connection.SendAsync(Frame(SmuxCommand.End, 0, _stream)).ConfigureAwait(false);
            return reply;
        }
        catch (Exception e) when (_wasSilent && ConnectionLoss.Is(e))
        {
            throw new IOException($"nothing was heard for {SmuxSettings.Default.Silence.TotalSeconds:0} s", e);
        }
    }

    /// <summary>Called about once a second: a batch may take two minutes, but a session that is silent for 30 s is dropped by either end.</summary>
    public async Task TickAsync()
    {
        if (_connection is not { } connection) return;
        SmuxDue due;
        lock (_session) due = _session.Due(time.GetElapsedTime(_started));
        if (due == SmuxDue.Close)
        {
            _wasSilent = true;
            connection.Dispose();
        }

        if (due != SmuxDue.SendKeepAlive || Interlocked.Exchange(ref _sending, 1) != 0) return; // what is being sent keeps it alive, too
        try
        {
            await connection.SendAsync(Frame(SmuxCommand.KeepAlive, 0, 0)).ConfigureAwait(false);
            Volatile.Write(ref _sending, 0);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // Whoever waits for the reply sees the same loss and tells of it.
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _connection?.Dispose();
    }

    private static byte[] Frame(SmuxCommand command, ushort payloadBytes, uint stream)
    {
        var frame = new byte[SmuxFrame.Bytes];
        new SmuxFrame(command, payloadBytes, stream).Write(frame);
        return frame;
    }

    // Header, Arg and Data in frames of their own, as CubeFS's writers make them.
    private byte[] Frames(params ReadOnlySpan<byte[]> parts)
    {
        List<byte> bytes = [.. Frame(SmuxCommand.Open, 0, _stream)];
        foreach (var part in parts)
        {
            for (var at = 0; at < part.Length; at += SmuxFrame.PayloadBytesMax)
            {
                var piece = part.AsSpan(at, Math.Min(SmuxFrame.PayloadBytesMax, part.Length - at));
                bytes.AddRange(Frame(SmuxCommand.Push, (ushort)piece.Length, _stream));
                bytes.AddRange(piece);
            }
        }

        return [.. bytes];
    }

    private async ValueTask<int> ReadStreamAsync(Memory<byte> buffer)
    {
        while (true)
        {
            if (_payload > 0 && _from < _until)
            {
                var have = Math.Min(_payload, _until - _from);
                var taken = _payloadIsOurs ? Math.Min(have, buffer.Length) : have;
                if (_payloadIsOurs) _received.AsMemory(_from, taken).CopyTo(buffer);
                _from += taken;
                _payload -= taken;
                if (!_payloadIsOurs) continue;
                lock (_session) _session.Read(_stream, taken);
                return taken;
            }

            if (_payload == 0 && NextFrame(out var ended))
            {
                if (ended) return 0;
                continue;
            }

            await ReceiveMoreAsync().ConfigureAwait(false);
        }
    }

    private bool NextFrame(out bool ended)
    {
        ended = false;
        switch (SmuxFrame.TryRead(_received.AsSpan(_from, _until - _from), out var frame))
        {
            case DecodeStatus.NeedMore: return false;
            case DecodeStatus.Malformed: throw new IOException("the node does not speak smux version 1");
        }

        _from += SmuxFrame.Bytes;
        SmuxAction action;
        lock (_session) action = _session.Receive(frame, time.GetElapsedTime(_started));
        _payload = frame.PayloadBytes;
        _payloadIsOurs = action == SmuxAction.Deliver;
        ended = action == SmuxAction.EndOfStream;
        return true;
    }

    private async Task ReceiveMoreAsync()
    {
        _received.AsSpan(_from, _until - _from).CopyTo(_received);
        (_from, _until) = (0, _until - _from);
        var got = await _connection!.ReceiveAsync(_received.AsMemory(_until)).ConfigureAwait(false);
        if (got == 0) throw new IOException("the node closed the smux connection before it had answered");
        _until += got;
    }
}
