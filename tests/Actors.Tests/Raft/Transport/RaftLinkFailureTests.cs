using CubeActors.Protocol;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Peers that are slow, gone, or come and go, seen from the sender.</summary>
public sealed class RaftLinkFailureTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_full_queue_drops_and_says_so()
    {
        await using var world = new RaftWorld(RaftWorld.Settings with { QueueMessagesMax = 10 });
        world.Network.Dialled = link => link.ToServer.Hold();
        var inbox = world.Listen(RaftWorld.Two);
        FillTheSocket(world, RaftWorld.Two);
        await Patience.UntilAsync(() => world.Network.Links.Any(link => link.ToServer.SentBytes == SimulatedDirection.BufferBytes));
        var queued = 0;
        while (Vote(world, RaftWorld.Two, 100 + (ulong)queued) == RaftSendResult.Queued) queued++;
        Assert.Equal(RaftSendResult.QueueFull, Vote(world, RaftWorld.Two, 1));
        Assert.Equal(9, queued); // the append in front of them is not out yet
        Assert.Equal(2, world.Transport.Figures.DroppedQueueFull);
        world.Network.Links[0].ToServer.Deliver();
        Assert.Equal(9, (await inbox.NextAsync()).Entries.Count);
        for (var i = 0; i < queued; i++) Assert.Equal(100 + (ulong)i, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(0, world.Transport.Figures.QueuedBytes);
        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 2));
        Assert.Equal(2UL, (await inbox.NextAsync()).Message.Index);
    }

    [Fact]
    public async Task Bytes_fill_a_queue_too_but_an_empty_one_takes_any_message()
    {
        await using var world = new RaftWorld(RaftWorld.Settings with { QueueBytesMax = 64 << 10 });
        world.Network.Dialled = link => link.ToServer.Hold();
        world.Listen(RaftWorld.Two);
        FillTheSocket(world, RaftWorld.Two);
        Assert.Equal(RaftSendResult.QueueFull, world.SendAppend(RaftWorld.Two, 9, new byte[1]));
        Assert.Equal(1, world.Transport.Figures.DroppedQueueFull);
    }

    [Fact]
    public async Task A_peer_that_never_reads_delays_no_other_and_is_given_up_after_the_stall()
    {
        await using var world = new RaftWorld();
        var slow = world.ListenRaw(RaftWorld.Two, RaftWorld.Replicates(RaftWorld.Two));
        var fast = world.Listen(RaftWorld.Three);
        FillTheSocket(world, RaftWorld.Two);
        await world.AcceptAsync(slow);
        Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
        await Patience.UntilAsync(() => world.Network.LinksTo(RaftWorld.Replicates(RaftWorld.Two))[0].ToServer.SentBytes == SimulatedDirection.BufferBytes);
        for (ulong i = 0; i < 100; i++)
        {
            Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, i));
            Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Three, i));
            Assert.Equal(i, (await fast.NextAsync()).Message.Index);
        }

        Assert.Equal("reached 3 replicate 1", await world.Events.NextAsync());
        world.Time.Advance(RaftWorld.Settings.WriteStall);
        Assert.Equal(0, world.Events.Waiting); // not longer than allowed
        world.Time.Advance(RaftTransportServices.SweepPeriod);
        Assert.Equal("lost 2 replicate 1: took nothing for 2 s", await world.Events.NextAsync());
        await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0);
        Assert.Equal(101, world.Transport.Figures.DroppedLost);
        Assert.Equal(RaftSendResult.Unreachable, Vote(world, RaftWorld.Two, 1));
        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Three, 1));
    }

    [Fact]
    public async Task A_peer_that_accepts_and_closes_is_dialled_again_after_a_pause_only()
    {
        await using var world = new RaftWorld();
        var listener = world.ListenRaw(RaftWorld.Two, RaftWorld.Replicates(RaftWorld.Two));
        var pause = RaftWorld.Settings.RedialMin;
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 1));
            (await world.AcceptAsync(listener)).Dispose();
            Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
            Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
            Assert.Equal(RaftSendResult.Unreachable, Vote(world, RaftWorld.Two, 1));
            world.Time.Advance(pause - Tick);
            Assert.Equal(RaftSendResult.Unreachable, Vote(world, RaftWorld.Two, 1));
            world.Time.Advance(Tick);
            pause += pause;
        }

        Assert.Equal(3, world.Network.Links.Count);
        Assert.Equal(6, world.Transport.Figures.DroppedUnreachable);
    }

    [Fact]
    public async Task The_pause_doubles_up_to_its_bound_and_is_short_again_after_a_connection_that_stood()
    {
        await using var world = new RaftWorld();
        world.Know(RaftWorld.Two);
        var failed = 0;
        foreach (var pause in new[] { 50, 100, 200, 400, 500, 500 })
        {
            Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 1));
            failed++;
            await Patience.UntilAsync(() => world.Transport.Figures is var figures && figures.DialsFailed == failed && figures.QueuedBytes == 0);
            Assert.Equal(failed, world.Transport.Figures.DroppedLost);
            world.Time.Advance(TimeSpan.FromMilliseconds(pause) - Tick);
            Assert.Equal(RaftSendResult.Unreachable, Vote(world, RaftWorld.Two, 1));
            world.Time.Advance(Tick);
        }

        Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
        Assert.Equal(0, world.Events.Waiting); // told once
        var inbox = world.Listen(RaftWorld.Two);
        Vote(world, RaftWorld.Two, 7);
        Assert.Equal(7UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
        world.Time.Advance(RaftWorld.Settings.RedialMax + Tick);
        world.Network.Links[0].Drop();
        Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
        Assert.Equal(RaftSendResult.Unreachable, Vote(world, RaftWorld.Two, 8));
        world.Time.Advance(RaftWorld.Settings.RedialMin);
        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 9));
        Assert.Equal(9UL, (await inbox.NextAsync()).Message.Index);
    }

    [Fact]
    public async Task A_loss_is_told_once_the_peer_has_been_away_for_a_while()
    {
        await using var world = new RaftWorld(RaftWorld.Settings with { LossToldAfter = TimeSpan.FromSeconds(5) });
        world.Know(RaftWorld.Two);
        for (var failed = 1; failed <= 10; failed++) // ten dials in five seconds
        {
            Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 1));
            await Patience.UntilAsync(() => world.Transport.Figures is var figures && figures.DialsFailed == failed && figures.QueuedBytes == 0);
            Assert.Equal(0, world.Events.Waiting);
            world.Time.Advance(RaftWorld.Settings.RedialMax);
        }

        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 1));
        Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
    }

    [Fact]
    public async Task A_peer_that_is_back_is_found_though_nobody_has_anything_to_say_to_it()
    {
        await using var world = new RaftWorld();
        var listener = world.ListenRaw(RaftWorld.Two, RaftWorld.Replicates(RaftWorld.Two));
        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 1));
        using (await world.AcceptAsync(listener)) Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
        listener.Dispose();
        Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
        Assert.Equal(new PeerLinks(0, TimeSpan.Zero), world.Transport.LinksOf(RaftWorld.Two));

        var away = TimeSpan.Zero;
        var look = 2 * RaftWorld.Settings.RedialMax;
        for (var looks = 0; looks < 60;) // the longer it has been away, the more seldom, down to once a minute
        {
            world.Time.Advance(RaftTransportServices.SweepPeriod);
            away += RaftTransportServices.SweepPeriod;
            if (away >= look)
            {
                looks++;
                look = away + new[] { 2 * RaftWorld.Settings.RedialMax, new[] { away / 8, TimeSpan.FromMinutes(1) }.Min() }.Max();
            }

            await Patience.UntilAsync(() => world.Transport.Figures is var figures && figures.DialsFailed == looks && world.Transport.LinksOf(RaftWorld.Two).FailingFor == away);
        }

        Assert.InRange(away, TimeSpan.FromMinutes(10), TimeSpan.FromHours(1));
        var inbox = world.Listen(RaftWorld.Two);
        while (away < look)
        {
            world.Time.Advance(RaftTransportServices.SweepPeriod);
            away += RaftTransportServices.SweepPeriod;
        }

        Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
        Assert.Equal(new PeerLinks(1, null), world.Transport.LinksOf(RaftWorld.Two));
        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 2));
        Assert.Equal(2UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(0, world.Transport.Figures.DroppedLost + world.Transport.Figures.DroppedUnreachable);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_the_dial_drops_what_gathered_meanwhile()
    {
        await using var world = new RaftWorld();
        world.Know(RaftWorld.Two);
        world.Network.Silence(RaftWorld.Replicates(RaftWorld.Two));
        for (ulong i = 0; i < 10; i++) Assert.Equal(RaftSendResult.Queued, world.SendAppend(RaftWorld.Two, i, new byte[50_000]));
        await world.Time.FireAsync(RaftWorld.Settings.Dial);
        Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
        await Patience.UntilAsync(() => world.Transport.Figures is { DroppedLost: 10, QueuedBytes: 0 });
        Assert.Equal(RaftSendResult.Unreachable, Vote(world, RaftWorld.Two, 1));
    }

    [Fact]
    public async Task A_stop_during_a_dial_ends_it()
    {
        await using var world = new RaftWorld();
        world.Know(RaftWorld.Two);
        world.Network.Silence(RaftWorld.Replicates(RaftWorld.Two));
        Assert.Equal(RaftSendResult.Queued, world.SendAppend(RaftWorld.Two, 1, new byte[50_000]));
        await world.Transport.DisposeAsync().AsTask().Soon();
        Assert.Equal(0, world.Events.Waiting);
    }

    [Theory]
    [InlineData(5)]          // copied behind its header
    [InlineData(20_000)]     // sent from where it lies
    public async Task A_connection_that_dies_at_any_byte_of_a_frame_delivers_no_part_of_it_then_or_later(int dataBytes)
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two, out var receiver);
        var front = RaftFrame.MessageBytes + RaftEntryHeader.SizedBytes;
        var cut = 0;
        world.Network.Dialled = link => link.ToServer.ResetAt(cut);
        ulong index = 0;
        // Every byte of the front, and the data at their first, middle and last byte.
        foreach (var at in Enumerable.Range(0, front + 1).Concat([front + (dataBytes / 2), front + dataBytes - 1]))
        {
            cut = at;
            var lost = world.Transport.Figures.DroppedLost;
            Assert.Equal(RaftSendResult.Queued, world.SendAppend(RaftWorld.Two, ++index, new byte[dataBytes]));
            Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
            Assert.StartsWith("lost 2 replicate 1: ", await world.Events.NextAsync());
            await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0 && receiver.Connections == 0);
            Assert.InRange(world.Transport.Figures.DroppedLost - lost, 0, 1); // a frame that the socket took is lost without our knowing
            world.Time.Advance(RaftWorld.Settings.RedialMax);
        }

        Assert.Equal(0, inbox.Waiting);
        world.Network.Dialled = null;
        world.SendAppend(RaftWorld.Two, ++index, new byte[dataBytes]);
        Assert.Equal(index, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(0, receiver.Figures.Malformed);
    }

    [Fact]
    public async Task A_peer_that_sends_on_our_connection_loses_it()
    {
        await using var world = new RaftWorld();
        var listener = world.ListenRaw(RaftWorld.Two, RaftWorld.Replicates(RaftWorld.Two));
        Vote(world, RaftWorld.Two, 1);
        await (await world.AcceptAsync(listener)).SendAsync(new byte[1]);
        Assert.Equal("reached 2 replicate 1", await world.Events.NextAsync());
        Assert.Equal("lost 2 replicate 1: the peer sent bytes on a connection that has one direction", await world.Events.NextAsync());
    }

    [Fact]
    public async Task With_the_buffers_spent_votes_still_leave_and_long_messages_are_refused_whole()
    {
        await using var world = new RaftWorld(budgetBytes: 1 << 20);
        world.Network.Dialled = link => link.ToServer.Hold();
        var inbox = world.Listen(RaftWorld.Two);
        Vote(world, RaftWorld.Two, 1);
        await world.Events.NextAsync();
        await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0);
        var payload = world.Lease(new byte[20_000]);
        var spent = new List<Runtime.BufferLease>();
        while (world.Buffers.TryRent(Runtime.BufferPool.ShortBytesMax, out var lease)) spent.Add(lease);
        while (world.Buffers.TryRent(0, out var lease)) spent.Add(lease);

        RaftPayload Entry(ulong index, int bytes) => new(new RaftEntryHeader(RaftEntryType.Normal, 8, index, bytes), payload, Runtime.BufferLease.HeadroomBytes);
        var message = RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two);
        Assert.Equal(RaftSendResult.Queued, Vote(world, RaftWorld.Two, 2));
        // Direct, copied, and one that does not fit behind them any more.
        Assert.Equal(RaftSendResult.QueueFull, world.Transport.SendAppend(message, [Entry(1, 20_000), Entry(2, 16_000), Entry(3, 16_000), Entry(4, 1)]));
        Assert.Equal(1, world.Transport.Figures.DroppedNoBuffer);
        foreach (var lease in spent) lease.Release();
        Assert.Equal(RaftSendResult.Queued, world.Transport.SendAppend(message with { Index = 3 }, [Entry(4, 20_000)]));
        payload.Release();
        world.Network.Links[0].ToServer.Deliver();
        Assert.Equal(1UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal(2UL, (await inbox.NextAsync()).Message.Index);
        Assert.Equal([4UL], (await inbox.NextAsync()).Entries.Select(entry => entry.Index));
        Assert.Equal(0, inbox.Waiting);
    }

    private static RaftSendResult Vote(RaftWorld world, NodeId to, ulong index) => world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, to, index));

    /// <summary>More than a simulated socket takes, so that the link's loop stands in its send.</summary>
    private static void FillTheSocket(RaftWorld world, NodeId to) =>
        Assert.Equal(RaftSendResult.Queued, world.SendAppend(to, 0, [.. Enumerable.Repeat(new byte[131_072], 9)]));
}
