using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The sockets' side of one smux session that a peer has opened: frames in, streams out, each served like a connection of its own.</summary>
/// <remarks>What a frame means is decided by the pure <see cref="SmuxSession"/>; here bytes move. Thread-safe.</remarks>
internal sealed class SmuxServerSession
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, SmuxStream> _streams = [];
    private readonly SmuxSession _session;
    private readonly IConnection _transport;
    private readonly DataPathServices _services;
    private readonly Action<IConnection> _serve;
    private readonly Action<SmuxServerSession> _ended;
    private readonly AsyncSignal _mayReceive = new(continuesInline: false);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(SmuxFrame.Bytes + ushort.MaxValue, pinned: true);
    private readonly byte[] _output = GC.AllocateUninitializedArray<byte>(SmuxFrame.Bytes + SmuxFrame.PayloadBytesMax, pinned: true);
    private int _inputBytes;
    private bool _aborted;
    private long _sendDeadline;

    /// <param name="transport">Owned from now on.</param>
    /// <param name="serve">Given each new stream, which it owns.</param>
    /// <param name="ended">Called once, when the session is over.</param>
    public SmuxServerSession(IConnection transport, DataPathServices services, Action<IConnection> serve, Action<SmuxServerSession> ended)
    {
        (_transport, _services, _serve, _ended) = (transport, services, serve, ended);
        _session = new SmuxSession(isServer: true, SmuxSettings.Default with { UnreadBytesMax = services.Settings.SmuxUnreadBytesMax }, Now);
    }

    private TimeSpan Now => _services.Time.GetElapsedTime(0);

    public void Start() => _ = RunAsync();

    /// <summary>Ends the session and every stream of it, at once.</summary>
    public void Abort()
    {
        SmuxStream[] streams;
        lock (_lock)
        {
            if (_aborted) return;
            _aborted = true;
            streams = [.. _streams.Values];
        }

        _transport.Dispose();
        _mayReceive.Set();
        foreach (var stream in streams) stream.EndInput();
    }

    /// <summary>Called a few times a second: keeps the session alive, or ends it when the peer is silent or takes nothing.</summary>
    public void CheckDeadlines(long now)
    {
        var sendDeadline = Volatile.Read(ref _sendDeadline);
        if (sendDeadline != 0 && now > sendDeadline)
        {
            _services.Events.Stalled(_transport.RemoteAddress, "the smux peer takes no bytes");
            Abort();
            return;
        }

        SmuxDue due;
        lock (_lock) due = _aborted ? SmuxDue.Nothing : _session.Due(Now);
        if (due == SmuxDue.Close) Abort();
        else if (due == SmuxDue.SendKeepAlive) Tell(new SmuxFrame(SmuxCommand.KeepAlive, 0, 0));
    }

    /// <summary>Sends bytes of a stream, in frames of at most 32 KiB; the streams take turns frame by frame.</summary>
    internal async ValueTask SendAsync(uint streamId, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, SmuxFrame.PayloadBytesMax)];
            await SendFrameAsync(new SmuxFrame(SmuxCommand.Push, (ushort)part.Length, streamId), part).ConfigureAwait(false);
            bytes = bytes[part.Length..];
        }
    }

    /// <summary>Sends a frame without payload; nobody waits for it, and a session that has ended needs none.</summary>
    internal void Tell(SmuxFrame frame) => _ = TellAsync(frame);

    /// <summary>The reader of a stream has consumed bytes.</summary>
    internal void Consumed(uint streamId, int bytes)
    {
        bool may;
        lock (_lock)
        {
            _session.Read(streamId, bytes);
            may = _session.MayReceive;
        }

        if (may) _mayReceive.Set();
    }

    /// <summary>A stream is over at this end.</summary>
    internal void Close(uint streamId)
    {
        bool wasOpen, may;
        lock (_lock)
        {
            wasOpen = _session.Close(streamId);
            _streams.Remove(streamId);
            may = _session.MayReceive;
        }

        if (wasOpen) Tell(new SmuxFrame(SmuxCommand.End, 0, streamId));
        if (may) _mayReceive.Set();
    }

    private async Task RunAsync()
    {
        try
        {
            await ReceiveLoopAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The peer is gone, which is no event.
        }
        catch (Exception e)
        {
            _services.Events.Broken($"smux session with {_transport.RemoteAddress}", e);
        }

        Abort();
        _ended(this);
    }

    private async Task ReceiveLoopAsync()
    {
        while (await FillAsync(SmuxFrame.Bytes).ConfigureAwait(false))
        {
            if (SmuxFrame.TryRead(_input, out var frame) != DecodeStatus.Complete)
            {
                _services.Events.Malformed(_transport.RemoteAddress, "no smux frame of version 1");
                return;
            }

            if (!await FillAsync(SmuxFrame.Bytes + frame.PayloadBytes).ConfigureAwait(false)) return;
            Take(frame);
            var whole = SmuxFrame.Bytes + frame.PayloadBytes;
            _inputBytes -= whole;
            _input.AsSpan(whole, _inputBytes).CopyTo(_input);
            while (!MayReceive()) await _mayReceive.WaitAsync().ConfigureAwait(false);
        }
    }

    private void Take(SmuxFrame frame)
    {
        SmuxAction action;
        SmuxStream? stream;
        lock (_lock)
        {
            action = _session.Receive(frame, Now);
            if (action == SmuxAction.Open) _streams[frame.StreamId] = new SmuxStream(this, frame.StreamId, _transport.RemoteAddress);
            _streams.TryGetValue(frame.StreamId, out stream);
        }

        switch (action)
        {
            case SmuxAction.Open:
                _serve(stream!);
                break;
            case SmuxAction.Refuse:
                Tell(new SmuxFrame(SmuxCommand.End, 0, frame.StreamId));
                break;
            case SmuxAction.Deliver when stream is not null:
                stream.Deliver(_input.AsSpan(SmuxFrame.Bytes, frame.PayloadBytes));
                break;
            case SmuxAction.EndOfStream:
                stream?.EndInput();
                break;
        }
    }

    private bool MayReceive()
    {
        lock (_lock) return _aborted || _session.MayReceive;
    }

    private async ValueTask<bool> FillAsync(int bytes)
    {
        while (_inputBytes < bytes)
        {
            var received = await _transport.ReceiveAsync(_input.AsMemory(_inputBytes)).ConfigureAwait(false);
            if (received == 0) return false;
            _inputBytes += received;
        }

        return true;
    }

    private async Task TellAsync(SmuxFrame frame)
    {
        try
        {
            await SendFrameAsync(frame, default).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            Abort();
        }
    }

    private async ValueTask SendFrameAsync(SmuxFrame frame, ReadOnlyMemory<byte> payload)
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            lock (_lock) ObjectDisposedException.ThrowIf(_aborted, this);
            var at = frame.Write(_output);
            payload.CopyTo(_output.AsMemory(at));
            Volatile.Write(ref _sendDeadline, _services.Deadline(_services.Settings.SendStall));
            await _transport.SendAsync(_output.AsMemory(0, at + payload.Length)).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _sendDeadline, 0);
            _sending.Release();
        }
    }
}
