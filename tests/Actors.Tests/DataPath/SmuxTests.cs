using CubeActors.Protocol;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>The second port: the same packets inside smux streams. Source: data-plane 3.8 and appendix B.</summary>
public sealed class SmuxTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private readonly ManualTime _time = new();

    private protected override NodeOptions Options => new() { Time = _time };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var peer = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(Requests.Create(Partition, 1))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(Requests.Append(Partition, Extent, 0, 2, Requests.Noise(1 << 20, 1)))).Header.Result);
    }

    [Fact]
    public async Task A_batch_delete_as_in_3_8_frame_by_frame()
    {
        using var first = new ScriptedFollower(ScriptedFollower.Ok);
        var follower = System.Text.Encoding.ASCII.GetBytes(first.Address + "/");
        var json = "[{\"FileOffset\":0,\"PartitionId\":21,\"ExtentId\":1025,\"ExtentOffset\":0,\"Size\":5,\"CRC\":0,\"SnapInfo\":null,\"IsSnapshotDeletion\":false}]"u8.ToArray();
        using var metanode = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        await metanode.SendAsync(Hex.Bytes("0100 0000 03000000"));
        await metanode.SendAsync(Hex.Bytes("0102 3900 03000000"));
        await metanode.SendAsync(Hex.Bytes(
            $"ff 01 75 00 02 00000000 00000080 {follower.Length:x8} 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000"));
        await metanode.SendAsync(SmuxPeer.Bytes(SmuxCommand.Push, 3, follower));
        await metanode.SendAsync(Hex.Bytes("0102 8000 03000000" + Hex.Text(json)));
        Assert.Equal(
            Hex.Bytes("ff 01 75 f0 02 00000000 00000000 00000000 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000"),
            (await metanode.ReceivePacketAsync(3)).Raw);
        Assert.Equal(
            Hex.Bytes("ff 01 75 00 00 00000000 00000080 00000000 0000000000000015 0000000000000000 0000000000000000 6774858000000007 0000000000000000" + Hex.Text(json)),
            (await first.NextAsync()).Packet.Raw); // over TCP to the follower's data port
        await metanode.SendAsync(Hex.Bytes("0101 0000 03000000"));
        await metanode.ExpectEndAsync(3);
        await first.NextEndAsync();
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
    }

    [Fact]
    public async Task Streams_of_one_session_are_connections_of_their_own()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        uint[] streams = [3, 5, 7, 9];
        foreach (var stream in streams) await peer.SendAsync(SmuxPeer.Bytes(SmuxCommand.Open, stream));
        foreach (var stream in streams) await peer.SendAsync(SmuxPeer.Push(stream, Requests.Read(Partition, Extent, stream, 300_000, stream), frameBytes: (int)stream));
        foreach (var stream in streams.Reverse())
        {
            List<byte> data = [];
            while (data.Count < 300_000)
            {
                var packet = await peer.ReceivePacketAsync(stream);
                Assert.Equal((ResultCode.Ok, (long)stream), (packet.Header.Result, packet.Header.RequestId));
                data.AddRange(packet.Data);
            }

            Assert.Equal(Requests.Noise(1 << 20, 1)[(int)stream..(300_000 + (int)stream)], data);
        }

        // An error ends its stream and no other.
        await peer.SendAsync(SmuxPeer.Push(5, Requests.Append(Partition, 4711, 0, 55, new byte[10])));
        Assert.Equal(0xF5, (int)(await peer.ReceivePacketAsync(5)).Header.Result);
        await peer.ExpectEndAsync(5);
        await peer.SendAsync(SmuxPeer.Push(7, Requests.Totals(Partition, 77)));
        Assert.Equal(77, (await peer.ReceivePacketAsync(7)).Header.RequestId);
    }

    [Fact]
    public async Task Frames_for_unknown_streams_are_skipped_and_a_second_open_changes_nothing()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        await peer.SendAsync((byte[])
        [
            .. SmuxPeer.Push(99, new byte[40_000], 65_535), .. SmuxPeer.Bytes(SmuxCommand.End, 101), .. SmuxPeer.Bytes(SmuxCommand.KeepAlive, 0),
            .. SmuxPeer.Bytes(SmuxCommand.Open, 3), .. SmuxPeer.Push(3, Requests.Totals(Partition, 1)[..20]), .. SmuxPeer.Bytes(SmuxCommand.Open, 3),
            .. SmuxPeer.Push(3, Requests.Totals(Partition, 1)[20..]), .. SmuxPeer.Bytes(SmuxCommand.Open, 4), .. SmuxPeer.Push(4, Requests.Totals(Partition, 2)),
        ]);
        Assert.Equal(1, (await peer.ReceivePacketAsync(3)).Header.RequestId);
        Assert.Equal(2, (await peer.ReceivePacketAsync(4)).Header.RequestId); // any id will do
    }

    [Fact]
    public async Task A_stream_that_was_ended_by_the_peer_is_answered_and_then_ended()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        await peer.SendAsync((byte[])
        [
            .. SmuxPeer.Bytes(SmuxCommand.Open, 3), .. SmuxPeer.Push(3, Requests.Totals(Partition, 1)), .. SmuxPeer.Bytes(SmuxCommand.End, 3),
            .. SmuxPeer.Push(3, Requests.Totals(Partition, 2)), // behind the end: not for anybody
        ]);
        Assert.Equal(1, (await peer.ReceivePacketAsync(3)).Header.RequestId);
        await peer.ExpectEndAsync(3);
        await peer.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.Open, 5), .. SmuxPeer.Push(5, Requests.Totals(Partition, 3))]);
        Assert.Equal(3, (await peer.ReceivePacketAsync(5)).Header.RequestId);
    }

    [Fact]
    public async Task One_stream_more_than_the_limit_is_ended_at_once_and_the_others_go_on()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        var limit = (uint)SmuxSettings.Default.StreamsMax;
        await peer.SendAsync(Enumerable.Range(0, (int)limit + 1).SelectMany(number => SmuxPeer.Bytes(SmuxCommand.Open, 3 + 2 * (uint)number)).ToArray());
        await peer.ExpectEndAsync(3 + 2 * limit);
        await peer.SendAsync(SmuxPeer.Push(1 + 2 * limit, Requests.Totals(Partition, 1)));
        Assert.Equal(1, (await peer.ReceivePacketAsync(1 + 2 * limit)).Header.RequestId);
        await peer.SendAsync(SmuxPeer.Bytes(SmuxCommand.End, 3));
        await peer.ExpectEndAsync(3);
    }

    [Fact]
    public async Task A_session_is_kept_alive_every_ten_seconds_and_dropped_after_thirty_silent_ones()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        await peer.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.Open, 3), .. SmuxPeer.Push(3, Requests.Totals(Partition, 1))]);
        await peer.ReceivePacketAsync(3);
        _time.Advance(TimeSpan.FromSeconds(10));
        var frame = await peer.ReceiveAsync();
        Assert.Equal((SmuxCommand.KeepAlive, 0u), (frame!.Command, frame.Stream));
        await peer.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.KeepAlive, 0), .. SmuxPeer.Push(3, Requests.Totals(Partition, 2))]);
        Assert.Equal(2, (await peer.ReceivePacketAsync(3)).Header.RequestId); // heard
        _time.Advance(TimeSpan.FromSeconds(29));
        await peer.SendAsync(SmuxPeer.Push(3, Requests.Totals(Partition, 3)));
        Assert.Equal(3, (await peer.ReceivePacketAsync(3)).Header.RequestId);
        _time.Advance(TimeSpan.FromSeconds(31));
        while (await peer.ReceiveAsync() is { } late) Assert.NotEqual(SmuxCommand.Push, late.Command);
    }

    [Fact]
    public async Task What_is_no_smux_drops_the_session_and_no_other()
    {
        using var sound = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        await sound.SendAsync(SmuxPeer.Bytes(SmuxCommand.Open, 3));
        foreach (var garbage in (byte[][])[[2, 0, 0, 0, 3, 0, 0, 0], [1, 4, 0, 0, 3, 0, 0, 0], [1, 0, 1, 0, 3, 0, 0, 0, 9], [0xFF, 0x11], Requests.Totals(Partition, 1), Requests.Noise(5000, 1)])
        {
            using var odd = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
            await odd.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.Open, 3), .. SmuxPeer.Push(3, Requests.Totals(Partition, 1)[..30]), .. garbage, .. new byte[8]]);
            while (await odd.ReceiveAsync() is { } frame) Assert.NotEqual(SmuxCommand.Push, frame.Command);
        }

        await sound.SendAsync(SmuxPeer.Push(3, Requests.Totals(Partition, 1)));
        Assert.Equal(1, (await sound.ReceivePacketAsync(3)).Header.RequestId);
    }

    [Fact]
    public async Task Garbage_inside_a_stream_ends_that_stream_alone()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        await peer.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.Open, 3), .. SmuxPeer.Bytes(SmuxCommand.Open, 5), .. SmuxPeer.Push(3, new byte[100_000])]);
        await peer.ExpectEndAsync(3);
        await peer.SendAsync(SmuxPeer.Push(5, Requests.Totals(Partition, 1)));
        Assert.Equal(1, (await peer.ReceivePacketAsync(5)).Header.RequestId);
    }

    /// <summary>Errors end streams at the node's side while the peer goes on sending on them: frames must find an end, not an exception.</summary>
    [Fact]
    public async Task Streams_that_end_under_a_storm_of_frames_harm_no_other()
    {
        using var peer = await SmuxPeer.ConnectAsync(Node.SmuxEndPoint);
        var storm = Requests.Noise(2000, 5);
        for (uint stream = 3; stream < 803; stream += 2)
        {
            var bad = Requests.Append(Partition, Extent, 1, stream, new byte[10]);
            bad[0] = (byte)(stream % 4 == 1 ? 0 : 0xFF); // half of them are aborted at once, half answered with an error
            await peer.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.Open, stream), .. SmuxPeer.Push(stream, bad), .. SmuxPeer.Push(stream, storm, frameBytes: 50), .. SmuxPeer.Bytes(SmuxCommand.End, stream)]);
        }

        await peer.SendAsync((byte[])[.. SmuxPeer.Bytes(SmuxCommand.Open, 9001), .. SmuxPeer.Push(9001, Requests.Totals(Partition, 1))]);
        Assert.Equal(1, (await peer.ReceivePacketAsync(9001)).Header.RequestId);
    }
}
