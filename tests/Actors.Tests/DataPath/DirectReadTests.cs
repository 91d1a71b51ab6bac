using System.Collections.Concurrent;
using System.Collections.Frozen;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Volumes that the master wants read past the page cache: which reads go there, and what they answer.</summary>
public sealed class DirectReadTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private const int BlockBytes = 131072;
    private readonly byte[] _data = new byte[BlockBytes + 5];
    private readonly SimulatedFileSystem _files = new();
    private readonly ConcurrentQueue<DiskOperation> _reads = new();
    private PacketPeer _peer = null!;

    private protected override NodeOptions Options => new() { Files = FilesIn };

    private protected override async Task PrepareAsync()
    {
        new Random(1).NextBytes(_data);
        await Node.CreatePartitionAsync(Partition);
        _peer = await ConnectAsync();
        await OkAsync(Requests.Create(Partition, 1));
        await OkAsync(Requests.Append(Partition, Extent, 0, 2, _data[..BlockBytes]));
        await OkAsync(Requests.Append(Partition, Extent, BlockBytes, 3, _data[BlockBytes..]));
        _files.Fault = call =>
        {
            if (call.Operation is DiskOperation.Read or DiskOperation.ReadDirect or DiskOperation.Seek && call.Name is "1025" or "1") _reads.Enqueue(call.Operation);
            return null;
        };
        Node.Gate.Volumes = VolumePolicies.None with { DirectRead = FrozenSet.ToFrozenSet([AdminPackets.Volume]) };
    }

    [Fact]
    public async Task Less_than_a_block_is_read_past_the_page_cache_though_it_is_there()
    {
        Assert.Equal(_data[7..4007], (await OkAsync(Requests.Read(Partition, Extent, 7, 4000, 4))).Data);
        Assert.Equal([DiskOperation.ReadDirect], _reads);
    }

    [Fact]
    public async Task Of_a_long_read_the_rest_behind_whole_blocks_is()
    {
        await _peer.SendAsync(Requests.Read(Partition, Extent, 0, BlockBytes + 5, 4));
        Assert.Equal(_data[..BlockBytes], (await _peer.ReceiveAsync()).Data);
        Assert.Equal(_data[BlockBytes..], (await _peer.ReceiveAsync()).Data);
        Assert.Equal(DiskOperation.ReadDirect, _reads.Last());
        Assert.Single(_reads, read => read == DiskOperation.ReadDirect);
    }

    [Fact]
    public async Task A_replica_that_repairs_itself_is_answered_in_the_same_way()
    {
        Assert.Equal(_data[7..4007], (await OkAsync(RepairRequests.Normal(Partition, Extent, 7, 4000, 4))).Data);
        Assert.Equal([DiskOperation.ReadDirect], _reads);
    }

    [Fact]
    public async Task Tiny_extents_and_other_volumes_are_read_as_ever()
    {
        var tiny = await OkAsync(Requests.TinyAppend(Partition, 4, _data[..5]));
        Assert.Equal(_data[..5], (await OkAsync(Requests.Read(Partition, tiny.Header.Extent.Value, tiny.Header.ExtentOffset, 5, 5))).Data);
        Node.Gate.Volumes = VolumePolicies.None with { DirectRead = FrozenSet.ToFrozenSet(["another"]) };
        Assert.Equal(_data[..5], (await OkAsync(Requests.Read(Partition, Extent, 0, 5, 6))).Data);
        Assert.DoesNotContain(DiskOperation.ReadDirect, _reads);
        Assert.NotEmpty(_reads);
    }

    private SimulatedFileSystem FilesIn(string directory)
    {
        _files.MakeDirectories(directory);
        return _files;
    }

    private async Task<Packet> OkAsync(byte[] request)
    {
        var reply = await _peer.AskAsync(request);
        Assert.Equal(ResultCode.Ok, reply.Header.Result);
        return reply;
    }
}
