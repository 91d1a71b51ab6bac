using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Idle connections to data nodes, by address. Only clean ones come back. Thread-safe.</summary>
/// <remarks>
/// Appends and reads have a pool each: a chain leader keeps its connections to the followers with the client's connection, and a
/// connection that only reads has none.
/// </remarks>
internal sealed class DataConnectionPool : IDisposable
{
    private readonly INetwork _network;
    private readonly TimeProvider _time;
    private readonly ClientSettings _settings;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<DataConnection>> _idle = [];
    private readonly ITimer _sweep;
    private bool _disposed;

    public DataConnectionPool(INetwork network, TimeProvider time, ClientSettings settings)
    {
        _network = network;
        _time = time;
        _settings = settings;
        _sweep = time.CreateTimer(static state => ((DataConnectionPool)state!).Sweep(), this, settings.IdleLimit, settings.IdleLimit);
    }

    /// <summary>Idle connections of all addresses.</summary>
    public int IdleCount { get { lock (_lock) return _idle.Values.Sum(list => list.Count); } }

    /// <summary>The connection that went idle last, or a new one. The caller gives it to <see cref="Return"/> in every case.</summary>
    /// <exception cref="ConnectionFailedException">It could not be dialled.</exception>
    public async ValueTask<DataConnection> TakeAsync(string address, CancellationToken cancel) =>
        TakeIdle(address) ?? await DialAsync(address, cancel).ConfigureAwait(false);

    /// <inheritdoc cref="TakeAsync"/>
    public async ValueTask<DataConnection> DialAsync(string address, CancellationToken cancel)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0)
            throw new ConnectionFailedException(ConnectionFailure.Dial, address, "not an address ip:port");
        try
        {
            return new DataConnection(await _network.ConnectAsync(endPoint, _settings.DialTimeout, cancel).ConfigureAwait(false), address, _time);
        }
        catch (SocketException e)
        {
            throw new ConnectionFailedException(ConnectionFailure.Dial, address, $"cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Takes a connection back: keeps it if it is clean, else closes it.</summary>
    public void Return(DataConnection connection)
    {
        if (connection.IsClean)
        {
            connection.IsReused = true;
            connection.IdleSince = _time.GetTimestamp();
            lock (_lock)
            {
                if (!_idle.TryGetValue(connection.Address, out var list)) _idle[connection.Address] = list = [];
                if (!_disposed && list.Count < _settings.IdlePerAddressMax)
                {
                    list.Add(connection);
                    return;
                }
            }
        }

        connection.Dispose();
    }

    /// <summary>Closes all idle connections to an address: one of them was found dead, and they have its age.</summary>
    public void Empty(string address)
    {
        List<DataConnection>? dead;
        lock (_lock) _idle.Remove(address, out dead);
        foreach (var connection in dead ?? []) connection.Dispose();
    }

    public void Dispose()
    {
        List<DataConnection> all;
        lock (_lock)
        {
            _disposed = true;
            all = [.. _idle.Values.SelectMany(list => list)];
            _idle.Clear();
        }

        _sweep.Dispose();
        foreach (var connection in all) connection.Dispose();
    }

    private DataConnection? TakeIdle(string address)
    {
        while (true)
        {
            DataConnection taken;
            lock (_lock)
            {
                if (!_idle.TryGetValue(address, out var list) || list.Count == 0) return null;
                taken = list[^1];
                list.RemoveAt(list.Count - 1);
            }

            if (!IsExpired(taken)) return taken;
            taken.Dispose();
        }
    }

    private void Sweep()
    {
        var expired = new List<DataConnection>();
        lock (_lock)
        {
            foreach (var (address, list) in _idle.ToArray())
            {
                list.RemoveAll(connection =>
                {
                    if (!IsExpired(connection)) return false;
                    expired.Add(connection);
                    return true;
                });
                if (list.Count == 0) _idle.Remove(address);
            }
        }

        foreach (var connection in expired) connection.Dispose();
    }

    private bool IsExpired(DataConnection connection) => _time.GetElapsedTime(connection.IdleSince) >= _settings.IdleLimit;
}
