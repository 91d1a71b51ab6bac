using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CubeActors.ControlPlane;

/// <summary>A data node that wants to take part: the query of <c>/dataNode/add</c>.</summary>
/// <param name="MediaType">1 SSD, 2 HDD; 0 is a node that does not say.</param>
internal sealed record RegisterNode(string Address, string HeartbeatPort, string ReplicaPort, string Zone, uint MediaType);

/// <summary>Who may register (spec 2.5). An address keeps its id, its zone and its medium for ever.</summary>
internal static class NodeRules
{
    public const string DefaultZone = "default";

    /// <summary>Bytes of a zone's name; our own bound.</summary>
    public const int ZoneCharsMax = 128;

    /// <summary>Source: CubeFS master/const.go and proto: a node's port is not a system port.</summary>
    private const int PortMin = 1024;

    /// <summary>The events of a registration, none if nothing is new; the id is that of the address afterwards.</summary>
    public static (IReadOnlyList<ClusterEvent> Events, Refusal? Refused) Register(ClusterState state, RegisterNode request)
    {
        if (!IsAddress(request.Address, out _))
            return ([], Refusal.BadParameter($"addr not legal: \"{request.Address}\" is not an IPv4 address with a port of {PortMin} to 65535"));
        var zone = request.Zone.Length == 0 ? DefaultZone : request.Zone;
        if (state.FindNode(request.Address) is not { } known) return Add(state, request, zone);
        if (known.Zone != zone) return ([], Mismatch($"zoneName not match, old: {known.Zone}, new: {zone}"));
        if (known.MediaType != request.MediaType) return ([], Mismatch($"mediaType not match, old: {known.MediaType}, new: {request.MediaType}"));
        var heartbeat = known.HeartbeatPort.Length == 0 ? request.HeartbeatPort : known.HeartbeatPort;
        var replica = known.ReplicaPort.Length == 0 ? request.ReplicaPort : known.ReplicaPort;
        return heartbeat == known.HeartbeatPort && replica == known.ReplicaPort
            ? ([], null)
            : ([new NodePortsFilled(known.Address, heartbeat, replica)], null);
    }

    /// <summary>True for <c>ip:port</c> with a canonical IPv4 address.</summary>
    public static bool IsAddress(string text, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.None, 0);
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !IPAddress.TryParse(text[..colon], out var ip) || ip.AddressFamily != AddressFamily.InterNetwork) return false;
        if (ip.ToString() != text[..colon]) return false; // "1.2" and "010.0.0.1" would be other names for the same node
        if (!IsPort(text[(colon + 1)..], out var port) || port < PortMin) return false;
        endPoint = new IPEndPoint(ip, port);
        return true;
    }

    /// <summary>True for a port number in plain decimal.</summary>
    public static bool IsPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;

    private static (IReadOnlyList<ClusterEvent>, Refusal?) Add(ClusterState state, RegisterNode request, string zone)
    {
        // A zone has one medium: the first node brings it.
        if (state.Nodes.FirstOrDefault(node => node.Zone == zone) is { } neighbour && neighbour.MediaType != request.MediaType)
            return ([], Mismatch($"mediaType not match, zone {zone} has: {neighbour.MediaType}, new: {request.MediaType}"));
        var node = new NodeRecord(
            state.LastId + 1, request.Address, zone, request.MediaType, request.HeartbeatPort, request.ReplicaPort, [], []);
        return ([new NodeAdded(node)], null);
    }

    // The hint is part of the protocol: a Go node that reads it exits (spec 2.5).
    private static Refusal Mismatch(string cause) => Refusal.Failed($"add datanode failed, err {cause}, hint DataNode mediaType not match");
}
