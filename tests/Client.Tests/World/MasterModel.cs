using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;
using CubeActors.TestKit.Network;

namespace CubeActors.Client.Tests;

/// <summary>The model of an embedded master: partitions, and objects with their intents and garbage.</summary>
internal sealed class MasterModel(List<ReplicaSet> partitions, TimeProvider time)
{
    public const string Volume = "vol";
    private readonly Lock _lock = new();
    private ulong _lastIntent;

    public Dictionary<ulong, Intent> Intents { get; } = [];
    public SortedDictionary<string, StoredObject> Objects { get; } = new(StringComparer.Ordinal);
    public List<ObjectExtent> Garbage { get; } = [];
    public bool ReadOnly { get; set; }

    /// <summary>Requests for the view of the partitions.</summary>
    public int Views { get; private set; }

    /// <summary>Looked at first; null lets the model answer.</summary>
    public Func<HttpCall, HttpResult?> Interfere { get; set; } = _ => null;

    /// <summary>Called after the model has done its part; null lets its answer through.</summary>
    public Func<HttpCall, HttpResult?> InterfereAfter { get; set; } = _ => null;

    public HttpResult Handle(HttpCall call)
    {
        lock (_lock)
        {
            if (Interfere(call) is { } other) return other;
            var result = Answer(call);
            return InterfereAfter(call) ?? result;
        }
    }

    public static HttpResult Ok<T>(T data, JsonTypeInfo<T> type) =>
        HttpResult.Text(200, $$"""{"code":0,"msg":"success","data":{{JsonSerializer.Serialize(data, type)}}}""");

    public static HttpResult Refuse(int code, string message) => HttpResult.Text(200, $$"""{"code":{{code}},"msg":"{{message}}","data":null}""");

    private static HttpResult Done() => HttpResult.Text(200, """{"code":0,"msg":"success","data":null}""");

    private HttpResult Answer(HttpCall call)
    {
        var path = call.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (call.Path == "/client/partitions") return View();
        if (call.Path == ObjectPaths.Intents) return Open(Read(call, ObjectJson.Default.OpenIntent));
        if (call.Path.StartsWith(ObjectPaths.Intents, StringComparison.Ordinal)) return OnIntent(ulong.Parse(path[3], CultureInfo.InvariantCulture), path[4], call);
        if (call.Path == ObjectPaths.Objects) return List(call.Query["prefix"], call.Query["after"], int.Parse(call.Query["limit"], CultureInfo.InvariantCulture));
        if (call.Path != ObjectPaths.Object) return HttpResult.Text(404, "404 page not found");
        Assert.Equal(Volume, call.Query["volume"]);
        if (!Objects.TryGetValue(call.Query["name"], out var found)) return Refuse(1, "no such object");
        if (call.Method == "GET") return Ok(found, ObjectJson.Default.StoredObject);
        Objects.Remove(found.Name);
        Garbage.AddRange(found.Extents);
        return Ok(new ObjectRemoved(1), ObjectJson.Default.ObjectRemoved);
    }

    private HttpResult View()
    {
        Views++;
        return Ok(new DataPartitionsView
        {
            VolReadOnly = ReadOnly,
            DataPartitions = [.. partitions.Select(partition => new DataPartitionView
            {
                PartitionId = partition.Id,
                Status = partition.Status,
                ReplicaNum = (byte)partition.Hosts.Length,
                Hosts = partition.Hosts,
                LeaderAddr = partition.ToldLeader,
            })],
        }, MasterJson.Default.DataPartitionsView);
    }

    private HttpResult Open(OpenIntent intent)
    {
        Intents[++_lastIntent] = new Intent(intent);
        return Ok(new IntentOpened(_lastIntent), ObjectJson.Default.IntentOpened);
    }

    private HttpResult OnIntent(ulong id, string action, HttpCall call)
    {
        var intent = Intents[id];
        if (intent.Ended is { } ended) return Refuse(1, $"intent {id} was ended by {ended}");
        if (action == "extents")
        {
            intent.Extents.AddRange(Read(call, ObjectJson.Default.AddExtents).Extents);
            intent.Renewals++;
            return Done();
        }

        intent.Ended = action;
        if (action == "abort")
        {
            Garbage.AddRange(intent.Extents);
            return Done();
        }

        var commit = Read(call, ObjectJson.Default.CommitIntent);
        Assert.True(ObjectRules.Cover(commit.Extents, out var size));
        Assert.True(ObjectRules.IsSha256(commit.Sha256));
        // Nothing may be part of an object that the master had not been told of before.
        Assert.All(commit.Extents, piece => Assert.Contains(intent.Extents, known => (known.PartitionId, known.ExtentId) == (piece.PartitionId, piece.ExtentId)));
        Garbage.AddRange(intent.Extents.Where(known => !commit.Extents.Any(piece => (known.PartitionId, known.ExtentId) == (piece.PartitionId, piece.ExtentId))));
        if (Objects.TryGetValue(intent.Request.Name, out var old)) Garbage.AddRange(old.Extents);
        Objects[intent.Request.Name] = new StoredObject(Volume, intent.Request.Name, size, commit.Sha256, time.GetUtcNow(), commit.Extents);
        return Done();
    }

    private HttpResult List(string prefix, string after, int limit)
    {
        var found = Objects.Values.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry.Name, after) > 0)
            .Take(Math.Min(limit, 2) + 1).ToList();
        var page = found.Take(2).Select(entry => new ObjectEntry(entry.Volume, entry.Name, entry.Size, entry.Sha256, entry.CreatedAt)).ToList();
        return Ok(new ObjectPage(page, found.Count > 2 ? page[^1].Name : null), ObjectJson.Default.ObjectPage);
    }

    private static T Read<T>(HttpCall call, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(call.Body, type)!;

    /// <summary>A put as the master knows it.</summary>
    public sealed class Intent(OpenIntent request)
    {
        public OpenIntent Request => request;
        public List<ObjectExtent> Extents { get; } = [];
        public string? Ended { get; set; }
        public int Renewals { get; set; }
    }
}
