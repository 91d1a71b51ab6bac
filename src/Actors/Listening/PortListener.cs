using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Binds the node's ports and hands each accepted connection to the data path. The first actor of a node: nothing slow stands before it.</summary>
internal sealed class PortListener : ReceiveActor, IWithTimers
{
    /// <summary>All ports are bound; connections are accepted from now on.</summary>
    /// <param name="RaftHeartbeat">Bound and listening, whoever is told owns it; null where it was handed over before: raft goes on while
    /// the node drains, and this actor does not.</param>
    /// <param name="RaftReplica">The same for all other messages of raft.</param>
    public sealed record Bound(IPEndPoint Data, IPEndPoint Smux, IListener? RaftHeartbeat, IListener? RaftReplica);

    /// <summary>A port could not be bound; the listener stops.</summary>
    /// <param name="Reason">One sentence that names the port and says what to do.</param>
    public sealed record BindFailed(string Reason);

    /// <summary>Accept no more, and keep the ports: who connects waits in the kernel until this actor stops.</summary>
    /// <remarks>
    /// While connections end, which may take a second. A client of CubeFS that is refused asks again at once and has used up all its attempts within
    /// milliseconds; one that waits tries again when it is cut off.
    /// </remarks>
    public sealed record Hold;

    private sealed record AcceptFailed(Port Port, Exception Cause);

    private sealed record AcceptAgain(Port Port);

    /// <summary>One bound port and what is done with its connections.</summary>
    private sealed record Port(string Key, IListener Listener, Action<IConnection> Admit);

    /// <summary>Pause after a failed accept: the usual cause, no free descriptors, does not pass within microseconds.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly INetwork _network;
    private readonly NodeIdentity _identity;
    private readonly ConnectionTable _connections;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Port> _ports = [];
    private readonly List<IListener> _raft = []; // until they are handed over
    private readonly bool _bindsRaft;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public PortListener(INetwork network, NodeIdentity identity, ConnectionTable connections, Func<bool> hasRaftPorts)
    {
        (_network, _identity, _connections, _bindsRaft) = (network, identity, connections, !hasRaftPorts());
        Receive<AcceptFailed>(failed =>
        {
            if (_stopping.IsCancellationRequested) return;
            Log.AcceptFailed(_log, failed.Port.Key, failed.Cause.Message);
            Timers.StartSingleTimer(failed.Port.Key, new AcceptAgain(failed.Port), AcceptPause);
        });
        Receive<AcceptAgain>(again =>
        {
            if (!_stopping.IsCancellationRequested) Accept(again.Port);
        });
        Receive<Hold>(_ => _stopping.Cancel());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="hasRaftPorts">They were handed over by this actor's predecessor.</param>
    public static Props PropsFor(INetwork network, NodeIdentity identity, ConnectionTable connections, Func<bool> hasRaftPorts) =>
        Props.Create(() => new PortListener(network, identity, connections, hasRaftPorts));

    protected override void PreStart()
    {
        if (Bind("listen", _identity.DataPort, _connections.Admit) is { } data && Bind("smuxPortShift", _identity.SmuxPort, _connections.AdmitSession) is { } smux
            && (!_bindsRaft || (Bind("raftHeartbeat", _identity.RaftPorts.Heartbeat, null) is not null && Bind("raftReplica", _identity.RaftPorts.Replica, null) is not null)))
        {
            foreach (var port in _ports) Accept(port);
            Context.Parent.Tell(new Bound(data.LocalEndPoint, smux.LocalEndPoint, _raft.ElementAtOrDefault(0), _raft.ElementAtOrDefault(1)));
            _raft.Clear();
        }
        else
        {
            Context.Stop(Self);
        }
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        foreach (var port in _ports) port.Listener.Dispose();
        foreach (var listener in _raft) listener.Dispose();
        _stopping.Dispose();
    }

    /// <param name="admit">Null: somebody else accepts on it.</param>
    private IListener? Bind(string key, int number, Action<IConnection>? admit)
    {
        var endPoint = new IPEndPoint(_identity.BindAddress, number);
        try
        {
            var listener = _network.Listen(endPoint);
            if (admit is not null) _ports.Add(new Port(key, listener, admit));
            else _raft.Add(listener);
            return listener;
        }
        catch (SocketException e)
        {
            var why = e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "another process has it; stop that process or choose another port"
                : $"{e.Message}; check localIP and bindIp";
            Context.Parent.Tell(new BindFailed($"cannot listen on {endPoint} (key {key}): {why}"));
            return null;
        }
    }

    private void Accept(Port port) => _ = AcceptLoopAsync(port, Self, _stopping.Token);

    /// <summary>Accepts beside the mailbox, until it fails: a connection that waits in a mailbox would be lost with its actor.</summary>
    private static async Task AcceptLoopAsync(Port port, IActorRef self, CancellationToken stopping)
    {
        try
        {
            while (true) port.Admit(await port.Listener.AcceptAsync(stopping).ConfigureAwait(false));
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            if (!stopping.IsCancellationRequested) self.Tell(new AcceptFailed(port, e));
        }
    }
}
