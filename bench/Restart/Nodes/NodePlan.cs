using System.Globalization;
using System.Net;
using System.Text.Json;
using CubeActors.LoadGen;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Restart;

/// <summary>One port of a node that is waited for.</summary>
internal sealed record NodePort(string Name, IPEndPoint EndPoint);

/// <summary>What a <c>datanode.json</c> says about where a node answers and what lies on its disks. Ours and CubeFS's nodes read the same file.</summary>
/// <param name="Ports">The data port first.</param>
/// <param name="Prof">The operators' port; null without one.</param>
/// <param name="Disks">Roots that hold partitions.</param>
internal sealed record NodePlan(IReadOnlyList<NodePort> Ports, IPEndPoint? Prof, IReadOnlyList<string> Disks)
{
    /// <summary>Source: CubeFS util/smux_conn_pool.go DefaultSmuxPortShift.</summary>
    private const int SmuxPortShift = 500;

    public IPEndPoint Data => Ports[0].EndPoint;

    /// <exception cref="UsageFault">The file cannot be read, or lacks what is needed.</exception>
    public static NodePlan Load(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return Read(file, json.RootElement);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageFault($"{file}: {e.Message}");
        }
    }

    /// <summary>Partitions whose directories lie on the disks, with an extent to read where there is one.</summary>
    public IReadOnlyList<KnownPartition> FindPartitions()
    {
        var found = new List<KnownPartition>();
        foreach (var disk in Disks.Where(Directory.Exists))
            foreach (var directory in Directory.EnumerateDirectories(disk))
                if (PartitionDirectory.TryParse(Path.GetFileName(directory), out var id, out _)) found.Add(new KnownPartition(id, directory));
        return [.. found.OrderBy(partition => partition.Id)];
    }

    private static NodePlan Read(string file, JsonElement config)
    {
        var ip = IPAddress.TryParse(Text("localIP"), out var parsed) ? parsed : IPAddress.Loopback;
        var data = Port("listen") ?? throw new UsageFault($"{file}: there is no port in \"listen\"");
        var prof = Port("prof");
        var ports = new List<NodePort> { new("data", data), new("smux", new IPEndPoint(ip, data.Port + SmuxPortShift)) };
        foreach (var (name, key) in (ReadOnlySpan<(string, string)>)[("raft heartbeat", "raftHeartbeat"), ("raft replica", "raftReplica"), ("prof", "prof")])
            if (Port(key) is { } port) ports.Add(new NodePort(name, port));
        string[] disks = config.TryGetProperty("disks", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(disk => disk.GetString()).OfType<string>().Select(WithoutReserve)] : [];
        return new NodePlan(ports, prof, disks);

        string? Text(string key) => config.TryGetProperty(key, out var value) ? value.ToString() : null;
        IPEndPoint? Port(string key) => ushort.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? new IPEndPoint(ip, port) : null;
    }

    private static string WithoutReserve(string disk) => disk.LastIndexOf(':') is > 0 and var at ? disk[..at] : disk;
}

/// <summary>A partition that the node is to serve.</summary>
/// <param name="Directory">Null if it was named, not found on a disk.</param>
internal sealed record KnownPartition(PartitionId Id, string? Directory);
