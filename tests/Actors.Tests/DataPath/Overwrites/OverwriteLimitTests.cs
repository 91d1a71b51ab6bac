using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>More bytes of overwrites than a group takes at once: 0xFC, then the connection is closed (design 9.9).</summary>
public sealed class OverwriteLimitTests : OverwriteTest
{
    private protected override NodeOptions Options => base.Options with { RaftGroups = base.Options.RaftGroups with { ProposalBytesMax = 1000 } };

    [Fact]
    public async Task What_is_too_much_is_sent_elsewhere_and_the_connection_ends()
    {
        var reply = await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, new byte[1000]));

        ExpectError(reply, 0xFC, "ActionWrite:_too many overwrites of this partition are under way; try another replica, or again");
        Assert.Equal(10L, reply.Header.RequestId);
        await Peer.ExpectEndAsync();
        Assert.Equal("aaa"u8.ToArray(), await ReadAsync(Extent, 0, 3));
    }

    [Fact]
    public async Task What_stands_behind_it_is_neither_done_nor_answered()
    {
        await Peer.SendAsync((byte[])
        [
            .. Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, "A"u8.ToArray()), .. Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 11, new byte[2000]),
        ]);

        Assert.Equal((10L, ResultCode.Ok), ((await Peer.ReceiveAsync()) is var first ? first.Header.RequestId : 0, first.Header.Result));
        Assert.Equal((11L, ResultCode.TryOtherAddress), ((await Peer.ReceiveAsync()) is var second ? second.Header.RequestId : 0, second.Header.Result));
        await Peer.ExpectEndAsync();
    }

    [Fact]
    public async Task What_was_under_way_makes_room_when_it_has_ended()
    {
        for (var i = 0; i < 50; i++) ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, i, 10 + i, new byte[900])));
    }
}
