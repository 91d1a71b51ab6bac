using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace CubeActors.Node;

/// <summary>The address under which monitoring finds this machine: the first IPv4 that is not loopback and passes the filter.</summary>
internal static class MachineAddress
{
    /// <returns>Null if there is none.</returns>
    public static string? Find(AddressFilter filter) => Choose(
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(one => one.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address), filter);

    internal static string? Choose(IEnumerable<IPAddress> addresses, AddressFilter filter) => addresses
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))
        .Select(address => address.ToString())
        .FirstOrDefault(filter.Takes);
}
