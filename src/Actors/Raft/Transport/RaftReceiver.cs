using System.Collections.Concurrent;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>The raft ports of a node: accepts connections on both and reads them all. Thread-safe.</summary>
internal sealed class RaftReceiver : IAsyncDisposable
{
    /// <summary>Pause after a failed accept: the usual cause, no free descriptors, does not pass within microseconds.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<long, RaftInbound> _connections = new(); // by number: what is done to all comes in the same order every time
    private readonly IListener[] _listeners;
    private readonly IRaftInbox _inbox;
    private readonly RaftTransportServices _services;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ended = new(Elsewhere.Continuations);
    private readonly Task _accepting;
    private readonly ITimer _sweep;
    private RaftReceiveFigures _endedFigures;
    private long _admitted;
    private int _open;
    private bool _closed;

    /// <summary>Starts at once.</summary>
    /// <param name="heartbeats">Owned from now on, as is <paramref name="replicates"/>.</param>
    public RaftReceiver(IListener heartbeats, IListener replicates, IRaftInbox inbox, RaftTransportServices services)
    {
        (_inbox, _services, _listeners) = (inbox, services, [heartbeats, replicates]);
        _sweep = services.Time.CreateTimer(_ => Sweep(), null, RaftTransportServices.SweepPeriod, RaftTransportServices.SweepPeriod);
        _accepting = Task.WhenAll(
            AcceptLoopAsync(heartbeats, "raftHeartbeat", takesSnapshots: false), AcceptLoopAsync(replicates, "raftReplica", takesSnapshots: true));
    }

    /// <summary>Connections that are open.</summary>
    public int Connections { get { lock (_lock) return _open; } }

    public RaftReceiveFigures Figures
    {
        get
        {
            lock (_lock)
            {
                var sum = _endedFigures;
                foreach (var (_, connection) in _connections) sum += connection.Figures;
                return sum;
            }
        }
    }

    /// <summary>Closes ports and connections; returns when every buffer is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_open == 0) _ended.TrySetResult();
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await Elsewhere.CancelAsync(_closing).ConfigureAwait(false);
        foreach (var listener in _listeners) listener.Dispose();
        foreach (var (_, connection) in _connections) connection.Abort();
        await _accepting.ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
    }

    private async Task AcceptLoopAsync(IListener listener, string port, bool takesSnapshots)
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Admit(await listener.AcceptAsync(_closing.Token).ConfigureAwait(false), takesSnapshots);
            }
            catch (Exception e) when (ConnectionLoss.Is(e))
            {
                if (_closing.IsCancellationRequested) return;
                _services.Events.AcceptFailed(port, e.Message);
                await Task.Delay(AcceptPause, _services.Time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Admit(IConnection transport, bool takesSnapshots)
    {
        RaftInbound? connection = null;
        lock (_lock)
        {
            if (!_closed && _open < _services.Settings.ConnectionsMax)
            {
                _open++;
                var number = ++_admitted;
                connection = new RaftInbound(transport, takesSnapshots, _inbox, _services, ended => Ended(number, ended));
                _connections[number] = connection;
            }
            else
            {
                _endedFigures = _endedFigures with { Refused = _endedFigures.Refused + 1 };
            }
        }

        if (connection is not null)
        {
            connection.Start();
            return;
        }

        _services.Events.Refused(transport.RemoteAddress, $"{_services.Settings.ConnectionsMax} raft connections are open, or the node is stopping");
        transport.Dispose();
    }

    private void Ended(long number, RaftInbound connection)
    {
        lock (_lock)
        {
            _connections.TryRemove(number, out _);
            _endedFigures += connection.Figures;
            if (--_open == 0 && _closed) _ended.TrySetResult();
        }
    }

    private void Sweep()
    {
        var now = _services.Now;
        foreach (var (_, connection) in _connections) connection.CheckDeadline(now);
    }
}
