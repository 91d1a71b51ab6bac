using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>What a whole client sees of a node that is loading: nothing but a little time.</summary>
public sealed class WaitingClientTests : WaitingNode
{
    private const string MasterAddress = "10.0.0.100:17010", Volume = "vol";

    [Fact]
    public async Task Puts_of_a_client_are_served_after_the_load_without_an_error()
    {
        using var world = new World(Node.Address, Partition, Second);
        Hold();
        Hold(Second);
        var content = Requests.Noise(2_000_000, 3);
        var puts = Enumerable.Range(0, 4).Select(number => world.PutAsync($"object-{number}", content)).ToList();
        await Patience.UntilAsync(() => Parked() + Parked(Second) == 4);
        Time.Advance(TimeSpan.FromSeconds(1.5));
        Load();
        Load(Second);
        await Task.WhenAll(puts).Soon();
        Assert.Equal((4, 0), (Counted("OpCreateExtent", WaitOutcome.Served), Node.Surface.Figures().Waits.Count(wait => wait.Outcome != WaitOutcome.Served)));
        Assert.Equal(4, world.ExtentsCreated); // none was begun anew elsewhere
        foreach (var pieces in world.Committed)
        {
            using var reader = await Node.ConnectAsync();
            var bytes = new List<byte>();
            foreach (var piece in pieces) bytes.AddRange(await reader.ReadAsync(piece.PartitionId, piece.ExtentId, (long)piece.ExtentOffset, (uint)piece.Size));
            Assert.Equal(content, bytes);
        }
    }

    [Fact]
    public async Task Where_the_load_takes_too_long_the_client_places_its_data_elsewhere()
    {
        using var world = new World(Node.Address, Partition, Second);
        Hold();
        var content = Requests.Noise(300_000, 4);
        var puts = Enumerable.Range(0, 8).Select(number => world.PutAsync($"object-{number}", content)).ToList();
        await Patience.UntilAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(250));
            return puts.All(put => put.IsCompleted);
        });
        await Task.WhenAll(puts);
        Assert.All(world.Committed, pieces => Assert.All(pieces, piece => Assert.Equal(Second, piece.PartitionId)));
        Load();
    }

    /// <summary>A client, and a master that is as little as a client needs.</summary>
    private sealed class World : IDisposable
    {
        private readonly SimulatedHttpServer _master;
        private readonly CubeClient _client;
        private readonly string _node;
        private readonly ulong[] _partitions;
        private readonly Lock _lock = new();
        private ulong _intents;

        public World(string node, params ulong[] partitions)
        {
            (_node, _partitions) = (node, partitions);
            var masters = new SimulatedNetwork(TimeProvider.System);
            _master = new SimulatedHttpServer(masters, MasterAddress, Answer);
            _client = new CubeClient(new CubeClientOptions(new MasterSettings([MasterAddress])) { Network = new Split(masters), Random = new Random(1) });
        }

        public int ExtentsCreated { get; private set; }
        public List<IReadOnlyList<ObjectExtent>> Committed { get; } = [];

        public Task PutAsync(string name, byte[] content) => _client.Objects(Volume).PutAsync(name, new MemoryStream(content));

        public void Dispose()
        {
            _client.Dispose();
            _master.Dispose();
        }

        private HttpResult Answer(HttpCall call)
        {
            lock (_lock)
            {
                if (call.Path == "/client/partitions") return Ok(View(), MasterJson.Default.DataPartitionsView);
                if (call.Path == ObjectPaths.Intents) return Ok(new IntentOpened(++_intents), ObjectJson.Default.IntentOpened);
                if (call.Path.EndsWith("/extents", StringComparison.Ordinal)) ExtentsCreated += JsonSerializer.Deserialize(call.Body, ObjectJson.Default.AddExtents)!.Extents.Count;
                if (call.Path.EndsWith("/commit", StringComparison.Ordinal)) Committed.Add(JsonSerializer.Deserialize(call.Body, ObjectJson.Default.CommitIntent)!.Extents);
                return HttpResult.Text(200, """{"code":0,"msg":"success","data":null}""");
            }
        }

        private DataPartitionsView View() => new()
        {
            DataPartitions = [.. _partitions.Select(partition => new DataPartitionView { PartitionId = new PartitionId(partition), Status = 2, ReplicaNum = 1, Hosts = [_node], LeaderAddr = _node })],
        };

        private static HttpResult Ok<T>(T data, JsonTypeInfo<T> type) => HttpResult.Text(200, $$"""{"code":0,"msg":"success","data":{{JsonSerializer.Serialize(data, type)}}}""");
    }

    /// <summary>The master in memory, nodes over sockets.</summary>
    private sealed class Split(SimulatedNetwork masters) : INetwork
    {
        private readonly TcpNetwork _nodes = new();

        public IListener Listen(IPEndPoint endPoint) => throw new NotSupportedException();

        public ValueTask<IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel) =>
            endPoint.ToString() == MasterAddress ? masters.ConnectAsync(endPoint, timeout, cancel) : _nodes.ConnectAsync(endPoint, timeout, cancel);
    }
}
