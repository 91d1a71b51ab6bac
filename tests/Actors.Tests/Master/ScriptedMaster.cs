using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>A master that knows one cluster, gives every data node the same id and keeps what it is told. Whatever a test plays comes first.</summary>
internal sealed class ScriptedMaster : IDisposable
{
    public const string Address = "127.0.0.1:17010";

    private readonly SimulatedHttpServer _server;
    private readonly ConcurrentQueue<HttpCall> _calls = new();
    private readonly ConcurrentQueue<AdminTask> _answers = new();
    private readonly ConcurrentQueue<(string Path, Func<HttpCall, HttpResult> Answer)> _played = new();

    public ScriptedMaster(INetwork network, string address = Address) => _server = new SimulatedHttpServer(network, address, Handle);

    public ClusterInfo Cluster { get; set; } = new() { Cluster = "test", Ip = "127.0.0.11" };

    public UpgradeCompatibleSettings Upgrade { get; set; } = new();

    /// <summary>The id that nodes get.</summary>
    public ulong NodeId { get; set; } = 7;

    /// <summary>The text of code 1 that registrations are refused with; null: they are accepted.</summary>
    public string? Refusal { get; set; }

    /// <summary>False: an older master, which answers 404 to the question for upgrade settings.</summary>
    public bool KnowsUpgradeSettings { get; set; } = true;

    /// <summary>What it says of the node that asks; the address is filled in.</summary>
    public DataNodeInfo Node { get; set; } = new();

    /// <summary>All data nodes of the cluster.</summary>
    public IReadOnlyList<DataNodeEntry> Nodes { get; set; } = [];

    /// <summary>Partitions that it knows.</summary>
    public IReadOnlyList<DataPartitionInfo> Partitions { get; set; } = [];

    /// <summary>Requests so far.</summary>
    public IReadOnlyList<HttpCall> Calls => [.. _calls];

    public IReadOnlyList<HttpCall> Registrations => CallsOf("/dataNode/add");

    /// <summary>Tasks that a node has answered by POST, in order.</summary>
    public IReadOnlyList<AdminTask> Answers => [.. _answers];

    /// <summary>Faulted if this double itself failed; a test awaits it after Dispose.</summary>
    public Task Running => _server.Running;

    public IReadOnlyList<HttpCall> CallsOf(string path) => [.. _calls.Where(call => call.Path == path)];

    /// <summary>Answers the next request of this path so, once; what was played first is answered first.</summary>
    public void Play(string path, Func<HttpCall, HttpResult> answer) => _played.Enqueue((path, answer));

    public void Play(string path, int status, string body) => Play(path, _ => HttpResult.Text(status, body));

    public void Dispose() => _server.Dispose();

    private HttpResult Handle(HttpCall call)
    {
        _calls.Enqueue(call);
        if (_played.TryPeek(out var played) && played.Path == call.Path && _played.TryDequeue(out played)) return played.Answer(call);
        switch (call.Path)
        {
            case "/admin/getIp": return Ok(Cluster, MasterJson.Default.ClusterInfoReply);
            case "/admin/getUpgradeCompatibleSettings" when KnowsUpgradeSettings: return Ok(Upgrade, MasterJson.Default.UpgradeCompatibleSettingsReply);
            case "/dataNode/add":
                return Refusal is { } why ? Failure(MasterReply.InternalError, why) : Ok(NodeId, MasterJson.Default.NumberReply);
            case "/dataNode/get":
                return Ok(Node with { Addr = Node.Addr.Length > 0 ? Node.Addr : call.Query["addr"], Id = new NodeId(NodeId) }, MasterJson.Default.DataNodeInfoReply);
            case "/admin/cluster/getAllDataNodes": return Ok(Nodes, MasterJson.Default.DataNodeEntriesReply);
            case "/dataPartition/get":
                return Partitions.FirstOrDefault(partition => partition.PartitionId.Value.ToString() == call.Query["id"]) is { } known
                    ? Ok(known, MasterJson.Default.DataPartitionInfoReply)
                    : Failure(MasterReply.PartitionMissing, "data partition not exists");
            case "/dataNode/response":
                _answers.Enqueue(JsonSerializer.Deserialize(call.Body, MasterJson.Default.AdminTask)!);
                return Ok("", MasterJson.Default.TextReply);
            default: return HttpResult.Text(404, "404 page not found");
        }
    }

    private static HttpResult Failure(int code, string message) => Json(MasterReply.Failure(code, message), MasterJson.Default.RawReply);

    private static HttpResult Ok<T>(T data, JsonTypeInfo<MasterReply<T>> type) => Json(MasterReply.Of(data), type);

    private static HttpResult Json<T>(T reply, JsonTypeInfo<T> type) => new(200, JsonSerializer.SerializeToUtf8Bytes(reply, type));
}
