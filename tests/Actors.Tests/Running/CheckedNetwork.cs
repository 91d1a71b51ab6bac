using System.Collections.Concurrent;
using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>A network that sees whether its user keeps the contract of connections, one send and one receive at a time, and can hold sends back.</summary>
internal sealed class CheckedNetwork(INetwork inner) : INetwork
{
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<string, Connection> _accepted = new();
    private readonly SemaphoreSlim _held = new(0);
    private readonly SemaphoreSlim _heldDials = new(0);
    private volatile Task _maySend = Task.CompletedTask;
    private volatile Task _mayConnect = Task.CompletedTask;

    /// <summary>Broken contracts; there must be none.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>From now on every send on an accepted connection waits for this before it sends.</summary>
    public void HoldSends(Task until) => _maySend = until;

    /// <summary>Completes once for each send that was held back.</summary>
    public Task HeldSendAsync() => _held.WaitAsync().Soon();

    /// <summary>From now on every connection that the node has dialled waits for this before the node gets it.</summary>
    public void HoldDials(Task until) => _mayConnect = until;

    /// <summary>Completes once for each dial that was held back.</summary>
    public Task HeldDialAsync() => _heldDials.WaitAsync().Soon();

    /// <summary>Completes when the node has taken so many bytes from a peer and asks for more: it has dealt with all of them.</summary>
    public Task DealtWithAsync(PacketPeer peer) => _accepted[peer.LocalAddress].DealtWithAsync(peer.BytesSent).Soon();

    /// <summary>Completes when the node has heard that a peer ended its side, and has done what it does then.</summary>
    public Task EndSeenAsync(PacketPeer peer) => _accepted[peer.LocalAddress].EndSeen.Soon();

    public IListener Listen(IPEndPoint endPoint) => new Listener(this, inner.Listen(endPoint));

    public async ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        var connection = await inner.ConnectAsync(endPoint, timeout, cancel).ConfigureAwait(false);
        if (_mayConnect is { IsCompleted: false } mayConnect)
        {
            _heldDials.Release();
            await mayConnect.ConfigureAwait(false);
        }

        return new Connection(this, connection, isAccepted: false);
    }

    private sealed class Listener(CheckedNetwork network, IListener inner) : IListener
    {
        public IPEndPoint LocalEndPoint => inner.LocalEndPoint;

        public async ValueTask<IConnection> AcceptAsync(CancellationToken cancel)
        {
            var connection = new Connection(network, await inner.AcceptAsync(cancel), isAccepted: true);
            return network._accepted[connection.RemoteAddress] = connection;
        }

        public void Dispose() => inner.Dispose();
    }

    private sealed class Connection(CheckedNetwork network, IConnection inner, bool isAccepted) : IConnection
    {
        private readonly Lock _lock = new();
        private readonly List<(long Bytes, TaskCompletionSource Reached)> _waiting = [];
        private readonly TaskCompletionSource _endSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _received;
        private bool _hasEnded;
        private bool _asks;
        private int _sending;

        public string RemoteAddress => inner.RemoteAddress;

        public Task EndSeen => _endSeen.Task;

        public Task DealtWithAsync(long bytes)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock) _waiting.Add((bytes, reached));
            TellWaiting();
            return reached.Task;
        }

        public async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
        {
            lock (_lock)
            {
                if (_asks) network._violations.Enqueue($"two receives at once from {RemoteAddress}");
                _asks = true;
            }

            if (_hasEnded) _endSeen.TrySetResult(); // it drains what is left
            TellWaiting();
            var received = 0;
            try
            {
                received = await inner.ReceiveAsync(buffer).ConfigureAwait(false);
                _hasEnded |= received == 0;
                return received;
            }
            finally
            {
                lock (_lock)
                {
                    _received += received;
                    _asks = false;
                }
            }
        }

        public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            if (Interlocked.Exchange(ref _sending, 1) == 1) network._violations.Enqueue($"two sends at once to {RemoteAddress}");
            try
            {
                if (isAccepted && network._maySend is { IsCompleted: false } maySend)
                {
                    network._held.Release();
                    await maySend.ConfigureAwait(false);
                }

                await inner.SendAsync(bytes).ConfigureAwait(false);
            }
            finally
            {
                Volatile.Write(ref _sending, 0);
            }
        }

        private void TellWaiting()
        {
            lock (_lock)
            {
                if (!_asks) return;
                foreach (var (bytes, reached) in _waiting)
                    if (bytes <= _received) reached.TrySetResult();
            }
        }

        public void ShutdownSend() => inner.ShutdownSend();

        public void Dispose() => inner.Dispose();
    }
}
