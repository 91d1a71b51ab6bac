using System.Buffers.Binary;
using System.Net;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>
/// Goal: replicas that hold the same bytes are told to a master with the same CRCs, whatever pieces they came in. Method: a node whose partition was
/// filled through its port is asked for its list through that port; the CRCs are computed here, from the bytes. Source: storage-and-repair 2.8.
/// </summary>
public sealed class ComparisonListTests : NodeTest, IDisposable
{
    private const ulong Partition = 21, Whole = 1025, InPieces = 1026, Empty = 1027, Recent = 1028;
    private const int BlockBytes = 131072;
    private readonly ManualTime _time = new();
    private readonly RedirectingNetwork _network = new();
    private readonly ScriptedMaster _master;
    private readonly byte[] _observed = [.. Enumerable.Range(0, BlockBytes).Select(i => (byte)((7 * i) + 3))];
    private PacketPeer _peer = null!;
    private long _request;

    public ComparisonListTests()
    {
        var address = new IPEndPoint(LoopbackAddresses.Next(), 17010);
        _master = new ScriptedMaster(new TcpNetwork(), address.ToString());
        _network.Elsewhere["127.0.0.1:1"] = address;
    }

    public void Dispose() => _master.Dispose();

    private protected override NodeOptions Options => new() { Time = _time, Network = _network };

    private protected override async Task PrepareAsync()
    {
        await Patience.UntilAsync(() => _master.Registrations.Count == 1);
        await Node.CreatePartitionAsync(Partition);
        _peer = await ConnectAsync();
        for (var extent = Whole; extent <= Recent; extent++) await OkAsync(Requests.Create(Partition, ++_request));
        await AppendAsync(Whole, 0, _observed);
        await AppendAsync(Whole, BlockBytes, _observed[..1000]);
        var content = Requests.Noise(300_000, 1);
        for (var at = 0; at < content.Length; at += 70_000) await AppendAsync(InPieces, at, content[at..Math.Min(content.Length, at + 70_000)]); // blocks in parts, whose CRCs nobody has stored
        await OkAsync(Requests.TinyAppend(Partition, ++_request, content[..5000]));
    }

    [Fact]
    public async Task Normal_extents_that_are_quiet_have_the_CRC_of_their_blocks_CRCs()
    {
        _time.Advance(TimeSpan.FromSeconds(601));
        await AppendAsync(Recent, 0, [1]);
        _time.Advance(TimeSpan.FromSeconds(61)); // quiet enough to be listed, not to be read through

        var list = await LoadAsync();

        Assert.Equal(Partition, list.PartitionId.Value);
        Assert.Equal(4232208514u, CrcOf([.. _observed, .. _observed[..1000]])); // as a CubeFS node was seen to compute it
        var normal = list.PartitionSnapshot.Where(extent => ulong.Parse(extent.Name) > ExtentId.TinyLast).Select(extent => (extent.Name, extent.Crc, extent.Size));
        Assert.Equal([("1025", 4232208514u, (uint)BlockBytes + 1000), ("1026", CrcOf(Requests.Noise(300_000, 1)), 300_000u), ("1027", 0u, 0u), ("1028", 0u, 1u)], normal);
        var tiny = list.PartitionSnapshot.Where(extent => ulong.Parse(extent.Name) <= ExtentId.TinyLast).ToList();
        Assert.Equal((64, 8192u), (tiny.Count, tiny.Max(extent => extent.Size)));
        Assert.All(tiny, extent => Assert.Equal(0u, extent.Crc)); // their holes differ from replica to replica
    }

    [Fact]
    public async Task What_was_just_written_is_not_listed()
    {
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.All((await LoadAsync()).PartitionSnapshot, extent => Assert.True(ulong.Parse(extent.Name) <= ExtentId.TinyLast));
    }

    [Fact]
    public async Task CRCs_are_the_same_after_a_restart()
    {
        await RestartAsync();
        _time.Advance(TimeSpan.FromSeconds(601));
        var list = await LoadAsync();
        Assert.Equal(4232208514u, list.PartitionSnapshot.Single(extent => extent.Name == "1025").Crc);
        Assert.Equal(CrcOf(Requests.Noise(300_000, 1)), list.PartitionSnapshot.Single(extent => extent.Name == "1026").Crc);
    }

    private static uint CrcOf(byte[] content)
    {
        var blocks = content.Chunk(BlockBytes).ToArray();
        var crcs = new byte[4 * blocks.Length];
        for (var block = 0; block < blocks.Length; block++) BinaryPrimitives.WriteUInt32BigEndian(crcs.AsSpan(4 * block), Crc32.Compute(blocks[block]));
        return Crc32.Compute(crcs);
    }

    private async Task<LoadDataPartitionResponse> LoadAsync()
    {
        using var master = await Node.ConnectAsync();
        var request = new LoadDataPartitionRequest { PartitionId = new PartitionId(Partition) };
        var reply = await master.AskAsync(AdminPackets.Build(Node, Opcode.LoadDataPartition, Partition, request, MasterJson.Default.LoadDataPartitionRequest));
        Assert.Equal(ResultCode.Ok, reply.Header.Result);
        await Patience.UntilAsync(() => _master.Answers.Count == 1);
        Assert.True(GoJson.TryRead(_master.Answers[0].Response, MasterJson.Default.LoadDataPartitionResponse, out var list));
        Assert.Equal((1, ""), (list.Status, list.Result));
        var figures = Node.Surface.Ledger.Figures.Kinds[(int)OperationKind.LoadCheck];
        Assert.Equal((1L, 1L, 0), (figures.Done, figures.Nothing, figures.Open)); // in numbers only
        return list;
    }

    private Task AppendAsync(ulong extent, long offset, byte[] data) => OkAsync(Requests.Append(Partition, extent, offset, ++_request, data));

    private async Task OkAsync(byte[] request) => Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(request)).Header.Result);
}
