using System.Buffers.Binary;
using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>What may come in on the raft ports from peers that are no peers.</summary>
public sealed class RaftReceiverTests
{
    private static readonly TimeSpan Sweep = RaftTransportServices.SweepPeriod;

    [Fact]
    public async Task Garbage_ends_its_connection_with_one_event_and_no_other()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var good = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        foreach (var bytes in new byte[][] { [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 1, 1], [.. "GET / HTTP/1.1\r\n"u8], OneByteTooLong(), Truncated() })
        {
            var bad = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
            await bad.SendAsync(bytes);
            Assert.Equal("malformed: no raft frame, or one beyond the limits", await world.Events.NextAsync());
            Assert.Equal(0, await bad.ReceiveAsync(new byte[1]).AsTask().Soon());
        }

        await good.SendAsync(Frame(RaftMessageType.Vote, 1));
        Assert.Equal(1UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(0, world.Events.Waiting);
        Assert.Equal(5, receiver.Figures.Malformed);

        static byte[] OneByteTooLong()
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, RaftWorld.Settings.FrameBytesMax + 1);
            return length;
        }

        static byte[] Truncated() // a heartbeat whose list of groups ends within a number
        {
            var frame = new byte[RaftFrame.MessageBytes + 1];
            RaftFrame.WriteHeartbeat(frame, RaftWorld.Message(RaftMessageType.Heartbeat, RaftWorld.Two), [new PartitionId(1)]);
            frame[^1] = 0x80;
            return frame;
        }
    }

    [Fact]
    public async Task What_means_nothing_is_skipped_and_what_nobody_may_send_is_dropped()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var peer = await world.DialAsync(RaftWorld.Heartbeats(RaftWorld.Two));
        byte[] OfType(byte type)
        {
            var frame = Frame(RaftMessageType.Append, 1);
            frame[5] = type;
            return frame;
        }

        var otherVersion = Frame(RaftMessageType.Vote, 1);
        otherVersion[4] = 2;
        await peer.SendAsync((byte[])[0, 0, 0, 0, .. otherVersion, .. OfType(8), .. OfType(10), .. OfType(11), .. OfType(16), .. OfType(99), .. Frame(RaftMessageType.Vote, 7)]);
        Assert.Equal(7UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(0, inbox.Waiting);
        Assert.Equal(2, receiver.Figures.Skipped);
        Assert.Equal(5, receiver.Figures.DroppedTypes);
        Assert.Equal(1, receiver.Figures.Messages);
        Assert.Equal(0, world.Events.Waiting);
    }

    [Fact]
    public async Task Any_message_but_a_snapshot_is_taken_on_either_port()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        var heartbeats = await world.DialAsync(RaftWorld.Heartbeats(RaftWorld.Two));
        var replicates = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        await heartbeats.SendAsync(Frame(RaftMessageType.Append, 1));
        Assert.Equal(RaftMessageType.Append, (await inbox.NextAsync()).Message.Type);
        await replicates.SendAsync(Frame(RaftMessageType.Heartbeat, 0));
        Assert.Equal(RaftMessageType.Heartbeat, (await inbox.NextAsync()).Message.Type);
        var snapshot = new byte[RaftFrame.SnapshotBytes(0)];
        RaftFrame.WriteSnapshot(snapshot, RaftWorld.Message(RaftMessageType.Snapshot, RaftWorld.Two), default, []);
        await heartbeats.SendAsync(snapshot);
        Assert.Equal("malformed: a raft snapshot on the heartbeat port", await world.Events.NextAsync());
    }

    [Fact]
    public async Task A_frame_that_stops_in_the_middle_ends_its_connection_and_an_idle_one_never_does()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var idle = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        var stopped = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        var frame = Frame(RaftMessageType.Vote, 1);
        await idle.SendAsync(frame);
        await stopped.SendAsync(frame);
        await inbox.NextAsync();
        await inbox.NextAsync();
        await stopped.SendAsync(frame.AsMemory(0, 5));
        await Patience.UntilAsync(() => receiver.Figures.Bytes == (2 * frame.Length) + 5);
        world.Time.Advance(RaftWorld.Settings.ReceiveStall);
        Assert.Equal(0, world.Events.Waiting);
        world.Time.Advance(Sweep);
        Assert.Equal("stalled: a raft frame or snapshot stopped in the middle", await world.Events.NextAsync());
        await Patience.UntilAsync(() => receiver.Connections == 1);
        world.Time.Advance(TimeSpan.FromDays(1));
        await idle.SendAsync(Frame(RaftMessageType.Vote, 2));
        Assert.Equal(2UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(1, receiver.Figures.Stalled);
    }

    [Fact]
    public async Task One_connection_too_many_is_refused_and_a_closed_one_makes_room()
    {
        await using var world = new RaftWorld(RaftWorld.Settings with { ConnectionsMax = 1 });
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var first = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        await first.SendAsync(Frame(RaftMessageType.Vote, 1));
        await inbox.NextAsync();
        var second = await world.DialAsync(RaftWorld.Heartbeats(RaftWorld.Two));
        Assert.StartsWith("refused: 1 raft connections are open", await world.Events.NextAsync());
        Assert.Equal(0, await second.ReceiveAsync(new byte[1]).AsTask().Soon());
        first.Dispose();
        await Patience.UntilAsync(() => receiver.Connections == 0);
        var third = await world.DialAsync(RaftWorld.Heartbeats(RaftWorld.Two));
        await third.SendAsync(Frame(RaftMessageType.Vote, 3));
        Assert.Equal(3UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(1, receiver.Figures.Refused);
    }

    [Fact]
    public async Task Small_entries_share_a_buffer_and_none_is_written_over_while_it_is_kept()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        world.Network.Dialled = link => link.ToServer.Hold();
        var random = new Random(9);
        const int messages = 300;
        for (ulong i = 1; i <= messages; i++)
        {
            var data = new byte[4096];
            random.NextBytes(data);
            Assert.Equal(RaftSendResult.Queued, world.SendAppend(RaftWorld.Two, i, data));
        }

        await Patience.UntilAsync(() => world.Network.Links.Count == 1);
        world.Network.Links[0].ToServer.Deliver();
        for (ulong i = 1; i <= messages; i++) Assert.Equal(i, (await inbox.NextAsync()).Message.Index);
        await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0);
        // 31 frames fit a block; the first few come before the connection is known to be busy. The inbox keeps them all until the end.
        Assert.InRange(world.Buffers.Outstanding, 1, (messages / 31) + 5);
    }

    [Fact]
    public async Task Entries_that_nobody_keeps_cost_no_buffer_for_long()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        inbox.Keeps = false;
        for (ulong i = 1; i <= 100; i++)
        {
            world.SendAppend(RaftWorld.Two, i, new byte[50_000]);
            await inbox.NextAsync();
        }

        await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0);
        Assert.InRange(world.Buffers.Outstanding, 1, 2);
    }

    [Fact]
    public async Task With_the_buffers_spent_a_frame_waits_for_a_while_and_goes_on_if_one_comes_free()
    {
        await using var world = new RaftWorld(budgetBytes: 2 << 20);
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var peer = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        await peer.SendAsync(Frame(RaftMessageType.Vote, 1));
        await inbox.NextAsync();
        Assert.True(world.Buffers.TryRent((2 << 20) - BufferPool.SmallBytes, out var all));
        var append = Append(9, 1 << 20);
        await peer.SendAsync(append.AsMemory(0, 100_000));
        await Patience.UntilAsync(() => world.Buffers.Waiting == 1);
        all.Release();
        await peer.SendAsync(append.AsMemory(100_000));
        Assert.Equal(9UL, (await inbox.NextAsync()).Message.Index);

        inbox.Dispose();
        Assert.True(world.Buffers.TryRent(1 << 20, out var half));
        await peer.SendAsync(append);
        await Patience.UntilAsync(() => world.Buffers.Waiting == 1);
        await world.Time.FireAsync(RaftWorld.Settings.BufferWait);
        Assert.Equal("refused: the node's buffers are spent", await world.Events.NextAsync());
        Assert.Equal(1, receiver.Figures.NoBuffer);
        half.Release();
    }

    [Fact]
    public async Task An_accept_that_fails_is_told_and_tried_again()
    {
        await using var world = new RaftWorld();
        var failing = new FailingListener(world.Network.Listen(IPEndPoint.Parse(RaftWorld.Replicates(RaftWorld.Two))));
        using var inbox = new RecordingInbox();
        await using var receiver = new RaftReceiver(world.Network.Listen(IPEndPoint.Parse(RaftWorld.Heartbeats(RaftWorld.Two))), failing, inbox, world.Services);
        Assert.Equal("accept raftReplica: no descriptors", await world.Events.NextAsync());
        await world.Time.FireAsync(TimeSpan.FromMilliseconds(100));
        var peer = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        await peer.SendAsync(Frame(RaftMessageType.Vote, 1));
        await inbox.NextAsync();
    }

    private static byte[] Frame(RaftMessageType type, ulong index)
    {
        var bytes = new byte[RaftFrame.MessageBytes];
        RaftFrame.Write(bytes, RaftWorld.Message(type, RaftWorld.Two, index));
        return bytes;
    }

    private static byte[] Append(ulong index, int dataBytes)
    {
        var header = new RaftEntryHeader(RaftEntryType.Normal, 8, index + 1, dataBytes);
        var bytes = new byte[RaftFrame.MessageBytes + RaftEntryHeader.SizedBytes + dataBytes];
        var at = RaftFrame.WriteAppend(bytes, RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two, index), 1, bytes.Length - RaftFrame.MessageBytes);
        header.WriteSized(bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Fails once, then accepts.</summary>
    private sealed class FailingListener(IListener inner) : IListener
    {
        private bool _failed;

        public IPEndPoint LocalEndPoint => inner.LocalEndPoint;

        public ValueTask<IConnection> AcceptAsync(CancellationToken cancel)
        {
            if (_failed) return inner.AcceptAsync(cancel);
            _failed = true;
            throw new IOException("no descriptors");
        }

        public void Dispose() => inner.Dispose();
    }
}
