using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>A master that knows one cluster, gives every data node the id 7 and keeps what it is told.</summary>
internal sealed class ScriptedMaster : IDisposable
{
    public const string Address = "127.0.0.1:17010";

    private readonly SimulatedHttpServer _server;
    private readonly ConcurrentQueue<HttpCall> _calls = new();
    private readonly ConcurrentQueue<AdminTask> _answers = new();

    public ScriptedMaster(INetwork network) => _server = new SimulatedHttpServer(network, Address, Handle);

    public ClusterInfo Cluster { get; set; } = new() { Cluster = "test", Ip = "127.0.0.11" };

    public UpgradeCompatibleSettings Upgrade { get; set; } = new();

    /// <summary>The text of code 1 that registrations are refused with; null: they are accepted.</summary>
    public string? Refusal { get; set; }

    /// <summary>False: an older master, which answers 404 to the question for upgrade settings.</summary>
    public bool KnowsUpgradeSettings { get; set; } = true;

    /// <summary>Requests so far.</summary>
    public IReadOnlyList<HttpCall> Calls => [.. _calls];

    public IReadOnlyList<HttpCall> Registrations => [.. _calls.Where(call => call.Path == "/dataNode/add")];

    /// <summary>Tasks that a node has answered by POST, in order.</summary>
    public IReadOnlyList<AdminTask> Answers => [.. _answers];

    /// <summary>Faulted if this double itself failed; a test awaits it after Dispose.</summary>
    public Task Running => _server.Running;

    public void Dispose() => _server.Dispose();

    private HttpResult Handle(HttpCall call)
    {
        _calls.Enqueue(call);
        switch (call.Path)
        {
            case "/admin/getIp": return Ok(Cluster, MasterJson.Default.ClusterInfoReply);
            case "/admin/getUpgradeCompatibleSettings" when KnowsUpgradeSettings: return Ok(Upgrade, MasterJson.Default.UpgradeCompatibleSettingsReply);
            case "/dataNode/add":
                return Refusal is { } why ? Json(MasterReply.Failure(MasterReply.InternalError, why), MasterJson.Default.RawReply) : Ok(7UL, MasterJson.Default.NumberReply);
            case "/dataNode/response":
                _answers.Enqueue(JsonSerializer.Deserialize(call.Body, MasterJson.Default.AdminTask)!);
                return Ok("", MasterJson.Default.TextReply);
            default: return HttpResult.Text(404, "404 page not found");
        }
    }

    private static HttpResult Ok<T>(T data, JsonTypeInfo<MasterReply<T>> type) => Json(MasterReply.Of(data), type);

    private static HttpResult Json<T>(T reply, JsonTypeInfo<T> type) => new(200, JsonSerializer.SerializeToUtf8Bytes(reply, type));
}
