using System.Net;
using System.Runtime.CompilerServices;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>One outgoing raft connection: its queue, and the loop that dials and sends. We only write on it; the peer answers on its own.</summary>
/// <remarks>
/// Whoever sends encodes into the queue under a short lock and goes on; a loop of the link's own sends. When the connection is lost, all that
/// is queued is lost with it: a frame may have gone out in part, and raft repeats what matters better than a queue that has grown old.
/// A link that has just failed refuses messages for a pause, and the first message behind it dials again. Where none comes, because no group has
/// its leader on one side and a member on the other, the link looks after its peer itself, or a node that is back would be called away for ever.
/// </remarks>
internal sealed class RaftLink : IThreadPoolWorkItem
{
    /// <summary>A peer is looked after when it has been away for this part of the time once more: seldom, where it does not come back.</summary>
    private const int LooksPerAbsence = 8;

    /// <summary>Nothing else dials that seldom: one packet a minute for each connection to a node that is gone for good.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly NodeId _peer;
    private readonly string _name;
    private readonly Func<RaftAddress, IPEndPoint> _port;
    private readonly RaftAddresses _addresses;
    private readonly RaftTransportServices _services;
    private readonly SendQueue _queue;
    private readonly AsyncSignal _signal = new(continuesInline: true);
    private readonly CancellationTokenSource _closing = new();
    private readonly byte[] _unexpected = new byte[1];
    private IConnection? _connection;
    private RaftAddress? _connectedTo;
    private TimeSpan _pause;
    private long _connectedAt;
    private long _retryAt;
    private long _lookAt; // behind _retryAt
    private bool _looks;
    private long _sendDeadline;
    private bool _awake;
    private bool _toldLost;
    private long _lostAt; // when the first of the failures since the last connection was; 0 for none
    private bool _closed;
    private long _messages, _bytes, _droppedQueueFull, _droppedNoBuffer, _droppedUnreachable, _droppedLost, _dials, _dialsFailed;

    /// <param name="name">For logs.</param>
    /// <param name="port">Which of a peer's two ports.</param>
    public RaftLink(NodeId peer, string name, Func<RaftAddress, IPEndPoint> port, RaftAddresses addresses, RaftTransportServices services)
    {
        (_peer, _name, _port, _addresses, _services) = (peer, name, port, addresses, services);
        _queue = new SendQueue(services.Buffers, services.Settings.DirectBytes);
        _pause = services.Settings.RedialMin;
        Completion = RunAsync();
    }

    /// <summary>Completes after <see cref="Close"/>, when every buffer is given back.</summary>
    public Task Completion { get; }

    public RaftSendFigures Figures
    {
        get
        {
            lock (_lock)
            {
                return new RaftSendFigures(
                    _messages, _bytes, _queue.Bytes, _droppedQueueFull, _droppedNoBuffer, _droppedUnreachable, 0, _droppedLost, _dials + _dialsFailed, _dialsFailed);
            }
        }
    }

    /// <summary>Whether it is connected, and for how long it has failed to be; null where it has not.</summary>
    public (bool IsOpen, TimeSpan? FailingFor) State
    {
        get
        {
            lock (_lock) return (_connection is not null, _connection is null && _lostAt != 0 ? _services.Time.GetElapsedTime(_lostAt) : null);
        }
    }

    public RaftSendResult Send(in RaftMessage message)
    {
        lock (_lock)
        {
            var refused = Admit(RaftFrame.MessageBytes);
            if (refused != RaftSendResult.Queued) return refused;
            if (!_queue.TryAdd(message)) return NoBuffer();
            if (!Queued(RaftFrame.MessageBytes)) return RaftSendResult.Queued;
        }

        return Wake();
    }

    public RaftSendResult SendAppend(in RaftMessage message, ReadOnlySpan<RaftPayload> entries)
    {
        var entriesBytes = 0;
        foreach (ref readonly var entry in entries)
        {
            Invariant.Check(entry.IsWhole); // before anything is written: half a frame would spoil the connection
            entriesBytes = checked(entriesBytes + RaftEntryHeader.SizedBytes + entry.Header.DataBytes);
        }

        lock (_lock)
        {
            var refused = Admit(RaftFrame.MessageBytes + entriesBytes);
            if (refused != RaftSendResult.Queued) return refused;
            if (!_queue.TryAddAppend(message, entries, entriesBytes)) return NoBuffer();
            if (!Queued(RaftFrame.MessageBytes + entriesBytes)) return RaftSendResult.Queued;
        }

        return Wake();
    }

    public RaftSendResult SendHeartbeat(in RaftMessage message, ReadOnlySpan<PartitionId> ascending)
    {
        var bytes = RaftFrame.HeartbeatBytes(ascending);
        lock (_lock)
        {
            var refused = Admit(bytes);
            if (refused != RaftSendResult.Queued) return refused;
            if (!_queue.TryAddHeartbeat(message, ascending, bytes)) return NoBuffer();
            if (!Queued(bytes)) return RaftSendResult.Queued;
        }

        return Wake();
    }

    /// <summary>Ends the link; what is queued is dropped.</summary>
    public void Close()
    {
        IConnection? connection;
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            connection = _connection;
        }

        _closing.Cancel();
        connection?.Dispose();
        _signal.Set();
    }

    /// <summary>Called a few times a second: gives up a peer that takes nothing, and looks after one that was lost.</summary>
    public void Sweep(long now)
    {
        CheckDeadline(now);
        lock (_lock)
        {
            if (_connection is not null || _lostAt == 0 || _looks || _closed || now < _lookAt) return;
            (_looks, _lookAt) = (true, long.MaxValue); // the next is known when this one has failed
            if (_awake) return;
            _awake = true;
        }

        Wake();
    }

    private void CheckDeadline(long now)
    {
        var deadline = Volatile.Read(ref _sendDeadline);
        if (deadline == 0 || now <= deadline) return;
        IConnection? connection;
        lock (_lock) connection = _connection;
        if (connection is not null) Lost(connection, $"took nothing for {_services.Settings.WriteStall.TotalSeconds:0.#} s");
    }

    void IThreadPoolWorkItem.Execute() => _signal.Set();

    // The sender hops to the thread pool, where more may be queued until the loop runs: one send for all of it. As a work item of its own, since
    // a signal that continues on the pool would allocate one each time.
    private RaftSendResult Wake()
    {
        Elsewhere.Post(this);
        return RaftSendResult.Queued;
    }

    private RaftSendResult Admit(int bytes)
    {
        if (_closed) return RaftSendResult.Closed;
        if (_connection is null && _retryAt != 0 && _services.Now < _retryAt)
        {
            _droppedUnreachable++;
            return RaftSendResult.Unreachable;
        }

        if (_queue.Messages < _services.Settings.QueueMessagesMax && (_queue.Bytes == 0 || _queue.Bytes + bytes <= _services.Settings.QueueBytesMax))
            return RaftSendResult.Queued;
        _droppedQueueFull++;
        return RaftSendResult.QueueFull;
    }

    private RaftSendResult NoBuffer()
    {
        _droppedNoBuffer++;
        return RaftSendResult.QueueFull;
    }

    /// <returns>Whether the loop has to be woken.</returns>
    private bool Queued(int bytes)
    {
        _messages++;
        _bytes += bytes;
        if (_awake) return false;
        return _awake = true;
    }

    private async Task RunAsync()
    {
        try
        {
            do
            {
                await _signal.WaitAsync().ConfigureAwait(false);
                while (TryTake(out var segment, out var connection))
                {
                    try
                    {
                        // What is queued while there is no connection begins with a whole frame: with a connection its queue goes too.
                        connection ??= await DialAsync(segment.Messages).ConfigureAwait(false);
                        if (connection is not null && segment.Bytes > 0) await SendAsync(connection, segment).ConfigureAwait(false);
                    }
                    finally
                    {
                        if (segment.Bytes > 0)
                            lock (_lock) _queue.Done(segment);
                    }
                }
            }
            while (!IsClosed);
        }
        catch (Exception e)
        {
            _services.Events.Broken($"raft connection to node {_peer} ({_name})", e);
        }

        Close();
        lock (_lock)
        {
            _connection = null;
            DropQueue();
        }
    }

    private bool IsClosed { get { lock (_lock) return _closed; } }

    /// <param name="segment">Empty where there is nothing to send and the peer is to be looked after.</param>
    /// <param name="connection">The one that the segment belongs on; null if it is the first since there is none.</param>
    private bool TryTake(out SendSegment segment, out IConnection? connection)
    {
        segment = default;
        IConnection? left = null;
        lock (_lock)
        {
            if (_connection is not null && _queue.Bytes > 0 && !ReferenceEquals(_connectedTo, _addresses.Find(_peer)))
            {
                left = _connection;
                EndConnection(); // the peer has moved
            }

            connection = _connection;
            (var looks, _looks) = (_looks && connection is null, false);
            if (!_closed && (_queue.TryTake(out segment) || looks)) return true;
            _awake = false;
        }

        left?.Dispose();
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(IConnection connection, SendSegment segment)
    {
        try
        {
            Volatile.Write(ref _sendDeadline, _services.Deadline(_services.Settings.WriteStall));
            await connection.SendAsync(segment.Memory).ConfigureAwait(false);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            lock (_lock) _droppedLost += segment.Messages;
            Lost(connection, e.Message);
        }
        finally
        {
            Volatile.Write(ref _sendDeadline, 0);
        }
    }

    /// <param name="taken">Messages taken from the queue already, for the figures.</param>
    /// <returns>Null if the peer is not there; the queue is dropped then.</returns>
    private async Task<IConnection?> DialAsync(int taken)
    {
        string why;
        try
        {
            var address = _addresses.Find(_peer);
            Invariant.Check(address is not null); // a link is made for a known peer, and none is ever forgotten
            var connection = await _services.Network.ConnectAsync(_port(address), _services.Settings.Dial, _closing.Token).ConfigureAwait(false);
            if (Stands(connection, address))
            {
                _ = WatchAsync(connection);
                return connection;
            }

            connection.Dispose();
            why = "the node is stopping";
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            why = e.Message;
        }

        bool tells;
        lock (_lock)
        {
            _dialsFailed++;
            _droppedLost += taken;
            tells = Pause();
        }

        if (tells) _services.Events.PeerLost(_peer, _name, why);
        return null;
    }

    /// <returns>False if the link was closed meanwhile.</returns>
    private bool Stands(IConnection connection, RaftAddress address)
    {
        bool tells;
        lock (_lock)
        {
            if (_closed) return false;
            tells = _dials == 0 || _toldLost;
            _toldLost = false;
            _lostAt = 0;
            _dials++;
            _connection = connection;
            _connectedTo = address;
            _connectedAt = _services.Now;
        }

        if (tells) _services.Events.PeerReached(_peer, _name);
        return true;
    }

    /// <summary>Waits for the peer to close: so a restarted one is dialled again at the next message, which would else be the first to be lost.</summary>
    private async Task WatchAsync(IConnection connection)
    {
        string why;
        try
        {
            why = await connection.ReceiveAsync(_unexpected).ConfigureAwait(false) == 0 ? "closed by the peer" : "the peer sent bytes on a connection that has one direction";
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            why = e.Message;
        }

        Lost(connection, why);
    }

    /// <summary>Gives up a connection; whoever notices first says why.</summary>
    private void Lost(IConnection connection, string why)
    {
        bool tells;
        lock (_lock)
        {
            if (!ReferenceEquals(_connection, connection)) return;
            tells = EndConnection();
        }

        connection.Dispose();
        if (tells) _services.Events.PeerLost(_peer, _name, why);
    }

    /// <returns>Whether that has to be told.</returns>
    private bool EndConnection()
    {
        _connection = null;
        if (_services.Now - _connectedAt > _services.Ticks(_services.Settings.RedialMax)) _pause = _services.Settings.RedialMin;
        return Pause();
    }

    /// <summary>After a failure: drops the queue, and lets nothing in for a while.</summary>
    /// <returns>Whether that has to be told: once until the connection stands again, when it has been away for a while, and not at the stop.</returns>
    private bool Pause()
    {
        DropQueue();
        _retryAt = _services.Deadline(_pause);
        _pause = _pause + _pause < _services.Settings.RedialMax ? _pause + _pause : _services.Settings.RedialMax;
        if (_lostAt == 0) _lostAt = _services.Now;
        var (least, away) = (2 * _services.Settings.RedialMax, _services.Time.GetElapsedTime(_lostAt) / LooksPerAbsence); // where messages come, they are what dials
        if (away > LookMax) away = LookMax;
        _lookAt = _services.Deadline(away > least ? away : least);
        if (_toldLost || _closed || _services.Now - _lostAt < _services.Ticks(_services.Settings.LossToldAfter)) return false;
        _toldLost = true;
        return true;
    }

    private void DropQueue() => _droppedLost += _queue.Clear();
}
