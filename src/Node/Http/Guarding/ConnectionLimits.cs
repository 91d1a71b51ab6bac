using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CubeActors.Node;

/// <summary>Counts the open connections of the operators' ports, and says which are too many. Thread-safe.</summary>
/// <remarks>
/// Those of this machine have a count of their own: whoever opens all that others may have does not keep its supervisor's probes out, which would restart the node for it.
/// </remarks>
/// <param name="connectionsMax">At once from other machines, and as many from this one.</param>
/// <param name="perAddressMax">At once from one other address.</param>
internal sealed class ConnectionLimits(int connectionsMax, int perAddressMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _byAddress = []; // no more entries than connections
    private int _local, _remote;

    /// <param name="address">Null: of this machine.</param>
    /// <returns>True: it is counted, until <see cref="Leave"/>.</returns>
    public bool TryEnter(IPAddress? address)
    {
        lock (_lock)
        {
            if (address is null)
            {
                if (_local >= connectionsMax) return false;
                _local++;
                return true;
            }

            var open = _byAddress.GetValueOrDefault(address);
            if (_remote >= connectionsMax || open >= perAddressMax) return false;
            _remote++;
            _byAddress[address] = open + 1;
            return true;
        }
    }

    public void Leave(IPAddress? address)
    {
        lock (_lock)
        {
            if (address is null)
            {
                _local--;
                return;
            }

            _remote--;
            if (--_byAddress[address] == 0) _byAddress.Remove(address);
        }
    }

    /// <summary>Hangs up on connections beyond the limits, before a byte of them is looked at.</summary>
    /// <param name="refused">Told of each.</param>
    public void Guard(ListenOptions listen, Action<IPAddress> refused) => listen.Use(next => async connection =>
    {
        var address = AddressOf(connection);
        if (!TryEnter(address))
        {
            refused(address ?? IPAddress.Loopback);
            connection.Abort(new ConnectionAbortedException("too many connections"));
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave(address);
        }
    });

    /// <returns>Null for this machine: loopback, or dialled from the address that was dialled.</returns>
    private static IPAddress? AddressOf(ConnectionContext connection) =>
        connection.RemoteEndPoint is not IPEndPoint { Address: var remote } || IPAddress.IsLoopback(remote) || (connection.LocalEndPoint is IPEndPoint local && local.Address.Equals(remote)) ? null : remote;
}
