using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>A client's connection: packets out, packets in, and an end when an answer takes too long.</summary>
internal sealed class PacketConnection : IDisposable
{
    private readonly IConnection _connection;
    private readonly ITimer _patience;
    private byte[] _received = new byte[4096];
    private int _filled;

    private PacketConnection(IConnection connection, TimeProvider time)
    {
        _connection = connection;
        _patience = time.CreateTimer(static connection => ((IConnection)connection!).Dispose(), connection, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <returns>Null if the node is not there.</returns>
    public static async Task<PacketConnection?> TryDialAsync(INetwork network, TimeProvider time, IPEndPoint endPoint)
    {
        try
        {
            return new PacketConnection(await network.ConnectAsync(endPoint, TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false), time);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return null;
        }
    }

    /// <returns>False if the connection is over.</returns>
    public async Task<bool> TrySendAsync(byte[] packet)
    {
        try
        {
            await _connection.SendAsync(packet).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return false;
        }
    }

    /// <returns>Null if the connection ends or the patience does.</returns>
    public async Task<Packet?> TryReceiveAsync(TimeSpan patience)
    {
        _patience.Change(patience, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                var status = PacketHeader.TryRead(_received.AsSpan(0, _filled), PacketLimits.Replies, out var header, out var headerBytes);
                Broken.Unless(status != DecodeStatus.Malformed, $"{_connection.RemoteAddress} answers with what is no packet");
                var bytes = headerBytes + (int)header.ArgBytes + (int)header.DataBytes;
                if (status == DecodeStatus.Complete && _filled >= bytes)
                {
                    var packet = new Packet(header, _received.AsSpan(bytes - (int)header.DataBytes, (int)header.DataBytes).ToArray());
                    _received.AsSpan(bytes, _filled - bytes).CopyTo(_received);
                    _filled -= bytes;
                    return packet;
                }

                if (_filled == _received.Length || (status == DecodeStatus.Complete && bytes > _received.Length)) Array.Resize(ref _received, Math.Max(_received.Length * 2, bytes));
                var got = await _connection.ReceiveAsync(_received.AsMemory(_filled)).ConfigureAwait(false);
                if (got == 0) return null;
                _filled += got;
            }
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return null;
        }
        finally
        {
            _patience.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public async Task<Packet?> TryAskAsync(byte[] request, TimeSpan patience) => await TrySendAsync(request).ConfigureAwait(false) ? await TryReceiveAsync(patience).ConfigureAwait(false) : null;

    public void Dispose()
    {
        _patience.Dispose();
        _connection.Dispose();
    }
}
