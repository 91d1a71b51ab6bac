using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

public sealed class RaftFaultTests
{
    /// <summary>
    /// Connections die at random bytes, over and over, while several groups send without a pause. Order is not asked for: what was still
    /// unread of a lost connection may come after the first messages of the next, here as with any TCP.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_the_connections_do_a_message_arrives_whole_and_once_or_not_at_all(int seed)
    {
        const int groups = 7, rounds = 400;
        var random = new Random(seed);
        await using var world = new RaftWorld();
        var planned = new Random(seed + 1000);
        world.Network.Dialled = link =>
        {
            link.ToServer.ResetAt(planned.Next(300_000));
            if (planned.Next(3) == 0) link.ToServer.ReceiveBytesMax = planned.Next(1, 5000);
        };
        var inbox = world.Listen(RaftWorld.Two);
        var sent = new Dictionary<(ulong Group, ulong Index), byte[]>();
        var dropped = 0;
        for (ulong i = 1; i <= rounds; i++)
        {
            var group = (ulong)random.Next(groups);
            var data = new byte[random.Next(4) == 0 ? random.Next(130_000) : random.Next(4000)];
            random.NextBytes(data);
            var message = RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two, i) with { Group = new PartitionId(group) };
            sent[(group, i)] = data;
            if (i % 8 == 0) await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0); // else all would be queued before the first dial
            if (world.SendAppend(message, data) != RaftSendResult.Unreachable) continue;
            dropped++;
            world.Time.Advance(RaftWorld.Settings.RedialMin);
        }

        // Every group's last message arrives, once connections stop to fail.
        world.Network.Dialled = null;
        var last = new HashSet<ulong>();
        var arrived = new HashSet<(ulong Group, ulong Index)>();
        for (ulong i = rounds + 1; last.Count < groups; i++)
        {
            for (ulong group = 0; group < groups; group++)
            {
                var message = RaftWorld.Message(RaftMessageType.Append, RaftWorld.Two, i) with { Group = new PartitionId(group) };
                sent[(group, i)] = [(byte)group];
                if (!last.Contains(group)) world.SendAppend(message, [(byte)group]);
            }

            world.Time.Advance(RaftWorld.Settings.RedialMax);
            await Patience.UntilAsync(() => world.Transport.Figures.QueuedBytes == 0);
            while (inbox.Waiting > 0)
            {
                var next = await inbox.NextAsync();
                var group = next.Message.Group.Value;
                Assert.True(arrived.Add((group, next.Message.Index)), $"seed {seed}: group {group} got {next.Message.Index} twice");
                Assert.Equal(sent[(group, next.Message.Index)], Assert.Single(next.Data));
                if (next.Message.Index > rounds) last.Add(group);
            }
        }

        Assert.True(
            arrived.Count > 20 && world.Network.Links.Count > 6, $"seed {seed}: {arrived.Count} arrived, {dropped} were refused, {world.Network.Links.Count} connections");
    }
}
