using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What is told of each request to whoever wants to see them.</summary>
public sealed class PacketTraceTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private readonly Recorder _trace = new();

    private protected override NodeOptions Options => new() { Packets = _trace };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Create(Partition, 1));
        _trace.Seen.Clear();
    }

    [Fact]
    public async Task Each_answer_is_told_once_with_its_place_and_its_client()
    {
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, [1, 2, 3]));
        await client.AskAsync(Requests.Read(Partition, Extent, 1, 2, 3));
        await client.AskAsync(Requests.Read(Partition, 4711, 0, 2, 4)); // and with an error it closes

        await Patience.UntilAsync(() => _trace.Seen.Count == 3);
        var (write, read, refused) = (_trace.Seen.ElementAt(0), _trace.Seen.ElementAt(1), _trace.Seen.ElementAt(2));
        Assert.Equal(("OpWrite", ResultCode.Ok, Partition, Extent, 0L, 3u, 2L, false, ""),
            (write.Name, write.Result, write.Partition.Value, write.Extent.Value, write.ExtentOffset, write.Size, write.RequestId, write.IsForwarded, write.Error));
        Assert.Equal((client.LocalAddress, true), (write.Remote, write.Took > TimeSpan.Zero));
        Assert.Equal(("OpStreamFollowerRead", ResultCode.Ok, 1L, 3L, ""), (read.Name, read.Result, read.ExtentOffset, read.RequestId, read.Error));
        Assert.Equal((ResultCode.NotExist, true), (refused.Result, refused.Error.EndsWith("extent has been deleted", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nothing_is_told_to_whoever_does_not_want_it()
    {
        _trace.WantsSuccess = false;
        using var client = await Node.ConnectAsync();
        await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, [1, 2, 3]));
        await client.AskAsync(Requests.Read(Partition, 4711, 0, 2, 4));
        await Patience.UntilAsync(() => _trace.Seen.Count == 1);
        Assert.Equal(ResultCode.NotExist, _trace.Seen.Single().Result);
    }

    private sealed class Recorder : IPacketTrace
    {
        public ConcurrentQueue<AnsweredPacket> Seen { get; } = new();
        public volatile bool WantsSuccess = true;

        public bool Wants(bool isError) => isError || WantsSuccess;

        public void Answered(in AnsweredPacket packet) => Seen.Enqueue(packet);
    }
}
