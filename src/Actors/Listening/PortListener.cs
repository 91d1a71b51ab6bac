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
    public sealed record Bound(IPEndPoint Data, IPEndPoint Smux);

    /// <summary>A port could not be bound; the listener stops.</summary>
    /// <param name="Reason">One sentence that names the port and says what to do.</param>
    public sealed record BindFailed(string Reason);

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
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public PortListener(INetwork network, NodeIdentity identity, ConnectionTable connections)
    {
        (_network, _identity, _connections) = (network, identity, connections);
        Receive<AcceptFailed>(failed =>
        {
            if (_stopping.IsCancellationRequested) return;
            Log.AcceptFailed(_log, failed.Port.Key, failed.Cause.Message);
            Timers.StartSingleTimer(failed.Port.Key, new AcceptAgain(failed.Port), AcceptPause);
        });
        Receive<AcceptAgain>(again => Accept(again.Port));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(INetwork network, NodeIdentity identity, ConnectionTable connections) =>
        Props.Create(() => new PortListener(network, identity, connections));

    protected override void PreStart()
    {
        if (Bind("listen", _identity.DataPort, _connections.Admit) is { } data && Bind("smuxPortShift", _identity.SmuxPort, _connections.AdmitSession) is { } smux)
        {
            foreach (var port in _ports) Accept(port);
            Context.Parent.Tell(new Bound(data.LocalEndPoint, smux.LocalEndPoint));
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
        _stopping.Dispose();
    }

    private IListener? Bind(string key, int number, Action<IConnection> admit)
    {
        var endPoint = new IPEndPoint(_identity.BindAddress, number);
        try
        {
            var listener = _network.Listen(endPoint);
            _ports.Add(new Port(key, listener, admit));
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
