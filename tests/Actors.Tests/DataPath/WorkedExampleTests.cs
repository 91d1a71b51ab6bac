using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>The worked examples of data-plane 3.1 to 3.8, byte by byte: what comes in, what goes to each follower, what goes back.</summary>
/// <remarks>Partition 21 on 192.168.0.31, .32 and .33. The followers listen on loopback addresses; the network sends the dials there.</remarks>
public sealed class WorkedExampleTests : NodeTest
{
    private const string First = "192.168.0.32:17310", Second = "192.168.0.33:17310";
    private const string Arg = "3139322e3136382e302e33323a31373331302f3139322e3136382e302e33333a31373331302f";
    private const string Version1 = "000000000000000000000001";
    private readonly RedirectingNetwork _network = new();
    private ScriptedFollower _first = null!, _second = null!;

    private protected override NodeOptions Options => new() { Network = _network };

    private protected override async Task PrepareAsync()
    {
        _first = Keep(new ScriptedFollower(ScriptedFollower.Ok));
        _second = Keep(new ScriptedFollower(ScriptedFollower.Ok));
        _network.Elsewhere[First] = _first.EndPoint;
        _network.Elsewhere[Second] = _second.EndPoint;
        await Node.CreatePartitionAsync(21, First, Second);
    }

    [Fact]
    public async Task Create_extent_as_in_3_1()
    {
        using var client = await Node.ConnectAsync();
        await ExpectAsync(
            client,
            "ff 11 01 00 02 00000000 00000008 00000026 0000000000000015 0000000000000000 0000000000000000 6774858000000002 0000000000000000" + Version1 + Arg + "0000000000001001",
            "ff 11 01 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000" + Version1);
        await ExpectHopAsync(
            "ff 11 01 00 00 00000000 00000008 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000" + Version1 + "0000000000001001");
    }

    [Fact]
    public async Task A_follower_answers_the_hop_of_3_1_with_69_bytes()
    {
        using var leader = await Node.ConnectAsync();
        await ExpectAsync(
            leader,
            "ff 11 01 00 00 00000000 00000008 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000" + Version1 + "0000000000001001",
            "ff 11 01 f0 00 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 0000000000000000" + Version1);
    }

    [Theory]
    [InlineData("03")]
    [InlineData("13")]
    public async Task Append_as_in_3_2(string opcode)
    {
        using var client = await WithExtentAsync();
        await ExpectAsync(
            client,
            $"ff 11 {opcode} 00 02 3610a686 00000005 00000026 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000" + Version1 + Arg + "68656c6c6f",
            $"ff 11 {opcode} f0 02 3610a686 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000" + Version1);
        await ExpectHopAsync(
            $"ff 11 {opcode} 00 00 3610a686 00000005 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000" + Version1 + "68656c6c6f");
    }

    [Fact]
    public async Task The_error_of_3_2_when_a_follower_is_full()
    {
        var full = Keep(new ScriptedFollower(packet => packet.Header.Opcode == Opcode.Write
            ? ScriptedFollower.Error(packet, ResultCode.IntraGroupNetError, "ActionWrite:_no space left on the device") // the code byte is not looked at
            : ScriptedFollower.Ok(packet)));
        _network.Elsewhere[Second] = full.EndPoint;
        using var client = await WithExtentAsync();
        var text = Hex.Text("ActionReceiveFromFollower_ActionWrite:_no space left on the device"u8);
        await ExpectAsync(
            client,
            "ff 11 03 00 02 3610a686 00000005 00000026 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000" + Version1 + Arg + "68656c6c6f",
            "ff 11 03 f6 02 3610a686 00000042 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000003 0000000000000000" + Version1 + text);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Tiny_append_as_in_3_3()
    {
        // The example's slot is the second page of tiny extent 7: all others are taken, and the first page of 7 is written.
        var store = Node.GateOf(21).Store;
        while (store.AcquireTiny(out _, out _) == Storage.StorageError.None) { }
        Assert.Equal(Storage.StorageError.None, store.Append(new ExtentId(7), 0, "x"u8, 0, sync: false, out _));
        store.ReleaseTiny(new ExtentId(7), succeeded: true);
        using var client = await Node.ConnectAsync();
        await ExpectAsync(
            client,
            "ff 10 03 00 02 3610a686 00000005 00000026 0000000000000015 0000000000000000 0000000000000000 677485800000000a 0000000000000000" + Version1 + Arg + "68656c6c6f",
            "ff 10 03 f0 02 3610a686 00000000 00000000 0000000000000015 0000000000000007 0000000000001000 677485800000000a 0000000000000000" + Version1);
        await ExpectHopAsync(
            "ff 10 03 00 00 3610a686 00000005 00000000 0000000000000015 0000000000000007 0000000000001000 677485800000000a 0000000000000000" + Version1 + "68656c6c6f");
    }

    [Fact]
    public async Task An_overwrite_as_in_3_4_is_told_that_this_replica_is_no_raft_leader()
    {
        using var client = await WithExtentAsync();
        var text = Hex.Text("ActionWrite:_raft is not the leader."u8);
        foreach (var opcode in (string[])["0f", "b4"])
        {
            await ExpectAsync(
                client,
                $"ff 11 {opcode} 00 00 db1720a5 00000004 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001" + Version1 + "41424344",
                $"ff 11 {opcode} fc 00 db1720a5 00000024 00000000 0000000000000015 0000000000000401 0000000000000001 6774858000000005 0000000000000001" + Version1 + text);
        }
    }

    [Fact]
    public async Task A_read_as_in_3_5_is_told_that_this_replica_is_no_raft_leader()
    {
        using var client = await WithExtentAsync();
        await ExpectAsync(
            client,
            "ff 11 05 00 00 00000000 00020005 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000" + Version1,
            "ff 11 05 fc 00 00000000 00000028 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000" + Version1
                + Hex.Text("ActionStreamRead_raft is not the leader."u8));
    }

    [Fact]
    public async Task A_follower_read_has_the_blocks_of_3_5()
    {
        using var client = await WithExtentAsync();
        byte[] block = [.. Enumerable.Repeat((byte)'a', 131072)];
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(21, 1025, 0, 1, block))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(21, 1025, 131072, 2, "hello"u8.ToArray()))).Header.Result);
        await ExpectAsync(
            client,
            "ff 11 06 00 00 00000000 00020005 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000" + Version1,
            "ff 01 06 f0 00 ca975130 00020000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000004 0000000000000000" + Hex.Text(block));
        var second = await client.ReceiveAsync();
        Assert.Equal(
            Compact("ff 01 06 f0 00 3610a686 00000005 00000000 0000000000000015 0000000000000401 0000000000020000 6774858000000004 0000000000000000 68656c6c6f"), second.Hex);
    }

    [Fact]
    public async Task Mark_delete_as_in_3_7()
    {
        using var client = await WithExtentAsync();
        var json = Hex.Text("{\"FileOffset\":0,\"PartitionId\":21,\"ExtentId\":1025,\"ExtentOffset\":0,\"Size\":5,\"CRC\":0,\"SnapInfo\":null}"u8);
        await ExpectAsync(
            client,
            "ff 01 02 00 02 00000000 00000063 00000026 0000000000000015 0000000000000401 0000000000000000 6774858000000006 0000000000000000" + Arg + json,
            "ff 01 02 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000006 0000000000000000");
        await ExpectHopAsync("ff 01 02 00 00 00000000 00000063 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000006 0000000000000000" + json);
        Assert.Null(Node.GateOf(21).Store.Find(new ExtentId(1025)));
    }

    [Fact]
    public async Task Batch_delete_as_in_3_8()
    {
        using var client = await WithExtentAsync();
        var json = Hex.Text(
            "[{\"FileOffset\":0,\"PartitionId\":21,\"ExtentId\":1025,\"ExtentOffset\":0,\"Size\":5,\"CRC\":0,\"SnapInfo\":null,\"IsSnapshotDeletion\":false}]"u8);
        await ExpectAsync(
            client,
            "ff 01 75 00 02 00000000 00000080 00000026 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000" + Arg + json,
            "ff 01 75 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000");
        await ExpectHopAsync("ff 01 75 00 00 00000000 00000080 00000000 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000" + json);
        Assert.Null(Node.GateOf(21).Store.Find(new ExtentId(1025)));
    }

    [Fact]
    public async Task A_version_sequence_is_echoed_to_the_client_and_lost_on_the_hop()
    {
        using var client = await Node.ConnectAsync();
        await ExpectAsync(
            client,
            "ff 11 01 00 02 00000000 00000008 00000026 0000000000000015 0000000000000000 0000000000000000 6774858000000002 00000000000000aa 00000000000000bb 00000001" + Arg + "0000000000001001",
            "ff 11 01 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 00000000000000aa 00000000000000bb 00000001");
        await ExpectHopAsync(
            "ff 11 01 00 00 00000000 00000008 00000000 0000000000000015 0000000000000401 0000000000000000 6774858000000002 00000000000000aa" + Version1 + "0000000000001001");
    }

    private async Task<PacketPeer> WithExtentAsync()
    {
        var client = await ConnectAsync();
        var created = await client.AskAsync(Requests.Create(21, 1));
        Assert.Equal(0x401ul, created.Header.Extent.Value);
        return client;
    }

    private static async Task ExpectAsync(PacketPeer client, string request, string reply) => Assert.Equal(Compact(reply), (await client.AskAsync(Hex.Bytes(request))).Hex);

    private async Task ExpectHopAsync(string hop)
    {
        foreach (var follower in (ScriptedFollower[])[_first, _second])
        {
            Assert.Equal(Compact(hop), (await follower.NextAsync()).Packet.Hex);
            Assert.Equal(0, follower.Untaken);
        }
    }

    private static string Compact(string hex) => hex.Replace(" ", "", StringComparison.Ordinal);
}
