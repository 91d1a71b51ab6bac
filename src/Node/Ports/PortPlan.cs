using System.Globalization;
using System.Net;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The ports of a node by what they are for.</summary>
internal enum PortName { Data, Smux, RaftHeartbeat, RaftReplica, Prof, Exporter, Tls }

/// <summary>One port that a configuration asks for.</summary>
/// <param name="Key">Of datanode.json, or of the tunables, for messages.</param>
/// <param name="EndPoint">Port 0: the system chooses one.</param>
internal sealed record PlannedPort(PortName Name, string Key, IPEndPoint EndPoint);

/// <summary>All ports that a configuration asks for, in the order in which they are bound: those first whose callers wait least.</summary>
internal static class PortPlan
{
    /// <param name="prof">Null without an HTTP port.</param>
    /// <param name="exporter">Null without a port for metrics.</param>
    public static IReadOnlyList<PlannedPort> Of(NodeIdentity identity, IPEndPoint? prof, IPEndPoint? exporter)
    {
        var ports = new List<PlannedPort>
        {
            new(PortName.Data, "listen", new(identity.BindAddress, identity.DataPort)),
            new(PortName.Smux, "listen + smuxPortShift", new(identity.BindAddress, identity.SmuxPort)),
            new(PortName.RaftHeartbeat, "raftHeartbeat", new(identity.BindAddress, int.Parse(identity.RaftHeartbeatPort, CultureInfo.InvariantCulture))),
            new(PortName.RaftReplica, "raftReplica", new(identity.BindAddress, int.Parse(identity.RaftReplicaPort, CultureInfo.InvariantCulture))),
        };
        if (prof is not null) ports.Add(new(PortName.Prof, "prof", prof));
        if (exporter is not null) ports.Add(new(PortName.Exporter, "exporterPort", exporter));
        return ports;
    }

    /// <remarks>What the tunables ask for comes last, as it is known last: the front of the plan is what <c>datanode.json</c> alone asks for.</remarks>
    public static IReadOnlyList<PlannedPort> Of(NodeSettings settings)
    {
        var ports = Of(settings.DataNode.Identity, settings.Http?.EndPoint, settings.ExporterHttp?.EndPoint);
        return settings.Http?.Tls is { } tls ? [.. ports, new(PortName.Tls, "cubeactors.http.tls.port", tls.EndPoint)] : ports;
    }
}
