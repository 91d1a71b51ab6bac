using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>A node with a partition that it alone holds and so leads, and in it extent 1025 with 131072 times 'a' and "hello".</summary>
public abstract class OverwriteTest : NodeTest
{
    private protected const ulong Partition = 21, Extent = 1025;
    private protected const uint BlockBytes = 131072;

    private protected PacketPeer Peer { get; private set; } = null!;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        Peer = await ConnectAsync();
        Assert.Equal(Extent, (await Peer.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value);
        Assert.Equal(ResultCode.Ok, (await Peer.AskAsync(Requests.Append(Partition, Extent, 0, 2, [.. Enumerable.Repeat((byte)'a', (int)BlockBytes)]))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await Peer.AskAsync(Requests.Append(Partition, Extent, BlockBytes, 3, "hello"u8.ToArray()))).Header.Result);
    }

    private protected static void ExpectError(Packet reply, int code, string text, int headerBytes = 69) =>
        Assert.Equal((code, text, headerBytes), ((int)reply.Header.Result, reply.Text, reply.HeaderBytes));

    private protected static void ExpectOk(Packet reply) => Assert.True(reply.Header.Result == ResultCode.Ok, $"{reply.Header.Result}: {reply.Text}");

    /// <summary>The connection was not closed, and nothing more came on it.</summary>
    private protected async Task ExpectServesAsync()
    {
        var reply = await Peer.AskAsync(Requests.Totals(Partition, 99));
        Assert.Equal((ResultCode.Ok, 99L), (reply.Header.Result, reply.Header.RequestId));
    }

    private protected async Task<byte[]> ReadAsync(ulong extent, long offset, uint size)
    {
        using var reader = await Node.ConnectAsync();
        return await reader.ReadAsync(Partition, extent, offset, size);
    }
}
