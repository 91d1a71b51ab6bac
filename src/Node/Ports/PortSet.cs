using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>The ports of one node, all of them listening before anything of the node exists; each is handed to whoever serves it.</summary>
/// <remarks>Who connects meanwhile waits in the kernel and is served, where a port that is not bound yet would refuse them. Thread-safe.</remarks>
internal sealed class PortSet : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PortName, (PlannedPort Planned, ListeningSocket Socket)> _bound = [];
    private readonly List<SettingsNote> _notes = [];

    private PortSet(IReadOnlyList<PlannedPort> plan) => Plan = plan;

    public IReadOnlyList<PlannedPort> Plan { get; private set; }

    public DateTimeOffset BoundAt { get; private set; }

    /// <summary>What an operator should know of the ports although they are bound.</summary>
    public IReadOnlyList<SettingsNote> Notes => _notes;

    /// <summary>Takes from <paramref name="inherited"/> what fits and binds the rest.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="isWhole">No port is to be added: what is inherited and does not fit is closed.</param>
    /// <exception cref="SettingsException">A port cannot be bound. Nothing is left bound but what was inherited.</exception>
    public static PortSet Bind(string file, IReadOnlyList<PlannedPort> plan, InheritedSockets inherited, TimeProvider time, bool isWhole = true)
    {
        var set = new PortSet(plan);
        try
        {
            foreach (var port in plan) set.Bind(file, port, inherited);
            set.BoundAt = time.GetUtcNow();
            if (isWhole) set._notes.AddRange(inherited.CloseUnused());
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Binds what a longer plan has beyond this one, which is its front.</summary>
    /// <exception cref="SettingsException">A port cannot be bound. What was bound before stays so.</exception>
    public void Extend(string file, IReadOnlyList<PlannedPort> plan, InheritedSockets inherited)
    {
        foreach (var port in plan.Skip(Plan.Count)) Bind(file, port, inherited);
        Plan = plan;
        _notes.AddRange(inherited.CloseUnused());
    }

    /// <summary>Where a port really listens; null if it could not be bound.</summary>
    public IPEndPoint? EndPointOf(PortName name)
    {
        lock (_lock) return _bound.TryGetValue(name, out var port) ? port.Socket.EndPoint : null;
    }

    /// <summary>The socket of a port, for a server that accepts on it and closes it.</summary>
    /// <returns>Null if it was not bound, or is taken.</returns>
    public Socket? TakeSocket(PortName name)
    {
        lock (_lock) return _bound.TryGetValue(name, out var port) ? port.Socket.Take() : null;
    }

    /// <summary>The listener of a planned address.</summary>
    /// <returns>Null if it is none of this node's ports, or is taken.</returns>
    public IListener? TakeListener(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            foreach (var (planned, socket) in _bound.Values)
                if (planned.EndPoint.Equals(endPoint)) return socket.TakeListener();
            return null;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, socket) in _bound.Values) socket.Dispose();
            _bound.Clear();
        }
    }

    private void Bind(string file, PlannedPort port, InheritedSockets inherited)
    {
        try
        {
            var socket = inherited.Take(port.EndPoint.Port) ?? ListeningSocket.Open(port.EndPoint);
            _bound.Add(port.Name, (port, socket));
            if (socket.IsInherited && !Covers(socket.EndPoint.Address, port.EndPoint.Address))
            {
                _notes.Add(new SettingsNote(
                    LogEventLevel.Warning, $"{file}: {port.Key}: the inherited socket listens on {socket.EndPoint}, not on {port.EndPoint}; correct ListenStream of the socket unit"));
            }
        }
        catch (SocketException failure) when (port.Name == PortName.Exporter)
        {
            // As in CubeFS: nobody's data depends on it.
            _notes.Add(new SettingsNote(LogEventLevel.Error, $"{PortProblem.Explain(port.Key, port.EndPoint, failure)}. The node starts without a port for metrics"));
        }
        catch (SocketException failure)
        {
            throw new SettingsException($"{file}: {PortProblem.Explain(port.Key, port.EndPoint, failure)}", failure);
        }
    }

    private static bool Covers(IPAddress bound, IPAddress wanted) =>
        bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) || bound.Equals(wanted) || (bound.IsIPv4MappedToIPv6 && bound.MapToIPv4().Equals(wanted));
}
