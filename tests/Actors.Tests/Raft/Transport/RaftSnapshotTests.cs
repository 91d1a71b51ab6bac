using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

public sealed class RaftSnapshotTests
{
    private static readonly LogPosition At = new(Term: 8, Index: 44);
    private static readonly NodeId[] Members = [RaftWorld.Self, RaftWorld.Two, RaftWorld.Three];
    private static readonly RaftMessage Message = RaftWorld.Message(RaftMessageType.Snapshot, RaftWorld.Two);
    private static readonly byte[] Terminator = new byte[4];

    [Fact]
    public async Task A_snapshot_is_installed_and_acknowledged_on_a_connection_of_its_own()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        Assert.Equal(RaftSnapshotOutcome.Accepted, await world.Transport.SendSnapshotAsync(Message, At, Members).Soon());
        var (message, at, members) = await inbox.NextSnapshotAsync();
        Assert.Equal((Message, At), (message, at));
        Assert.Equal(Members, members);
        Assert.Equal(RaftFrame.SnapshotBytes(3) + Terminator.Length, world.Network.Links[0].ToServer.SentBytes);
        Assert.Equal(1, world.Network.Links[0].ToClient.SentBytes);
        world.Transport.Send(RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two));
        await inbox.NextAsync();
        Assert.Equal(2, world.Network.LinksTo(RaftWorld.Replicates(RaftWorld.Two)).Count);
        Assert.Equal(0, world.Transport.SnapshotsUnderWay);
    }

    [Fact]
    public async Task A_snapshot_that_is_not_wanted_is_refused_by_a_closed_connection()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        inbox.Install = () => Task.FromResult(false);
        Assert.Equal(RaftSnapshotOutcome.Refused, await world.Transport.SendSnapshotAsync(Message, At, Members).Soon());
        Assert.Equal(0, world.Network.Links[0].ToClient.SentBytes);
    }

    [Fact]
    public async Task Another_byte_than_one_is_a_refusal()
    {
        await using var world = new RaftWorld();
        var listener = world.ListenRaw(RaftWorld.Two, RaftWorld.Replicates(RaftWorld.Two));
        var sending = world.Transport.SendSnapshotAsync(Message, At, Members);
        await (await world.AcceptAsync(listener)).SendAsync((byte[])[2]);
        Assert.Equal(RaftSnapshotOutcome.Refused, await sending.Soon());
    }

    [Fact]
    public async Task A_peer_that_is_not_there_is_unreachable()
    {
        await using var world = new RaftWorld();
        world.Know(RaftWorld.Two);
        Assert.Equal(RaftSnapshotOutcome.Unreachable, await world.Transport.SendSnapshotAsync(Message, At, Members).Soon());
    }

    [Fact]
    public async Task A_snapshot_that_is_not_answered_is_given_up_after_its_time()
    {
        await using var world = new RaftWorld();
        var listener = world.ListenRaw(RaftWorld.Two, RaftWorld.Replicates(RaftWorld.Two));
        var sending = world.Transport.SendSnapshotAsync(Message, At, Members);
        var peer = await world.AcceptAsync(listener);
        await ReadAsync(peer, RaftFrame.SnapshotBytes(3) + Terminator.Length);
        await Patience.UntilAsync(() => world.Transport.SnapshotsUnderWay == 1);
        world.Time.Advance(RaftWorld.Settings.SnapshotAnswer);
        Assert.False(sending.IsCompleted);
        world.Time.Advance(RaftTransportServices.SweepPeriod);
        Assert.Equal(RaftSnapshotOutcome.TimedOut, await sending.Soon());
    }

    [Fact]
    public async Task The_eleventh_at_once_is_not_even_tried()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        var install = new TaskCompletionSource<bool>();
        inbox.Install = () => install.Task;
        var sending = Enumerable.Range(0, 10).Select(_ => world.Transport.SendSnapshotAsync(Message, At, Members)).ToList();
        Assert.Equal(RaftSnapshotOutcome.Busy, await world.Transport.SendSnapshotAsync(Message, At, Members).Soon());
        for (var i = 0; i < 10; i++) await inbox.NextSnapshotAsync();
        install.SetResult(true);
        foreach (var outcome in await Task.WhenAll(sending).Soon()) Assert.Equal(RaftSnapshotOutcome.Accepted, outcome);
        Assert.Equal(RaftSnapshotOutcome.Accepted, await world.Transport.SendSnapshotAsync(Message, At, Members).Soon());
        Assert.Equal(11, world.Network.Links.Count);
    }

    [Fact]
    public async Task A_stop_ends_snapshots_on_both_sides()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        inbox.Install = () => new TaskCompletionSource<bool>().Task;
        var sending = world.Transport.SendSnapshotAsync(Message, At, Members);
        await inbox.NextSnapshotAsync();
        await world.Transport.DisposeAsync().AsTask().Soon();
        Assert.Equal(RaftSnapshotOutcome.Closed, await sending.Soon());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task A_few_chunks_are_read_up_to_the_terminator_and_then_acknowledged(int receiveBytesMax)
    {
        await using var world = new RaftWorld();
        world.Network.Dialled = link => link.ToServer.ReceiveBytesMax = receiveBytesMax;
        var inbox = world.Listen(RaftWorld.Two);
        var peer = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        await peer.SendAsync((byte[])[.. Front(), 0, 0, 0, 3, 7, 7, 7, .. Chunk(3000), .. Terminator]);
        await inbox.NextSnapshotAsync();
        var answer = new byte[1];
        Assert.Equal(1, await peer.ReceiveAsync(answer).AsTask().Soon());
        Assert.Equal(1, answer[0]);
    }

    [Fact]
    public async Task A_snapshot_with_content_is_refused_before_it_is_read()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        inbox.Install = () => throw new InvalidOperationException("must not be asked");
        foreach (var chunks in new byte[][] { [0xff, 0xff, 0xff, 0xff], [0, 0, 0x10, 1], [.. Chunk(4096), 0, 0, 0, 1] })
        {
            var peer = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
            await peer.SendAsync((byte[])[.. Front(), .. chunks]);
            Assert.Equal("malformed: a raft snapshot with more content than a data partition has", await world.Events.NextAsync());
            Assert.Equal(0, await peer.ReceiveAsync(new byte[1]).AsTask().Soon());
        }
    }

    [Fact]
    public async Task A_snapshot_without_its_end_is_given_up_after_a_minute()
    {
        await using var world = new RaftWorld();
        world.Listen(RaftWorld.Two, out var receiver);
        var peer = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        await peer.SendAsync((byte[])[.. Front(), 0]);
        await Patience.UntilAsync(() => receiver.Figures.Bytes == Front().Length + 1);
        world.Time.Advance(RaftWorld.Settings.SnapshotRead - TimeSpan.FromSeconds(1));
        Assert.Equal(0, world.Events.Waiting);
        await Patience.UntilAsync(() =>
        {
            world.Time.Advance(TimeSpan.FromSeconds(2)); // the deadline may have been set a moment after the bytes were counted
            return world.Events.Waiting > 0;
        });
        Assert.Equal("stalled: a raft frame or snapshot stopped in the middle", await world.Events.NextAsync());
    }

    [Fact]
    public async Task Messages_behind_a_snapshot_are_taken_once_it_is_installed()
    {
        await using var world = new RaftWorld();
        var inbox = world.Listen(RaftWorld.Two);
        var install = new TaskCompletionSource<bool>();
        inbox.Install = () => install.Task;
        var peer = await world.DialAsync(RaftWorld.Replicates(RaftWorld.Two));
        var vote = new byte[RaftFrame.MessageBytes];
        RaftFrame.Write(vote, RaftWorld.Message(RaftMessageType.Vote, RaftWorld.Two, 5));
        await peer.SendAsync((byte[])[.. vote, .. Front(), .. Terminator, .. vote]);
        await inbox.NextAsync();
        await inbox.NextSnapshotAsync();
        Assert.Equal(0, inbox.Waiting);
        install.SetResult(true);
        await inbox.NextAsync();
    }

    private static byte[] Front()
    {
        var bytes = new byte[RaftFrame.SnapshotBytes(Members.Length)];
        RaftFrame.WriteSnapshot(bytes, Message, At, Members);
        return bytes;
    }

    private static byte[] Chunk(int bytes) => [0, 0, (byte)(bytes >> 8), (byte)bytes, .. new byte[bytes]];

    private static async Task ReadAsync(IConnection connection, int bytes)
    {
        var buffer = new byte[bytes];
        for (var at = 0; at < bytes;) at += await connection.ReceiveAsync(buffer.AsMemory(at)).AsTask().Soon();
    }
}
