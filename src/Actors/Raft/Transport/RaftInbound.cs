using System.Runtime.CompilerServices;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One accepted raft connection: reads frames and hands them to the inbox, as fast as they come. We never write on it, a snapshot's answer apart.</summary>
/// <remarks>
/// It is always read promptly and waits for no disk: a Go peer whose send queue fills stops ticking for all its groups. Frames are received
/// into a pooled buffer and handed on where they lie; several share one buffer, each keeper holds it, and bytes that may be kept are never
/// written over. Only the part of a frame that does not fit any more is copied, to the next buffer. An idle connection has the smallest one.
/// </remarks>
internal sealed partial class RaftInbound
{
    /// <summary>Receives in one go. A peer that never lets the loop wait must not keep the thread from the other connections.</summary>
    private const int ReceivesPerTurn = 32;

    /// <summary>The longest frame that a block takes, since raft needs no headroom: one of 128 KiB of data fits.</summary>
    private const int BlockFrameBytesMax = BufferPool.BlockBytes + BufferLease.HeadroomBytes;

    /// <summary>A receive of this many bytes says that the peer is busy: the next buffer is a block.</summary>
    private const int BusyBytes = BufferPool.SmallBytes;

    /// <summary>Less room than this is not worth a receive, unless the rest of a frame fits.</summary>
    private const int RoomMin = RaftFrame.MessageBytes;

    private readonly IConnection _transport;
    private readonly bool _takesSnapshots;
    private readonly IRaftInbox _inbox;
    private readonly RaftTransportServices _services;
    private readonly Action<RaftInbound> _ended;
    private readonly CancellationTokenSource _closing = new();
    private BufferLease? _buffer;
    private int _start;
    private int _end;
    private int _lastReceived;
    private bool _isShared; // somebody may keep bytes before _start
    private long _deadline;
    private long _messages, _bytes, _skipped, _droppedTypes, _malformed, _stalled, _noBuffer;

    /// <param name="transport">Owned from now on.</param>
    /// <param name="takesSnapshots">The replicate port.</param>
    /// <param name="ended">Called once, when nothing of the connection is left.</param>
    public RaftInbound(IConnection transport, bool takesSnapshots, IRaftInbox inbox, RaftTransportServices services, Action<RaftInbound> ended) =>
        (_transport, _takesSnapshots, _inbox, _services, _ended) = (transport, takesSnapshots, inbox, services, ended);

    private enum Found
    {
        /// <summary>Whatever was here is handed on.</summary>
        NoMore,
        Malformed,
        Snapshot,
    }

    /// <summary>May be some messages behind: the loop counts without a lock.</summary>
    public RaftReceiveFigures Figures => new(
        Volatile.Read(ref _messages), Volatile.Read(ref _bytes), Volatile.Read(ref _skipped), Volatile.Read(ref _droppedTypes), Volatile.Read(ref _malformed),
        Volatile.Read(ref _stalled), Volatile.Read(ref _noBuffer), 0);

    public void Start() => _ = RunAsync();

    /// <summary>Closes at once.</summary>
    public void Abort()
    {
        _closing.Cancel();
        _transport.Dispose();
    }

    /// <summary>Called a few times a second: closes what stopped in the middle.</summary>
    public void CheckDeadline(long now)
    {
        var deadline = Volatile.Read(ref _deadline);
        if (deadline == 0 || now <= deadline || Interlocked.Exchange(ref _deadline, 0) == 0) return;
        Interlocked.Increment(ref _stalled);
        _services.Events.Stalled(_transport.RemoteAddress, "a raft frame or snapshot stopped in the middle");
        Abort();
    }

    private async Task RunAsync()
    {
        try
        {
            await ReceiveLoopAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            // The peer is gone, which is no event: its own end tells, and ours does when it sends to it.
        }
        catch (Exception e)
        {
            _services.Events.Broken($"raft connection from {_transport.RemoteAddress}", e);
        }

        _transport.Dispose();
        _buffer?.Release();
        _ended(this);
    }

    private async Task ReceiveLoopAsync()
    {
        if (!await RentAsync(BufferPool.SmallBytes).ConfigureAwait(false)) return;
        for (var turn = 1; ; turn++)
        {
            switch (TakeFrames(out var snapshot))
            {
                case Found.Malformed:
                    return;
                case Found.Snapshot when !await TakeSnapshotAsync(snapshot!).ConfigureAwait(false):
                    return;
                case Found.Snapshot:
                    continue;
            }

            if (!await ReceiveAsync(_end == _start ? default : _services.Settings.ReceiveStall).ConfigureAwait(false)) return;
            if (turn % ReceivesPerTurn == 0) await Elsewhere.Yield();
        }
    }

    /// <summary>Hands on all whole frames that are here.</summary>
    private Found TakeFrames(out ArrivedSnapshot? snapshot)
    {
        snapshot = null;
        while (true)
        {
            var status = RaftFrame.TryRead(_buffer!.Array.AsSpan(_start, _end - _start), _services.Settings.FrameBytesMax, _start, out var frame);
            if (status == DecodeStatus.NeedMore) return Found.NoMore;
            if (status == DecodeStatus.Malformed) return Refuse("no raft frame, or one beyond the limits");
            Volatile.Write(ref _deadline, 0);
            _start += frame.Bytes;
            switch (frame.Content)
            {
                case RaftFrameContent.Message:
                    Deliver(frame);
                    break;
                case RaftFrameContent.Snapshot when _takesSnapshots:
                    snapshot = new ArrivedSnapshot(frame.Message, frame.SnapshotAt, frame.SnapshotMembers.ToArray());
                    return Found.Snapshot;
                case RaftFrameContent.Snapshot:
                    return Refuse("a raft snapshot on the heartbeat port");
                case RaftFrameContent.OtherType:
                    Volatile.Write(ref _droppedTypes, _droppedTypes + 1);
                    break;
                default:
                    Volatile.Write(ref _skipped, _skipped + 1);
                    break;
            }
        }
    }

    private void Deliver(scoped in RaftFrame frame)
    {
        Volatile.Write(ref _messages, _messages + 1);
        switch (frame.Message.Type)
        {
            case RaftMessageType.Append:
                _isShared |= frame.Entries.Count > 0;
                _inbox.DeliverAppend(frame.Message, frame.Entries, _buffer!);
                break;
            case RaftMessageType.Heartbeat or RaftMessageType.HeartbeatReply:
                _inbox.DeliverHeartbeat(frame.Message, frame.Groups);
                break;
            default:
                _inbox.Deliver(frame.Message);
                break;
        }
    }

    private Found Refuse(string what)
    {
        Volatile.Write(ref _malformed, _malformed + 1);
        _services.Events.Malformed(_transport.RemoteAddress, what);
        return Found.Malformed;
    }

    /// <summary>Receives more behind what is here.</summary>
    /// <param name="patience">How long what has begun may take from its first byte on; zero: for ever.</param>
    /// <returns>False if the connection has to end.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveAsync(TimeSpan patience)
    {
        if (!HasRoom(out var wanted) && !await RentAsync(wanted).ConfigureAwait(false)) return false;
        if (patience > TimeSpan.Zero && _deadline == 0) Volatile.Write(ref _deadline, _services.Deadline(patience));
        var received = await _transport.ReceiveAsync(_buffer!.Array.AsMemory(_end)).ConfigureAwait(false);
        if (received == 0) return false;
        _end += received;
        _lastReceived = received;
        Volatile.Write(ref _bytes, _bytes + received);
        return true;
    }

    /// <summary>Makes room in the buffer as it is, where that is possible.</summary>
    /// <param name="wanted">If false: how long the next buffer has to be.</param>
    private bool HasRoom(out int wanted)
    {
        var array = _buffer!.Array;
        var have = _end - _start;
        if (have == 0 && !_isShared) _start = _end = 0;
        // Zero while the length is not here, or where what is here is no frame but part of a snapshot.
        RaftFrame.TryReadLength(array.AsSpan(_start, have), _services.Settings.FrameBytesMax, out var frameBytes);
        // Between frames the next bytes are expected to be as many as the last: a receive cut short by the end of a buffer would cost a second one.
        wanted = Math.Max(frameBytes, have + (have == 0 ? Math.Clamp(_lastReceived, RoomMin, BlockFrameBytesMax) : RoomMin));
        if (wanted <= array.Length - _start) return true;
        if (!_isShared && wanted <= array.Length)
        {
            array.AsSpan(_start, have).CopyTo(array);
            (_start, _end) = (0, have);
            return true;
        }

        if (_lastReceived >= BusyBytes) wanted = Math.Max(wanted, BlockFrameBytesMax);
        return false;
    }

    /// <summary>Goes on in another buffer, with what is here of a frame at its front.</summary>
    /// <returns>False if the node's buffers are spent, and stay so.</returns>
    private ValueTask<bool> RentAsync(int bytes)
    {
        var request = bytes <= BlockFrameBytesMax && bytes > BufferPool.SmallBytes + BufferLease.HeadroomBytes
            ? RaftTransportServices.BlockRequestBytes
            : RaftTransportServices.RequestFor(bytes);
        if (!_services.Buffers.TryRent(request, out var lease)) return WaitForBufferAsync(request);
        MoveTo(lease);
        return new(true);
    }

    private async ValueTask<bool> WaitForBufferAsync(int request)
    {
        Volatile.Write(ref _deadline, 0); // our delay, not the peer's
        using var patience = new CancellationTokenSource(_services.Settings.BufferWait, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _closing.Token);
        try
        {
            MoveTo(await _services.Buffers.RentAsync(request, either.Token).ConfigureAwait(false));
            return true;
        }
        catch (OperationCanceledException)
        {
            if (_closing.IsCancellationRequested) return false;
            // Raft repeats what is lost; a peer that is not read would stand still with all its groups.
            Volatile.Write(ref _noBuffer, _noBuffer + 1);
            _services.Events.Refused(_transport.RemoteAddress, "the node's buffers are spent");
            return false;
        }
    }

    private void MoveTo(BufferLease lease)
    {
        var have = _end - _start;
        if (_buffer is not null)
        {
            _buffer.Array.AsSpan(_start, have).CopyTo(lease.Array);
            _buffer.Release();
        }

        _buffer = lease;
        (_start, _end, _isShared) = (0, have, false);
    }
}
