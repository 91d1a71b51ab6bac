using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CubeActors.EndToEnd;

/// <summary>A data node's address, directories and configuration; outlives its processes.</summary>
internal sealed class NodePlace
{
    public const int DataPort = 17310, SmuxPort = 17810, HttpPort = 17320;

    /// <summary>What a disk leaves free. Small, so that the tests run on a small one.</summary>
    public const long ReserveBytes = 64L << 20;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _master;

    public NodePlace(string name, IPAddress address, string directory, string master, string logLevel = "info")
    {
        (Name, Ip, Directory, _master) = (name, address, directory, master);
        Disk = Path.Combine(directory, "disk");
        System.IO.Directory.CreateDirectory(Disk);
        WriteConfig(config => config["logLevel"] = logLevel);
        WriteTunables("");
    }

    public string Name { get; }
    public IPAddress Ip { get; }
    public string Directory { get; }
    /// <summary>Where its only disk lies; what is set here counts from the next <see cref="WriteConfig"/> on.</summary>
    public string Disk { get; set; }
    public string Config => Path.Combine(Directory, "datanode.json");
    public string Tunables => Path.Combine(Directory, "tunables.conf");

    /// <summary>What the cluster knows it by.</summary>
    public string Address => $"{Ip}:{DataPort}";

    public IPEndPoint Data => new(Ip, DataPort);
    public IPEndPoint Smux => new(Ip, SmuxPort);
    public IPEndPoint Probes => new(Ip, HttpPort);

    public string[] Arguments => ["node", "--config", Config, "--conf", Tunables];

    /// <summary>Writes the configuration anew.</summary>
    /// <param name="change">What is to differ from the usual.</param>
    public void WriteConfig(Action<JsonObject> change)
    {
        var config = new JsonObject
        {
            ["role"] = "datanode",
            ["listen"] = $"{DataPort}",
            ["prof"] = $"{HttpPort}",
            ["raftHeartbeat"] = "17330",
            ["raftReplica"] = "17340",
            ["raftDir"] = Path.Combine(Directory, "raft"),
            ["localIP"] = $"{Ip}",
            ["bindIp"] = true,
            ["mediaType"] = 1,
            ["logLevel"] = "info",
            ["masterAddr"] = new JsonArray(_master),
            ["disks"] = new JsonArray($"{Disk}:{ReserveBytes}"),
        };
        change(config);
        File.WriteAllText(Config, config.ToJsonString(Indented));
    }

    /// <param name="more">Lines of HOCON after the usual ones.</param>
    public void WriteTunables(string more) => File.WriteAllText(
        Tunables, $"cubeactors.storage.reserve-floor = {ReserveBytes >> 20} MiB\ncubeactors.storage.space-period = 500 ms\n{more}\n");

    /// <summary>What /readyz says.</summary>
    /// <returns>Null as long as nobody answers there.</returns>
    public Task<(int Code, string Body)?> ReadyAsync() => AskAsync("/readyz?verbose");

    /// <summary>What a path of the operators' port answers.</summary>
    /// <returns>Null as long as nobody answers there.</returns>
    public async Task<(int Code, string Body)?> AskAsync(string path)
    {
        try
        {
            using var reply = await Http.GetAsync(new Uri($"http://{Probes}{path}"));
            return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (TaskCanceledException)
        {
            return null;
        }
    }
}
