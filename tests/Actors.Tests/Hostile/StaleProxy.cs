using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>A network with a proxy before every other node, which puts packets of its own before the answers of the first connections.</summary>
internal sealed class StaleProxy(INetwork inner) : INetwork
{
    private int _left;

    /// <summary>The packet that stands before the answers on the next connections; made of the request that is to be answered.</summary>
    public Func<PacketHeader, byte[]> Stale { get; set; } = static _ => [];

    /// <summary>Connections that get it.</summary>
    public int Left { get => Volatile.Read(ref _left); set => Volatile.Write(ref _left, value); }

    public IListener Listen(IPEndPoint endPoint) => inner.Listen(endPoint);

    public async ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel)
    {
        var connection = await inner.ConnectAsync(endPoint, timeout, cancel).ConfigureAwait(false);
        return Interlocked.Decrement(ref _left) >= 0 ? new Poisoned(connection, Stale) : connection;
    }

    private sealed class Poisoned(IConnection inner, Func<PacketHeader, byte[]> stale) : IConnection
    {
        private byte[] _first = [];

        public string RemoteAddress => inner.RemoteAddress;

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(bytes.Span, PacketLimits.Requests, out var request, out _));
            _first = stale(request);
            return inner.SendAsync(bytes);
        }

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
        {
            if (_first.Length == 0) return inner.ReceiveAsync(buffer);
            var given = Math.Min(_first.Length, buffer.Length);
            _first.AsSpan(0, given).CopyTo(buffer.Span);
            _first = _first[given..];
            return new ValueTask<int>(given);
        }

        public void ShutdownSend() => inner.ShutdownSend();

        public void Dispose() => inner.Dispose();
    }
}
