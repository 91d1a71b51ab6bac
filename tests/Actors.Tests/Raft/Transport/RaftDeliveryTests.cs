using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

public sealed class RaftDeliveryTests
{
    private static readonly int[] EntrySizes = [0, 5, 4096 + 33, 16 * 1024, (16 * 1024) + 1, 131_072 + 33];

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(70_001)]
    [InlineData(1)]
    public async Task Messages_of_a_group_arrive_whole_and_in_order(int receiveBytesMax)
    {
        await using var world = new RaftWorld();
        world.Network.Dialled = link => link.ToServer.ReceiveBytesMax = receiveBytesMax;
        var inbox = world.Listen(RaftWorld.Two);
        var random = new Random(receiveBytesMax);
        var messages = receiveBytesMax == 1 ? 6 : 200;
        for (ulong i = 1; i <= (ulong)messages; i++)
        {
            byte[][] entries = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Bytes(random, EntrySizes[random.Next(EntrySizes.Length)]))];
            if (i % 5 == 0) Assert.Equal(RaftSendResult.Queued, world.Transport.Send(RaftWorld.Message(RaftMessageType.AppendReply, RaftWorld.Two, i)));
            else Assert.Equal(RaftSendResult.Queued, world.SendAppend(RaftWorld.Two, i, entries));
            var arrived = await inbox.NextAsync();
            Assert.Equal(i, arrived.Message.Index);
            if (i % 5 == 0) continue;
            Assert.Equal(entries, arrived.Data);
            Assert.Equal(Enumerable.Range(1, entries.Length).Select(n => i + (ulong)n), arrived.Entries.Select(entry => entry.Index));
        }

        Assert.Equal(0, inbox.Waiting);
        Assert.Equal(messages, world.Transport.Figures.Messages);
    }

    [Fact]
    public async Task Messages_that_gather_while_the_link_is_busy_arrive_in_order()
    {
        await using var world = new RaftWorld();
        SimulatedLink? link = null;
        world.Network.Dialled = dialled =>
        {
            dialled.ToServer.Hold();
            link = dialled;
        };
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var random = new Random(3);
        const int messages = 500;
        for (ulong i = 1; i <= messages; i++)
        {
            var result = i % 50 == 0 ? world.SendAppend(RaftWorld.Two, i, Bytes(random, 100_000)) : world.SendAppend(RaftWorld.Two, i, Bytes(random, random.Next(3000)));
            Assert.Equal(RaftSendResult.Queued, result);
            if (i == 1) await world.Events.NextAsync(); // the connection stands
        }

        link!.ToServer.Deliver();
        for (ulong i = 1; i <= messages; i++) Assert.Equal(i, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(messages, receiver.Figures.Messages);
        Assert.Equal(world.Transport.Figures.Bytes, receiver.Figures.Bytes);
    }

    [Fact]
    public async Task An_append_of_one_mebibyte_arrives()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        var random = new Random(4);
        byte[][] entries = [.. Enumerable.Range(0, 9).Select(_ => Bytes(random, 131_072 + 33))];
        for (ulong i = 0; i < 5; i++)
        {
            Assert.Equal(RaftSendResult.Queued, world.SendAppend(RaftWorld.Two, i, entries));
            Assert.Equal(entries, (await inbox.NextAsync()).Data);
        }
    }

    [Fact]
    public async Task Heartbeats_go_to_their_own_port_and_everything_else_to_the_other()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        PartitionId[] groups = [new(101), new(102), new(300)];
        Assert.Equal(RaftSendResult.Queued, world.Transport.SendHeartbeat(RaftWorld.Message(RaftMessageType.Heartbeat, RaftWorld.Two), groups));
        Assert.Equal([101UL, 102, 300], (await inbox.NextAsync()).Groups);
        Assert.Equal(RaftSendResult.Queued, world.Transport.SendHeartbeat(RaftWorld.Message(RaftMessageType.HeartbeatReply, RaftWorld.Two), []));
        Assert.Empty((await inbox.NextAsync()).Groups);
        Assert.Single(world.Network.LinksTo(RaftWorld.Heartbeats(RaftWorld.Two)));
        foreach (var type in new[] { RaftMessageType.PreVote, RaftMessageType.Vote, RaftMessageType.VoteReply, RaftMessageType.CheckQuorum })
        {
            world.Transport.Send(RaftWorld.Message(type, RaftWorld.Two));
            Assert.Equal(RaftWorld.Message(type, RaftWorld.Two), (await inbox.NextAsync()).Message);
        }

        Assert.Single(world.Network.LinksTo(RaftWorld.Heartbeats(RaftWorld.Two)));
        Assert.Single(world.Network.LinksTo(RaftWorld.Replicates(RaftWorld.Two)));
    }

    [Fact]
    public async Task Groups_share_five_connections_by_their_number()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        for (ulong group = 100; group < 120; group++)
        {
            world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two) with { Group = new PartitionId(group) });
            Assert.Equal(group, (await inbox.NextAsync()).Message.Group.Value);
            Assert.Equal((int)Math.Min(5, group - 99), world.Network.LinksTo(RaftWorld.Replicates(RaftWorld.Two)).Count);
        }
    }

    [Fact]
    public async Task A_heartbeat_for_ten_thousand_groups_arrives()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        var random = new Random(55);
        var id = 0UL;
        PartitionId[] groups = [.. Enumerable.Range(0, 10_000).Select(_ => new PartitionId(id += (ulong)random.NextInt64(1, 1L << 40)))];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RaftSendResult.Queued, world.Transport.SendHeartbeat(RaftWorld.Message(RaftMessageType.Heartbeat, RaftWorld.Two), groups));
            Assert.Equal(groups.Select(group => group.Value), (await inbox.NextAsync()).Groups);
        }
    }

    [Fact]
    public async Task A_node_that_nobody_has_told_of_is_unknown()
    {
        await using var world = new RaftWorld();
        Assert.Equal(RaftSendResult.UnknownPeer, world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two)));
        Assert.Equal(1, world.Transport.Figures.DroppedUnknownPeer);
        Assert.Equal(
            RaftSnapshotOutcome.Unreachable, await world.Transport.SendSnapshotAsync(RaftWorld.Message(RaftMessageType.Snapshot, RaftWorld.Two), default, []).Soon());
    }

    [Fact]
    public async Task A_node_that_has_moved_is_dialled_where_it_is_now()
    {
        await using var world = new RaftWorld();
        var there = world.Listen(RaftWorld.Two);
        world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two, 1));
        Assert.Equal(1UL, (await there.NextAsync()).Message.Index);
        var here = world.Listen(RaftWorld.Three);
        world.Addresses.Set(RaftWorld.Two, world.Addresses.Find(RaftWorld.Three)!);
        world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two, 2)); // goes down with the old connection
        await Patience.UntilAsync(() => world.Transport.Figures.DroppedLost == 1);
        world.Time.Advance(RaftWorld.Settings.RedialMin);
        world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two, 3));
        Assert.Equal(3UL, (await here.NextAsync()).Message.Index);
        Assert.Equal(0, there.Waiting);
    }

    [Fact]
    public async Task An_entry_beyond_its_buffer_is_a_broken_promise_and_spoils_no_frame()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        var lease = world.Lease(new byte[10]);
        var message = RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two);
        foreach (var (held, start, bytes) in new[] { (lease, lease.Array.Length - 9, 10), (lease, -1, 10), (null, 0, 10) })
        {
            RaftPayload[] entries = [new(new RaftEntryHeader(RaftEntryType.Normal, 8, 1, 0), null, 0), new(new RaftEntryHeader(RaftEntryType.Normal, 8, 2, bytes), held, start)];
            Assert.Throws<InvariantViolationException>(() => world.Transport.SendAppend(message, entries));
        }

        lease.Release();
        Assert.Equal(RaftSendResult.Queued, world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two, 5)));
        Assert.Equal(5UL, (await inbox.NextAsync()).Message.Index);
    }

    [Fact]
    public async Task Over_real_sockets_messages_arrive_in_order()
    {
        var (network, buffers, events) = (new TcpNetwork(), new BufferPool(64 << 20), new RecordedRaftEvents());
        var services = new RaftTransportServices(network, buffers, TimeProvider.System, RaftWorld.Settings with { QueueBytesMax = 64 << 20, QueueMessagesMax = 100_000 }, events);
        var addresses = new RaftAddresses();
        using var inbox = new RecordingInbox { Keeps = false };
        var (heartbeats, replicates) = (network.Listen(new IPEndPoint(IPAddress.Loopback, 0)), network.Listen(new IPEndPoint(IPAddress.Loopback, 0)));
        addresses.Set(RaftWorld.Two, new RaftAddress(heartbeats.LocalEndPoint, replicates.LocalEndPoint));
        await using (var receiver = new RaftReceiver(heartbeats, replicates, inbox, services))
        {
            await using var transport = new RaftTransport(addresses, services);
            Assert.True(buffers.TryRent(131_072, out var lease));
            for (ulong i = 1; i <= 2000; i++)
            {
                var header = new RaftEntryHeader(RaftEntryType.Normal, 8, i + 1, i % 20 == 0 ? 131_072 : (int)i);
                Assert.Equal(
                    RaftSendResult.Queued,
                    transport.SendAppend(RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two, i), [new RaftPayload(header, lease, BufferLease.HeadroomBytes)]));
            }

            lease.Release();
            for (ulong i = 1; i <= 2000; i++) Assert.Equal(i, (await inbox.NextAsync()).Message.Index);
            Assert.Equal(
                RaftSnapshotOutcome.Accepted, await transport.SendSnapshotAsync(RaftWorld.Message(RaftMessageType.Snapshot, RaftWorld.Two), default, [RaftWorld.Two]).Soon());
        }

        Assert.Equal(0, buffers.Outstanding);
        Assert.Empty(events.Broken);
    }

    [Fact]
    public async Task After_the_stop_nothing_is_taken()
    {
        await using var world = new RaftWorld();
        world.Listen(RaftWorld.Two);
        world.SendAppend(RaftWorld.Two, 1, new byte[100_000]);
        await world.Transport.DisposeAsync().AsTask().Soon();
        Assert.Equal(RaftSendResult.Closed, world.SendAppend(RaftWorld.Two, 2, new byte[100_000]));
        Assert.Equal(
            RaftSnapshotOutcome.Closed, await world.Transport.SendSnapshotAsync(RaftWorld.Message(RaftMessageType.Snapshot, RaftWorld.Two), default, []).Soon());
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
