using System.Net;
using System.Net.Sockets;
using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>The network between a few hosts: bytes take time, can be cut off in either direction, and connections break as those of a kernel do.</summary>
/// <remarks>
/// As with TCP a cut loses nothing: what was sent arrives when the way is open again, unless somebody gives the connection up before.
/// </remarks>
internal sealed class Network(Stage stage, TimeSpan latencyMax)
{
    /// <summary>How long a host is silent before a dial is told that nobody is there: asked again so often.</summary>
    private static readonly TimeSpan DialRetry = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<IPEndPoint, Listener> _listeners = [];
    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly HashSet<string> _dark = [];
    private readonly List<Wire> _wires = [];
    private int _nextPort = 30000;
    private int _dials;

    /// <summary>Connections on which something can still happen.</summary>
    public IReadOnlyList<Wire> Wires
    {
        get
        {
            _wires.RemoveAll(wire => wire.IsOver);
            return _wires;
        }
    }

    /// <summary>Sees, and may change, what one end sends; null for bytes as they are. For tests of the checks.</summary>
    public Func<Wire, bool, byte[], byte[]>? Tamper { get; set; }

    /// <summary>The network as one process has it.</summary>
    /// <param name="isDead">Asked at each call: what a dead process does does not happen.</param>
    public INetwork Of(string host, Strand strand, object owner, Func<bool> isDead) => new Door(this, host, strand, owner, isDead);

    public void Cut(string from, string to)
    {
        _cut.Add((from, to));
    }

    public void Heal()
    {
        _cut.Clear();
        foreach (var wire in Wires) wire.Pump();
    }

    public void Heal(string from, string to)
    {
        _cut.Remove((from, to));
        foreach (var wire in Wires) wire.Pump();
    }

    /// <summary>A process has died. Its kernel ends its connections; with the power the kernel is gone too and says nothing until <see cref="PowerReturns"/>.</summary>
    public void Died(object owner, string host, bool ofPower)
    {
        foreach (var endPoint in _listeners.Where(entry => entry.Value.Owner == owner).Select(entry => entry.Key).ToList()) _listeners.Remove(endPoint);
        foreach (var wire in Wires) wire.Died(owner, ofPower);
        if (ofPower) _dark.Add(host);
    }

    public void PowerReturns(string host)
    {
        if (!_dark.Remove(host)) return;
        foreach (var wire in Wires) wire.KernelReturns(host);
    }

    internal bool IsOpen(string from, string to) => !_cut.Contains((from, to)) && !_dark.Contains(to);

    internal TimeSpan Latency() => TimeSpan.FromTicks(stage.Random.NextInt64(latencyMax.Ticks + 1));

    private sealed class Door(Network network, string host, Strand strand, object owner, Func<bool> isDead) : INetwork
    {
        public IListener Listen(IPEndPoint endPoint)
        {
            if (network._listeners.ContainsKey(endPoint)) throw new SocketException((int)SocketError.AddressAlreadyInUse);
            return network._listeners[endPoint] = new Listener(network, endPoint, host, strand, owner, isDead);
        }

        public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            var dial = new TaskCompletionSource<IConnection>();
            var registration = cancel.UnsafeRegister(static (state, token) => ((TaskCompletionSource<IConnection>)state!).TrySetCanceled(token), dial);
            network.Dial(this, endPoint, dial, network.StageTicks + timeout.Ticks, network.Latency());
            return new(FinishAsync(dial.Task, registration));
        }

        public string Host => host;
        public Strand Strand => strand;
        public object Owner => owner;
        public bool IsDead => isDead();

        private static async Task<IConnection> FinishAsync(Task<IConnection> dial, CancellationTokenRegistration registration)
        {
            try
            {
                return await dial.ConfigureAwait(false);
            }
            finally
            {
                registration.Unregister(); // not Dispose: it would wait for the callback that this may run in
            }
        }
    }

    private long StageTicks => stage.Ticks;

    private void CheckThread() => stage.CheckThread();

    private void Dial(Door from, IPEndPoint endPoint, TaskCompletionSource<IConnection> dial, long giveUpAt, TimeSpan after)
    {
        var timer = new StageTimer(stage, from.Strand, () =>
        {
            if (dial.Task.IsCompleted || from.IsDead) return;
            var host = endPoint.Address.ToString();
            if (!IsOpen(from.Host, host) || !IsOpen(host, from.Host))
            {
                if (stage.Ticks >= giveUpAt) dial.TrySetException(new SocketException((int)SocketError.TimedOut));
                else Dial(from, endPoint, dial, giveUpAt, DialRetry);
                return;
            }

            if (!_listeners.TryGetValue(endPoint, out var listener))
            {
                dial.TrySetException(new SocketException((int)SocketError.ConnectionRefused));
                return;
            }

            var wire = new Wire(stage, this, $"{from.Host}>{endPoint}#{++_dials}", new WireSide(from.Host, $"{from.Host}:{_nextPort++}", from.Strand, from.Owner, () => from.IsDead),
                new WireSide(host, endPoint.ToString(), listener.Strand, listener.Owner, listener.IsDead), endPoint);
            _wires.Add(wire);
            stage.Trace($"dial {wire.Name}");
            listener.Offer(wire.Server);
            dial.TrySetResult(wire.Client);
        });
        timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    private sealed class Listener(Network network, IPEndPoint endPoint, string host, Strand strand, object owner, Func<bool> isDead) : IListener
    {
        private readonly Queue<IConnection> _waiting = new();
        private TaskCompletionSource<IConnection>? _accept;
        private bool _isClosed;

        public IPEndPoint LocalEndPoint => endPoint;
        public string Host => host;
        public Strand Strand => strand;
        public object Owner => owner;
        public Func<bool> IsDead => isDead;

        public void Offer(IConnection connection)
        {
            _waiting.Enqueue(connection);
            if (_accept is not null) strand.Post(Give);
        }

        public ValueTask<IConnection> AcceptAsync(CancellationToken cancel)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_waiting.TryDequeue(out var connection)) return new(connection);
            _accept = new TaskCompletionSource<IConnection>();
            return new(_accept.Task);
        }

        public void Dispose()
        {
            network.CheckThread();
            if (_isClosed || isDead()) return;
            _isClosed = true;
            if (network._listeners.GetValueOrDefault(endPoint) == this) network._listeners.Remove(endPoint);
            while (_waiting.TryDequeue(out var connection)) connection.Dispose();
            var accept = _accept;
            _accept = null;
            if (accept is not null) strand.Post(() => accept.TrySetException(new ObjectDisposedException(nameof(IListener))));
        }

        private void Give()
        {
            if (_accept is not { } accept || !_waiting.TryDequeue(out var connection)) return;
            _accept = null;
            accept.TrySetResult(connection);
        }
    }
}
