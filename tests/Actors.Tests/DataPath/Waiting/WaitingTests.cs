using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Requests for a partition that is being loaded: each opcode that waits, and each end that a wait can have.</summary>
public sealed class WaitingTests : WaitingNode
{
    public static TheoryData<byte, bool> All => new()
    {
        { 0x01, false }, { 0x03, false }, { 0x13, false }, { 0x75, false }, { 0x76, false },
        { 0x01, true }, { 0x03, true }, { 0x13, true }, { 0x75, true }, { 0x76, true },
    };

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_served_when_the_partition_is(byte opcode, bool asFollower)
    {
        Hold();
        var client = await ParkAsync(Request(opcode, asFollower));
        Assert.Equal((1, 1, 4096L), (Wanted, Node.Surface.Figures().Parked, Node.Surface.Figures().ParkedBytes));
        Time.Advance(TimeSpan.FromSeconds(1));
        Load();
        var reply = await client.ReceiveAsync();
        Assert.Equal((ResultCode.Ok, (Opcode)opcode, 10L, ""), (reply.Header.Result, reply.Header.Opcode, reply.Header.RequestId, reply.Text));
        Assert.Equal(1, Counted(NameOf(opcode), WaitOutcome.Served));
        Assert.Equal(1e6, Node.Surface.Figures().Waits.Single().Latency.SumMicroseconds, 1.0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_refused_unexecuted_when_its_time_is_over_and_not_before(byte opcode, bool asFollower)
    {
        Hold();
        var client = await ParkAsync(Request(opcode, asFollower));
        Time.Advance(TimeSpan.FromSeconds(opcode < 0x70 ? asFollower ? 1.5 : 2 : asFollower ? 50 : 60));
        Assert.Equal(1, Parked());
        Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(0, Parked());
        await ExpectAsync(client, opcode < 0x70 ? 0xFC : 0xF9, opcode < 0x70
            ? "ActionPreparePkt_data partition not exists 21: it was not loaded in time" : "ActionPreparePkt_partition 21 was not loaded in time, try again");
        await client.ExpectEndAsync();
        Assert.Equal(1, Counted(NameOf(opcode), WaitOutcome.TimedOut));
        Load();
        await ExpectUntouchedAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_refused_when_the_partition_fails_to_load_or_is_deleted(byte opcode, bool asFollower)
    {
        Hold();
        var client = await ParkAsync(Request(opcode, asFollower));
        Node.Gates.Withdraw(new PartitionId(Partition));
        await ExpectAsync(client, opcode < 0x70 ? 0xFC : 0xF9, opcode < 0x70
            ? "ActionPreparePkt_data partition not exists 21: it does not serve for now" : "ActionPreparePkt_partition 21 does not serve for now, try again");
        Assert.Equal(1, Counted(NameOf(opcode), WaitOutcome.Refused));
        using var next = await Node.ConnectAsync();
        await next.SendAsync(Request(opcode, asFollower));
        await ExpectAsync(next, 0xFC, "ActionPreparePkt_data partition not exists 21"); // from now on as any partition that is not here
        Load();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_refused_at_once_when_too_many_wait(byte opcode, bool asFollower)
    {
        Hold();
        for (var i = 0; i < 8; i++)
        {
            var full = await ConnectAsync();
            await full.SendAsync(Request(0x75, asFollower: false));
        }

        await ParkedAsync(8);
        // The rest by the short way: the lot does not care who fills it.
        var fillers = Enumerable.Range(0, 248).Select(_ => new Filler()).ToList();
        foreach (var filler in fillers) Assert.Equal(Parking.Waits, Node.Gates.TryPark(filler, out _, out _));
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Request(opcode, asFollower));
        await ExpectAsync(client, opcode < 0x70 ? 0xFC : 0xF9, opcode < 0x70
            ? "ActionPreparePkt_data partition not exists 21: it is still being loaded and too many requests wait for it"
            : "ActionPreparePkt_partition 21 is still being loaded and too many requests wait for it, try again");
        await client.ExpectEndAsync();
        Assert.Equal((1, 256), (Counted(NameOf(opcode), WaitOutcome.Overflow), Parked()));
        Load();
        await Patience.UntilAsync(() => Counted(NameOf(0x75), WaitOutcome.Served) == 8);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_dropped_unexecuted_when_its_caller_closes(byte opcode, bool asFollower)
    {
        Hold();
        (await ParkAsync(Request(opcode, asFollower))).Dispose();
        await ParkedAsync(0);
        (await ParkAsync(Request(opcode, asFollower))).Reset();
        await ParkedAsync(0);
        await Patience.UntilAsync(() => Counted(NameOf(opcode), WaitOutcome.CallerGone) == 2);
        Load();
        await ExpectUntouchedAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_dropped_unexecuted_when_the_disk_comes_to_it_after_its_time(byte opcode, bool asFollower)
    {
        Hold();
        var client = await ParkAsync(Request(opcode, asFollower));
        using (OccupyDisk())
        {
            Load();
            Assert.Equal(0, Parked()); // let in, and in the queue of the disk
            Time.Advance(TimeSpan.FromSeconds(61));
        }

        Assert.Equal(opcode < 0x70 ? 0xFC : 0xF9, (int)(await client.ReceiveAsync()).Header.Result);
        Assert.Equal((1, 0), (Counted(NameOf(opcode), WaitOutcome.TimedOut), Counted(NameOf(opcode), WaitOutcome.Served)));
        await ExpectUntouchedAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task It_is_dropped_unexecuted_when_its_caller_closes_before_the_disk_comes_to_it(byte opcode, bool asFollower)
    {
        Hold();
        var client = await ParkAsync(Request(opcode, asFollower));
        using (OccupyDisk())
        {
            Load();
            client.ShutdownSend();
            await Node.Network.EndSeenAsync(client);
        }

        await Patience.UntilAsync(() => Counted(NameOf(opcode), WaitOutcome.CallerGone) == 1);
        await ExpectUntouchedAsync();
    }

    [Fact]
    public async Task What_the_partition_admits_is_asked_again_when_it_serves()
    {
        Hold();
        var create = await ParkAsync(Request(0x01, asFollower: false));
        Load(change: flags => flags with { HasSpace = false });
        await ExpectAsync(create, 0xF6, "ActionPreparePkt_no space left on the device");
        Assert.Equal(1, Counted("OpCreateExtent", WaitOutcome.Refused));
        Hold();
        var append = await ParkAsync(Request(0x03, asFollower: false));
        Load(change: flags => flags with { HasSpace = true, Repairing = true });
        await ExpectAsync(append, 0xB5, "ActionWrite:_data partition decommission repairing error");
    }

    [Fact]
    public async Task A_tiny_append_gets_its_place_when_the_partition_serves()
    {
        Hold();
        var client = await ParkAsync(Requests.TinyAppend(Partition, 10, Hello));
        Load();
        var reply = await client.ReceiveAsync();
        Assert.True(reply.Header.Result == ResultCode.Ok && reply.Header.Extent.IsTiny, reply.Text);
        Assert.Equal(64, Node.GateOf(Partition).Store.TinyAvailable);
    }

    [Fact]
    public async Task Appends_of_one_connection_keep_their_order_and_so_do_their_answers()
    {
        Hold();
        using var client = await Node.ConnectAsync();
        var pieces = Enumerable.Range(0, 20).Select(seed => Requests.Noise(1000 + seed, seed)).ToList();
        long offset = Hello.Length;
        foreach (var (piece, number) in pieces.Select((piece, number) => (piece, number)))
        {
            await client.SendAsync(Requests.Append(Partition, Extent, offset, 100 + number, piece));
            offset += piece.Length;
        }

        await ParkedAsync(20);
        Load();
        for (var number = 0; number < 20; number++)
        {
            var reply = await client.ReceiveAsync();
            Assert.Equal((ResultCode.Ok, 100L + number), (reply.Header.Result, reply.Header.RequestId));
        }

        using var reader = await Node.ConnectAsync();
        Assert.Equal(Hello.Concat(pieces.SelectMany(piece => piece)), await reader.ReadAsync(Partition, Extent, 0, (uint)offset));
    }

    [Fact]
    public async Task The_first_that_waited_in_vain_ends_the_connection_and_nothing_behind_it_is_executed()
    {
        Hold();
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Request(0x03, asFollower: false));
        await ParkedAsync(1);
        Time.Advance(TimeSpan.FromSeconds(1));
        await client.SendAsync((byte[])[.. Request(0x03, asFollower: false), .. Request(0x03, asFollower: false, Second)]);
        await ParkedAsync(2);
        await Node.Network.DealtWithAsync(client);
        Time.Advance(TimeSpan.FromSeconds(1.25));
        Assert.Equal(0xFC, (int)(await client.ReceiveAsync()).Header.Result);
        await client.ExpectEndAsync();
        Load();
        await ExpectUntouchedAsync();
        await ExpectUntouchedAsync(Second);
        client.Dispose();
        await Patience.UntilAsync(() => Node.Surface.Figures().Waits.Sum(wait => wait.Latency.Count) == 2);
    }

    [Fact]
    public async Task What_stands_behind_a_waiting_request_follows_it()
    {
        Hold();
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])[.. Request(0x03, asFollower: false), .. Requests.Totals(Second, 11), .. Requests.Read(Second, Extent, 0, 5, 12)]);
        await ParkedAsync(1);
        await Node.Network.DealtWithAsync(client);
        Load();
        foreach (var request in (long[])[10, 11, 12])
        {
            var reply = await client.ReceiveAsync();
            Assert.Equal((ResultCode.Ok, request), (reply.Header.Result, reply.Header.RequestId));
        }
    }

    [Fact]
    public async Task A_read_that_is_under_way_does_not_wait_with_the_request_behind_it()
    {
        using var writer = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await writer.AskAsync(Requests.Append(Second, Extent, 5, 3, Requests.Noise(131072, 1)))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await writer.AskAsync(Requests.Append(Second, Extent, 131077, 4, Requests.Noise(131072, 2)))).Header.Result);
        Hold();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Network.HoldSends(release.Task);
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])[.. Requests.Read(Second, Extent, 0, 262149, 9), .. Request(0x03, asFollower: false)]);
        await Node.Network.HeldSendAsync(); // the first of three blocks
        await ParkedAsync(1);
        release.SetResult();
        for (var block = 0; block < 3; block++) Assert.Equal((ResultCode.Ok, 9L), ((await client.ReceiveAsync()) is var packet ? (packet.Header.Result, packet.Header.RequestId) : default));
        Assert.Equal(1, Parked());
        Load();
        await ExpectAsync(client, 0xF0, "");
    }

    [Fact]
    public async Task Behind_a_delete_that_may_wait_for_a_minute_no_data_is_received()
    {
        Hold();
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Request(0x75, asFollower: false));
        await ParkedAsync(1);
        var before = Node.Buffers.RentedBytes;
        await client.SendAsync(Requests.Append(Second, Extent, 5, 11, Requests.Noise(100_000, 1)));
        using var other = await Node.ConnectAsync();
        for (var i = 0; i < 10; i++) Assert.Equal(ResultCode.Ok, (await other.AskAsync(Requests.Totals(Second, i))).Header.Result);
        Assert.Equal(before, Node.Buffers.RentedBytes);
        Load();
        await ExpectAsync(client, 0xF0, "");
        await ExpectAsync(client, 0xF0, "");
    }

    [Fact]
    public async Task Reads_and_overwrites_go_elsewhere_at_once_and_questions_too()
    {
        Hold();
        foreach (var opcode in (byte[])[0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0F, 0x10, 0x11, 0x12, 0x14, 0x15, 0x16, 0x57, 0x58, 0x59, 0x5A, 0xB1, 0xB3, 0xB4, 0xFE])
        {
            using var client = await Node.ConnectAsync();
            await client.SendAsync(Requests.Build(Requests.Plain(Requests.Normal, (Opcode)opcode, Partition, Extent, 0, 10), [], []));
            await ExpectAsync(client, 0xFC, "ActionPreparePkt_data partition not exists 21: it is still being loaded");
        }

        foreach (var opcode in (byte[])[0x02, 0xD6])
        {
            using var client = await Node.ConnectAsync();
            await client.SendAsync(Requests.Build(Requests.Plain(ExtentTypes.Normal, (Opcode)opcode, Partition, Extent, 0, 10), [], []));
            await ExpectAsync(client, 0xF9, "ActionPreparePkt_partition 21 is still being loaded, try again");
        }

        Assert.Equal((0, 0), (Wanted, Parked()));
        Load();
    }

    [Fact]
    public async Task Where_there_is_one_replica_only_reads_and_overwrites_wait_for_it()
    {
        await LeadsAsync();
        Hold();
        Node.Gates.MarkSingle(new PartitionId(Partition));
        var read = await ParkAsync(Requests.Read(Partition, Extent, 0, 5, 1));
        var leaderRead = await ParkAsync(Requests.LeaderRead(Partition, Extent, 0, 5, 1));
        var overwrite = await ParkAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 1, "J"u8.ToArray()));
        var late = await ParkAsync(Requests.Read(Partition, Extent, 0, 5, 1));
        Assert.Equal(4, Parked());
        late.Dispose();
        await ParkedAsync(3);
        Load();
        foreach (var client in (PacketPeer[])[read, leaderRead]) Assert.Equal((0xF0, 5), ((await client.ReceiveAsync()) is var packet ? ((int)packet.Header.Result, packet.Data.Length) : default));
        await ExpectAsync(overwrite, 0xF0, "");
        Hold();
        Node.Gates.MarkSingle(new PartitionId(Partition));
        var vain = await ParkAsync(Requests.Read(Partition, Extent, 0, 5, 1));
        Time.Advance(TimeSpan.FromSeconds(2.25));
        await ExpectAsync(vain, 0xFC, "ActionPreparePkt_data partition not exists 21: it was not loaded in time");
        Load();
        Assert.Equal("jello".Replace('j', 'J'), System.Text.Encoding.ASCII.GetString(await vain.ReadAsync(Partition, Extent, 0, 5))); // a refused read does not end its connection
    }

    [Fact]
    public async Task A_forwarded_append_waits_at_the_leader_and_then_goes_to_its_followers()
    {
        var follower = Keep(new ScriptedFollower(ScriptedFollower.Ok));
        Hold();
        var client = await ParkAsync(Requests.Append(Partition, Extent, 5, 10, Hello, follower.Address));
        Assert.Equal(0, follower.Connections);
        Load();
        await ExpectAsync(client, 0xF0, "");
        var hop = await follower.NextAsync();
        Assert.Equal((0, 0u, 10L), (hop.Packet.Header.RemainingFollowers, hop.Packet.Header.ArgBytes, hop.Packet.Header.RequestId));
    }

    [Fact]
    public async Task A_follower_that_could_not_be_reached_in_time_lets_the_request_end_unexecuted()
    {
        var follower = Keep(new ScriptedFollower(ScriptedFollower.Ok));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Network.HoldDials(release.Task);
        Hold();
        var client = await ParkAsync(Requests.Append(Partition, Extent, 5, 10, Hello, follower.Address));
        Load();
        await Node.Network.HeldDialAsync();
        Time.Advance(TimeSpan.FromSeconds(3));
        release.SetResult();
        await ExpectAsync(client, 0xFC, "ActionPreparePkt_data partition not exists 21: it was not loaded in time");
        Assert.Equal(0, follower.Untaken);
        await ExpectUntouchedAsync();
    }

    [Fact]
    public async Task Two_partitions_have_a_lot_each()
    {
        Hold();
        Hold(Second);
        var first = await ParkAsync(Request(0x03, asFollower: false));
        var second = await ParkAsync(Request(0x03, asFollower: false, Second), Second);
        using var both = await Node.ConnectAsync();
        await both.SendAsync((byte[])[.. Request(0x01, asFollower: false, Second), .. Request(0x01, asFollower: false)]);
        await ParkedAsync(2);
        await ParkedAsync(2, Second);
        Assert.Equal(2, Wanted);
        Load();
        await ExpectAsync(first, 0xF0, "");
        Assert.Equal((0, 2), (Parked(), Parked(Second)));
        Load(Second);
        await ExpectAsync(second, 0xF0, "");
        await ExpectAsync(both, 0xF0, "");
        await ExpectAsync(both, 0xF0, "");
    }

    [Fact]
    public async Task A_delete_does_not_keep_an_append_behind_it_from_ending_in_its_time()
    {
        Hold();
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Request(0x75, asFollower: false));
        await ParkedAsync(1);
        Time.Advance(TimeSpan.FromSeconds(60.25));
        await ExpectAsync(client, 0xF9, "ActionPreparePkt_partition 21 was not loaded in time, try again");
        await client.ExpectEndAsync();
        Load();
    }

    [Fact]
    public async Task A_node_that_stops_does_not_wait_with_them()
    {
        Hold();
        var append = await ParkAsync(Request(0x03, asFollower: false));
        var delete = await ParkAsync(Request(0x75, asFollower: false));
        var closing = RestartAfterAsync();
        await ExpectAsync(append, 0xFC, "ActionPreparePkt_data partition not exists 21: it does not serve for now");
        await ExpectAsync(delete, 0xF9, "ActionPreparePkt_partition 21 does not serve for now, try again");
        append.Dispose(); // whoever goes on listening is given a moment for it
        delete.Dispose();
        await closing;

        async Task RestartAfterAsync() => Replace(await Node.RestartAsync(Options));
    }

    /// <summary>Nothing was appended, created or left open.</summary>
    private async Task ExpectUntouchedAsync(ulong partition = Partition)
    {
        using var reader = await Node.ConnectAsync();
        Assert.Equal(Hello, await reader.ReadAsync(partition, Extent, 0, 5));
        await reader.SendAsync(Requests.Read(partition, Extent, 5, 1, 2));
        Assert.NotEqual(ResultCode.Ok, (await reader.ReceiveAsync()).Header.Result);
        Assert.Equal(65, Node.GateOf(partition).Store.ExtentCount); // 64 tiny ones, and the one with the greeting
    }

    private async Task LeadsAsync()
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            using var client = await Node.ConnectAsync();
            await client.SendAsync(Requests.LeaderRead(Partition, Extent, 0, 5, 1));
            if ((await client.ReceiveAsync()).Header.Result == ResultCode.Ok) return;
            Time.Advance(TimeSpan.FromMilliseconds(20)); // elections count in the node's time
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience.Long, "nobody leads");
        }
    }

    private sealed class Filler() : WaitTicket(new PartitionId(21), 0, 0, long.MaxValue)
    {
        public override void Admit(PartitionGate gate)
        {
        }

        public override void Refuse(WaitOutcome outcome)
        {
        }
    }
}
