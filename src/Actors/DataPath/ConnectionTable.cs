using System.Collections.Concurrent;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>All client connections and smux sessions of a node: admits up to a limit, closes what stands still, ends them all at the stop.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionTable : IDisposable
{
    /// <summary>How often deadlines are looked at: a quarter of the shortest one (1 s), so that none is late by more than that.</summary>
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<long, ClientConnection> _connections = new(); // by number: what is done to all comes in the same order every time
    private readonly ConcurrentDictionary<SmuxServerSession, byte> _sessions = new();
    private readonly DataPathServices _services;
    private readonly ITimer _sweep;
    private long _admitted;
    private int _open;
    private volatile bool _closing;

    public ConnectionTable(DataPathServices services)
    {
        _services = services;
        _sweep = services.Time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    /// <summary>Connections and streams that are open.</summary>
    public int Count => Volatile.Read(ref _open);

    /// <summary>Requests that were taken and are not answered yet.</summary>
    public int InFlight => _connections.Sum(connection => connection.Value.InFlight);

    /// <summary>Starts to serve packets on <paramref name="transport"/>, or closes it if the node has as many as it may.</summary>
    public void Admit(IConnection transport)
    {
        if (!Enter(transport)) return;
        var number = Interlocked.Increment(ref _admitted);
        var connection = new ClientConnection(transport, _services, ended =>
        {
            _connections.TryRemove(number, out _);
            Interlocked.Decrement(ref _open);
        })
        {
            Number = number,
        };
        _connections[number] = connection;
        connection.Start();
        if (_closing) connection.BeginClose(); // CloseAsync may have listed the connections just before
    }

    /// <summary>Starts to serve smux on <paramref name="transport"/>; each of its streams is admitted like a connection.</summary>
    public void AdmitSession(IConnection transport)
    {
        if (!Enter(transport)) return;
        var session = new SmuxServerSession(transport, _services, Admit, ended =>
        {
            _sessions.TryRemove(ended, out _);
            Interlocked.Decrement(ref _open);
        });
        _sessions[session] = 0;
        session.Start();
        if (_closing) session.Abort();
    }

    /// <summary>Takes no more requests, answers those in flight, then closes; after <paramref name="patience"/> whatever is left is closed at once.</summary>
    public async Task CloseAsync(TimeSpan patience)
    {
        _closing = true;
        foreach (var connection in _connections.Values) connection.BeginClose();
        if (!await AllEndedAsync(patience).ConfigureAwait(false))
        {
            foreach (var connection in _connections.Values) connection.Abort();
            await AllEndedAsync(patience).ConfigureAwait(false); // what still runs on a disk ends, unless the disk hangs
        }

        foreach (var session in _sessions.Keys) session.Abort();
    }

    private async Task<bool> AllEndedAsync(TimeSpan patience)
    {
        try
        {
            await Task.WhenAll(_connections.Values.Select(connection => connection.Completion)).WaitAsync(patience, _services.Time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _closing = true;
        _sweep.Dispose();
        foreach (var connection in _connections.Values) connection.Abort();
        foreach (var session in _sessions.Keys) session.Abort();
    }

    private bool Enter(IConnection transport)
    {
        var closing = _closing;
        if (Interlocked.Increment(ref _open) <= _services.Settings.ConnectionsMax && !closing) return true;
        Interlocked.Decrement(ref _open);
        _services.Events.Refused(transport.RemoteAddress, closing ? "the node is stopping" : $"{_services.Settings.ConnectionsMax} connections are open");
        transport.Dispose();
        return false;
    }

    private void Sweep()
    {
        _services.Limits.Refresh();
        var now = _services.Time.GetTimestamp();
        _services.Partitions.RefuseOverdue(now);
        // Enumerated as pairs: Values would copy the whole table, four times a second.
        foreach (var (_, connection) in _connections) connection.CheckDeadlines(now);
        foreach (var (session, _) in _sessions) session.CheckDeadlines(now);
    }
}
