using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Client.Tests;

/// <summary>A cluster in memory with one client: three data nodes, three partitions of which each has another chain leader.</summary>
/// <remarks>Ends by asserting that every buffer came back and that no peer was sent nonsense.</remarks>
internal sealed class ClientWorld : IAsyncDisposable
{
    public const string MasterAddress = "10.0.0.100:17010";
    public static readonly string[] Addresses = ["10.0.0.1:17310", "10.0.0.2:17310", "10.0.0.3:17310"];

    private readonly SimulatedHttpServer _masterServer;

    public ClientWorld(ClientSettings? settings = null, int partitions = 3, int seed = 1, long bufferBytes = 8 * 1024 * 1024, int replicas = 3, TimeSpan? masterTimeout = null)
    {
        Settings = settings ?? new ClientSettings();
        // Pauses between attempts pass by themselves; deadlines do not.
        Time.PassingUpTo = Settings.ViewPause;
        Network = new SimulatedNetwork(Time);
        for (var i = 0; i < partitions; i++)
            Partitions.Add(new ReplicaSet(new PartitionId((ulong)i + 21), [.. Enumerable.Range(0, replicas).Select(at => Addresses[(i + at) % 3])]));
        Master = new MasterModel(Partitions, Time);
        _masterServer = new SimulatedHttpServer(Network, MasterAddress, Master.Handle);
        Nodes = [.. Addresses.Select(address => new ScriptedDataNode(Network, address, id => Partitions.Find(partition => partition.Id == id)))];
        Buffers = new BufferPool(bufferBytes);
        var master = new MasterSettings([MasterAddress]);
        if (masterTimeout is { } limit) master = master with { RequestTimeout = limit };
        Client = new CubeClient(new CubeClientOptions(master)
        {
            Client = Settings,
            Network = Network,
            Time = Time,
            Random = new Random(seed),
            Buffers = Buffers,
        });
    }

    public ManualTime Time { get; } = new();
    public ClientSettings Settings { get; }
    public SimulatedNetwork Network { get; }
    public List<ReplicaSet> Partitions { get; } = [];
    public MasterModel Master { get; }
    public ScriptedDataNode[] Nodes { get; }
    public BufferPool Buffers { get; }
    public CubeClient Client { get; }
    public ObjectStore Objects => Client.Objects(MasterModel.Volume);
    public VolumeExtents Extents => Client.Extents(MasterModel.Volume);

    /// <summary>Content that differs at every place, so that no misplaced piece goes unseen.</summary>
    public static byte[] Content(int bytes, int seed = 7)
    {
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return content;
    }

    public void PlanEverywhere(params Fault[] faults)
    {
        foreach (var node in Nodes) node.Plan(faults);
    }

    public int CountReceived(Opcode opcode) => Nodes.Sum(node => node.Received.Count(header => header.Opcode == opcode));

    /// <summary>Requests with an opcode that a host received, in order.</summary>
    public IReadOnlyList<PacketHeader> ReceivedBy(string host, Opcode opcode) =>
        [.. Nodes.Single(node => node.Address == host).Received.Where(header => header.Opcode == opcode)];

    public Task PutAsync(string name, byte[] content) => Objects.PutAsync(name, new MemoryStream(content));

    public async Task<byte[]> GetAsync(string name, int? replica = null)
    {
        var copy = new MemoryStream();
        await Objects.GetAsync(name, copy, replica: replica);
        return copy.ToArray();
    }

    /// <summary>The content as it lies on each replica, by the model rather than by the client.</summary>
    public void AssertStored(string name, byte[] content)
    {
        var found = Master.Objects[name];
        Assert.Equal(content.Length, found.Size);
        foreach (var piece in found.Extents)
        {
            var partition = Partitions.Single(candidate => candidate.Id.Value == piece.PartitionId);
            foreach (var host in partition.Hosts)
            {
                Assert.True(partition.TryRead(host, new ExtentId(piece.ExtentId), piece.ExtentOffset, (int)piece.Size, out var data));
                Assert.Equal(content[(int)piece.FileOffset..(int)(piece.FileOffset + piece.Size)], data);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var node in Nodes) node.Dispose();
        _masterServer.Dispose();
        await Task.WhenAll(Nodes.Select(node => node.Running).Append(_masterServer.Running));
        Assert.Equal(0, Buffers.Outstanding);
    }
}
