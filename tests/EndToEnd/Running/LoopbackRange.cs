using System.Net;
using System.Net.Sockets;

namespace CubeActors.EndToEnd;

/// <summary>Loopback addresses that belong to one test as long as it holds this, so that no two meet on a port, in other runs on this machine either.</summary>
internal sealed class LoopbackRange : IDisposable
{
    /// <summary>Addresses in one range; the first one is the master's.</summary>
    public const int Addresses = 10;

    /// <summary>Bound on the first address for as long as the range is taken. Nothing else here uses it.</summary>
    private const int ClaimPort = 17000;

    private const int FirstNet = 90, Nets = 10, RangesOfNet = 25;

    private readonly Socket _claim;
    private readonly byte _net;
    private readonly byte _first;

    private LoopbackRange(Socket claim, byte net, byte first) => (_claim, _net, _first) = (claim, net, first);

    public IPAddress this[int index] => new([127, 0, _net, (byte)(_first + index)]);

    public static LoopbackRange Claim()
    {
        for (var i = 0; i < Nets * RangesOfNet; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var (net, first) = ((byte)(FirstNet + (i / RangesOfNet)), (byte)(1 + (i % RangesOfNet * Addresses)));
            try
            {
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, net, first]), ClaimPort));
                socket.Listen();
                return new LoopbackRange(socket, net, first);
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                socket.Dispose();
            }
        }

        throw new InvalidOperationException($"port {ClaimPort} is taken on every range of addresses; {Nets * RangesOfNet} tests cannot run at once");
    }

    public void Dispose() => _claim.Dispose();
}
