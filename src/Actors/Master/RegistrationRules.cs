using System.Net;
using System.Net.Sockets;
using CubeActors.Client;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The decisions around a registration. Pure.</summary>
internal static class RegistrationRules
{
    /// <summary>A refusal that no later try will change: the node's media type or zone is another one than the master stored.</summary>
    /// <remarks>
    /// CubeFS wraps every failure of its addDataNode in a hint at the media type, and its node exits for each. Only what stands before the hint is the cause.
    /// Source: CubeFS master/cluster.go addDataNode.
    /// </remarks>
    public static bool IsFinal(MasterException failure)
    {
        if (failure.Failure != MasterFailure.Refused || failure.Code != MasterReply.InternalError) return false;
        var cause = failure.Message.Split(", hint", 2)[0];
        return cause.Contains("mediaType", StringComparison.OrdinalIgnoreCase) || cause.Contains("zoneName", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The wait doubles from try to try.</summary>
    public static TimeSpan Longer(TimeSpan pause, MasterLinkSettings settings) => pause * 2 < settings.RetryMax ? pause * 2 : settings.RetryMax;

    /// <summary>The node's name: its configured address, else the one the master sees.</summary>
    /// <returns>False if there is neither: the masters' answer is no IPv4 address that others could reach.</returns>
    public static bool TryName(NodeIdentity identity, ClusterInfo cluster, out string address)
    {
        var ip = identity.LocalAddress;
        // Four parts are asked for because .NET also takes "10" and "10.1" for addresses.
        if (ip is null && cluster.Ip.Split('.').Length == 4 && IPAddress.TryParse(cluster.Ip, out var seen) && seen.AddressFamily == AddressFamily.InterNetwork && !seen.Equals(IPAddress.Any)) ip = seen;
        address = ip is null ? "" : $"{ip}:{identity.DataPort}";
        return ip is not null;
    }

    /// <summary>Whether the masters are those of the cluster that this node's data belongs to. A name is all that tells where no uuid does; where one does, it decides.</summary>
    /// <param name="record">Of the last registration; null if there is none.</param>
    /// <param name="path">Where the record lies, for the sentence.</param>
    /// <returns>Null, or why the node must not go on: to another cluster's masters its partitions would be nobody's.</returns>
    public static string? ClusterProblem(NodeRecord? record, ClusterInfo cluster, string path) =>
        record is null || record.Cluster == cluster.Cluster || cluster.ClusterUuidEnable
            ? null
            : $"the masters are those of cluster {cluster.Cluster}, and this node was registered in cluster {record.Cluster}; correct masterAddr, "
            + $"or delete {path} if that cluster has got a new name or the disks are to serve the other one";

    /// <summary>The record of an earlier run is this node's: same address where that is configured, same ports.</summary>
    public static bool Fits(NodeRecord record, NodeIdentity identity) =>
        IPEndPoint.TryParse(record.Address, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.Port == identity.DataPort
        && (identity.LocalAddress is null || identity.LocalAddress.Equals(address.Address))
        && record.RaftHeartbeatPort == identity.RaftHeartbeatPort && record.RaftReplicaPort == identity.RaftReplicaPort;
}
