using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>The addresses of a trial cluster: the customary ports on loopback, or the next that are free.</summary>
/// <param name="DataPort">Equal on all nodes, as are the ports derived from it.</param>
internal sealed record TrialPlan(IPEndPoint Master, int DataPort)
{
    public const int Nodes = 3;
    private const int MasterPort = 17010, FirstDataPort = 17310;

    /// <summary>prof, raftHeartbeat and raftReplica lie 10, 20 and 30 above listen, as is customary.</summary>
    private const int ProfShift = 10, RaftHeartbeatShift = 20, RaftReplicaShift = 30;

    /// <summary>Source: CubeFS util/smux_pool.go DefaultSmuxPortShift.</summary>
    private const int SmuxShift = 500;

    /// <summary>Next tries: far enough from each other that no two groups of ports overlap.</summary>
    private const int MasterStep = 1, DataStep = 40;

    /// <summary>12 steps of 40 stay below the smux port of the first try.</summary>
    private const int TriesMax = 12;

    public bool HasCustomaryPorts => Master.Port == MasterPort && DataPort == FirstDataPort;

    public int ProfPort => DataPort + ProfShift;

    /// <param name="index">0 to <see cref="Nodes"/> - 1.</param>
    public static IPAddress AddressOf(int index) => new([127, 0, 0, (byte)(11 + index)]);

    /// <exception cref="CommandException">None of the tries found all ports free.</exception>
    public static TrialPlan Find(INetwork network)
    {
        var master = Enumerable.Range(0, TriesMax).Select(i => new IPEndPoint(IPAddress.Loopback, MasterPort + (i * MasterStep)))
            .FirstOrDefault(endPoint => IsFree(network, endPoint));
        var data = Enumerable.Range(0, TriesMax).Select(i => FirstDataPort + (i * DataStep))
            .FirstOrDefault(port => PortsFrom(port).All(endPoint => IsFree(network, endPoint)));
        return master is not null && data != 0
            ? new TrialPlan(master, data)
            : throw new CommandException(
                $"no free ports: the quickstart needs one of {MasterPort} to {MasterPort + TriesMax - 1} on {IPAddress.Loopback} "
                + $"and, on {AddressOf(0)} to {AddressOf(Nodes - 1)}, {FirstDataPort} or one of the next; stop what uses them");
    }

    /// <summary>The datanode.json of one node.</summary>
    public string Config(int index, string directory, long reservedBytes, string logLevel)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("role", "datanode");
            json.WriteString("listen", Text(DataPort));
            json.WriteString("prof", Text(ProfPort));
            json.WriteString("raftHeartbeat", Text(DataPort + RaftHeartbeatShift));
            json.WriteString("raftReplica", Text(DataPort + RaftReplicaShift));
            json.WriteString("raftDir", Path.Combine(directory, "raft"));
            json.WriteString("localIP", AddressOf(index).ToString());
            json.WriteBoolean("bindIp", true);
            json.WriteNumber("mediaType", 1);
            json.WriteBoolean("exporterEnable", false); // its port is on all interfaces, and a trial stays on this machine
            json.WriteString("logLevel", logLevel);
            json.WriteStartArray("masterAddr");
            json.WriteStringValue(Master.ToString());
            json.WriteEndArray();
            json.WriteStartArray("disks");
            json.WriteStringValue($"{Path.Combine(directory, "disk")}:{Text(reservedBytes)}");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>All that the nodes listen on.</summary>
    private static IEnumerable<IPEndPoint> PortsFrom(int dataPort) =>
        from node in Enumerable.Range(0, Nodes)
        from port in (int[])[dataPort, dataPort + SmuxShift, dataPort + ProfShift]
        select new IPEndPoint(AddressOf(node), port);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsFree(INetwork network, IPEndPoint endPoint)
    {
        try
        {
            network.Listen(endPoint).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false; // whatever the reason, this port is of no use to us
        }
    }
}
