using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>Questions for the applied id, 0x10, and what a leader says about all, 0x0A. Source: data-plane 3.9.</summary>
public sealed class AppliedIdTests : OverwriteTest
{
    private string Directory => $"{Node.DiskPath}/{PartitionDirectory.NameOf(new PartitionId(Partition), AdminPackets.PartitionBytes)}";

    [Fact]
    public async Task Each_overwrite_moves_it_by_one_and_reads_and_appends_do_not()
    {
        await OverwriteAsync();
        var first = await AppliedAsync();
        await OverwriteAsync();
        ExpectOk(await Peer.AskAsync(Requests.Append(Partition, Extent, 131077, 10, "more"u8.ToArray())));
        await Peer.AskAsync(Requests.LeaderRead(Partition, Extent, 0, 5, 11));
        await OverwriteAsync();

        Assert.Equal(first + 2, await AppliedAsync());
    }

    [Fact]
    public async Task The_reply_is_eight_bytes_in_the_form_of_the_request()
    {
        var reply = await Peer.AskAsync(Requests.AppliedId(Partition, 10));
        Assert.Equal((ResultCode.Ok, 8u, 57, 0u), (reply.Header.Result, reply.Header.Size, reply.HeaderBytes, reply.Header.ArgBytes));
    }

    [Fact]
    public async Task What_it_says_is_durable_when_it_is_said()
    {
        await OverwriteAsync();

        var applied = await AppliedAsync();

        Assert.Equal(applied.ToString(System.Globalization.CultureInfo.InvariantCulture), await File.ReadAllTextAsync($"{Directory}/{ApplyFile.Name}"));
        Assert.Equal(applied, Node.GateOf(Partition).Machine.DurableApplied);
    }

    [Fact]
    public async Task Before_any_overwrite_and_without_a_leader_it_is_zero()
    {
        await Node.CreatePartitionAsync(22, $"{LoopbackAddresses.Next()}:17310", $"{LoopbackAddresses.Next()}:17310");
        var reply = await Peer.AskAsync(Requests.AppliedId(22, 10));
        Assert.Equal((ResultCode.Ok, "0000000000000000"), (reply.Header.Result, Hex.Text(reply.Data)));
        var least = await Peer.AskAsync(Requests.LeastApplied(22, 11, Hex.Bytes("0000000000000007")));
        Assert.Equal((ResultCode.Ok, 0u), (least.Header.Result, least.Header.Size));
        Assert.Equal(7ul, Node.GateOf(22).Machine.LeastApplied);
    }

    [Fact]
    public async Task What_a_leader_says_is_remembered_unless_it_is_zero()
    {
        foreach (var (said, known) in ((string, ulong)[])[("0000000000000009", 9), ("0000000000000000", 9), ("0000000000000004", 4)])
        {
            var reply = await Peer.AskAsync(Requests.LeastApplied(Partition, 10, Hex.Bytes(said)));
            Assert.Equal((ResultCode.Ok, 0u), (reply.Header.Result, reply.Header.Size));
            Assert.Equal(known, Node.GateOf(Partition).Machine.LeastApplied);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000000001")]
    public async Task A_number_that_is_cut_off_is_refused(string body)
    {
        var reply = await Peer.AskAsync(Requests.LeastApplied(Partition, 10, Hex.Bytes(body)));
        Assert.Equal(0xF4, (int)reply.Header.Result);
        Assert.Contains("parameter mismatch error: an applied id has 8 bytes", reply.Text, StringComparison.Ordinal);
        Assert.Equal(0ul, Node.GateOf(Partition).Machine.LeastApplied);
    }

    private async Task OverwriteAsync() => ExpectOk(await Peer.AskAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 10, "X"u8.ToArray())));

    private async Task<ulong> AppliedAsync() => Convert.ToUInt64(Hex.Text((await Peer.AskAsync(Requests.AppliedId(Partition, 10))).Data), 16);
}
