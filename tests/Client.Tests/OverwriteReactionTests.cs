using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

/// <summary>Column "SDK overwrite" of the table of reactions: hosts in turn until one leads, and the same packet each time.</summary>
public sealed class OverwriteReactionTests
{
    private static readonly byte[] Content = ClientWorld.Content(9 * 131072);
    private static readonly byte[] News = ClientWorld.Content(5000, seed: 8);
    private static readonly ClientSettings Steady = new() { RoundPauseMax = TimeSpan.FromMilliseconds(100) };

    public static TheoryData<byte> FinalCodes =>
        [0x3F, 0x88, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xD7, 0xEE, 0xEF, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xFA];

    public static TheoryData<int> BrokenReplies =>
    [
        (int)FaultKind.Close, (int)FaultKind.ApplyThenClose, (int)FaultKind.CloseWithinReply, (int)FaultKind.WrongRequestId, (int)FaultKind.WrongOpcode,
        (int)FaultKind.WrongPartition, (int)FaultKind.WrongExtent, (int)FaultKind.WrongOffset, (int)FaultKind.WrongCrc, (int)FaultKind.NoResultCode,
        (int)FaultKind.Garbage, (int)FaultKind.UnaskedData, (int)FaultKind.ExtentZero,
    ];

    [Fact]
    public async Task The_leader_that_the_master_names_is_asked_first()
    {
        await using var world = await StoredAsync();
        await OverwriteAsync(world, 4096);
        Assert.Equal(1, world.CountReceived(Opcode.RandomWrite));
        AssertWritten(world, 4096);
    }

    [Fact]
    public async Task Without_a_hint_the_hosts_are_asked_in_turn_and_the_one_that_leads_is_remembered()
    {
        await using var world = await StoredAsync(told: false);
        await OverwriteAsync(world, 0);
        Assert.Equal([1, 1, 1], world.Partitions[0].Hosts.Select(host => world.ReceivedBy(host, Opcode.RandomWrite).Count));
        Assert.Single(AllWrites(world).Select(header => header.RequestId).Distinct());
        await OverwriteAsync(world, 8192);
        Assert.Equal([1, 1, 2], world.Partitions[0].Hosts.Select(host => world.ReceivedBy(host, Opcode.RandomWrite).Count));
        AssertWritten(world, 8192);
    }

    [Fact]
    public async Task What_a_host_answered_counts_more_than_what_the_master_says_later()
    {
        await using var world = await StoredAsync(told: false);
        var hosts = world.Partitions[0].Hosts;
        world.Partitions[0].RaftLeader = hosts[1];
        await OverwriteAsync(world, 0);
        world.Partitions[0].ToldLeader = hosts[0];
        world.Time.Advance(world.Settings.ViewAge);
        await world.PutAsync("another", Content); // renews the view
        await OverwriteAsync(world, 0);
        Assert.Equal([1, 2, 0], hosts.Select(host => world.ReceivedBy(host, Opcode.RandomWrite).Count));
    }

    [Fact]
    public async Task A_leader_that_was_deposed_is_left_for_the_next_host()
    {
        await using var world = await StoredAsync(told: false);
        await OverwriteAsync(world, 0);
        world.Partitions[0].RaftLeader = world.Partitions[0].Hosts[0];
        await OverwriteAsync(world, 4096);
        Assert.Equal(3 + 2, world.CountReceived(Opcode.RandomWrite));
        AssertWritten(world, 4096);
        await OverwriteAsync(world, 4096);
        Assert.Equal(3 + 2 + 1, world.CountReceived(Opcode.RandomWrite));
    }

    [Theory]
    [MemberData(nameof(FinalCodes))]
    public async Task Any_other_error_goes_to_the_caller_at_once(byte code)
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        world.PlanEverywhere(new Fault(Opcode.RandomWrite, 1, FaultKind.Refuse, (ResultCode)code, "because of a test"));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => OverwriteAsync(world, 0));
        Assert.Contains($"{leader}: 0x{code:x2} Action_because of a test", failure.Message);
        Assert.Equal(1, world.CountReceived(Opcode.RandomWrite));
    }

    [Theory]
    [InlineData(0xF9)]
    [InlineData(0xB1)]
    public async Task What_passes_by_itself_is_asked_of_the_same_host_again_after_a_pause(byte code)
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        world.PlanEverywhere(new Fault(Opcode.RandomWrite, 1, FaultKind.Refuse, (ResultCode)code, Last: 3));
        var began = world.Time.GetUtcNow();
        await OverwriteAsync(world, 12288);
        Assert.Equal(3 * world.Settings.RetryPause, world.Time.GetUtcNow() - began);
        Assert.Equal(4, world.ReceivedBy(leader, Opcode.RandomWrite).Count);
        Assert.Equal(4, world.CountReceived(Opcode.RandomWrite));
        Assert.Single(AllWrites(world).Distinct());
        AssertWritten(world, 12288);
    }

    [Fact]
    public async Task Try_again_is_obeyed_a_limited_number_of_times()
    {
        await using var world = await StoredAsync(Steady with { SameHostRetriesMax = 3 });
        world.PlanEverywhere(new Fault(Opcode.RandomWrite, 1, FaultKind.Refuse, ResultCode.Again, Last: int.MaxValue));
        await Assert.ThrowsAsync<CubeClientException>(() => OverwriteAsync(world, 0));
        Assert.Equal(4, world.CountReceived(Opcode.RandomWrite));
    }

    [Fact]
    public async Task Overload_is_waited_for_as_long_as_an_overwrite_may_take()
    {
        await using var world = await StoredAsync(Steady with { SameHostRetriesMax = 0, OverwriteTimeMax = TimeSpan.FromMilliseconds(250) });
        world.PlanEverywhere(new Fault(Opcode.RandomWrite, 1, FaultKind.Refuse, ResultCode.LimitedIo, Last: int.MaxValue));
        await Assert.ThrowsAsync<CubeClientException>(() => OverwriteAsync(world, 0));
        Assert.Equal(4, world.CountReceived(Opcode.RandomWrite)); // at 0, 100, 200 and 300 ms
    }

    [Theory]
    [InlineData(5, 600_000, 5)]
    [InlineData(200, 250, 4)]
    public async Task Rounds_without_a_leader_are_limited_in_number_and_time(int rounds, int milliseconds, int expected)
    {
        await using var world = await StoredAsync(Steady with { OverwriteRoundsMax = rounds, OverwriteTimeMax = TimeSpan.FromMilliseconds(milliseconds) });
        world.Partitions[0].RaftLeader = null;
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => OverwriteAsync(world, 0));
        Assert.Contains("raft is not the leader.", failure.Message);
        Assert.Equal(3 * expected, world.CountReceived(Opcode.RandomWrite));
        Assert.Single(AllWrites(world).Select(header => header.RequestId).Distinct());
    }

    [Fact]
    public async Task An_election_is_waited_for()
    {
        await using var world = await StoredAsync();
        world.Partitions[0].RaftLeader = null;
        var asked = world.Master.Views;
        world.Master.Interfere = call =>
        {
            if (call.Path == "/client/partitions") world.Partitions[0].RaftLeader = world.Partitions[0].Hosts[1]; // the question after a round
            return null;
        };
        await OverwriteAsync(world, 0);
        Assert.Equal(asked + 1, world.Master.Views);
        AssertWritten(world, 0);
    }

    [Theory]
    [MemberData(nameof(BrokenReplies))]
    public async Task A_broken_reply_ends_the_connection_and_the_packet_is_sent_again_unchanged(int kind)
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        world.Nodes.Single(node => node.Address == leader).Plan(new Fault(Opcode.RandomWrite, 1, (FaultKind)kind));
        await OverwriteAsync(world, 4096);
        AssertWritten(world, 4096);
        Assert.Equal(2, world.ReceivedBy(leader, Opcode.RandomWrite).Count);
        Assert.Equal(4, world.CountReceived(Opcode.RandomWrite)); // the other two were asked before it again
        Assert.Single(AllWrites(world).Distinct());
        Assert.Equal(2, world.Network.LinksTo(leader).Count);
    }

    [Fact]
    public async Task A_leader_that_falls_silent_is_left_after_5_seconds()
    {
        await using var world = await StoredAsync();
        var leader = world.Nodes.Single(node => node.Address == LeaderOf(world));
        leader.Plan(new Fault(Opcode.RandomWrite, 1, FaultKind.Silence));
        var writing = OverwriteAsync(world, 0);
        await leader.Silent.Task;
        world.Partitions[0].RaftLeader = world.Partitions[0].Hosts[0];
        await world.Time.FireAsync(world.Settings.ReplyDeadline);
        await writing;
        AssertWritten(world, 0);
    }

    [Fact]
    public async Task A_cancelled_overwrite_ends_at_once_and_its_connection_with_it()
    {
        await using var world = await StoredAsync();
        var leader = world.Nodes.Single(node => node.Address == LeaderOf(world));
        leader.Plan(new Fault(Opcode.RandomWrite, 1, FaultKind.Silence));
        using var stopping = new CancellationTokenSource();
        var writing = world.Extents.OverwriteAsync(Piece(world), 0, News, cancel: stopping.Token).AsTask();
        await leader.Silent.Task;
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        await OverwriteAsync(world, 0);
        Assert.Equal(2, world.Network.LinksTo(leader.Address).Count);
    }

    [Fact]
    public async Task An_idle_connection_that_was_closed_is_replaced_without_blame()
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        await OverwriteAsync(world, 0);
        world.Nodes.Single(node => node.Address == leader).DropConnections();
        await OverwriteAsync(world, 4096);
        Assert.Equal(2, world.CountReceived(Opcode.RandomWrite));
        AssertWritten(world, 4096);
    }

    [Fact]
    public async Task A_surplus_byte_is_not_taken_for_the_front_of_the_next_answer()
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        world.Nodes.Single(node => node.Address == leader).Plan(new Fault(Opcode.RandomWrite, 1, FaultKind.SurplusByte));
        await OverwriteAsync(world, 0);
        await OverwriteAsync(world, 4096);
        Assert.Equal(2, world.CountReceived(Opcode.RandomWrite));
    }

    [Fact]
    public async Task Packets_of_one_connection_follow_each_other_and_none_is_longer_than_a_block()
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        var news = ClientWorld.Content((2 * 131072) + 77, seed: 9);
        await world.Extents.OverwriteAsync(Piece(world), 1000, news);
        Assert.Equal([(131072u, 1000L), (131072u, 132072L), (77u, 263144L)], world.ReceivedBy(leader, Opcode.RandomWrite).Select(header => (header.Size, header.ExtentOffset)));
        Assert.Single(world.Network.LinksTo(leader));
        world.AssertStored("o", [.. Content[..1000], .. news, .. Content[(1000 + news.Length)..]]);
    }

    [Fact]
    public async Task A_range_of_an_object_is_cut_where_its_pieces_end()
    {
        await using var world = new ClientWorld(Steady with { Window = 1, ExtentBytes = 1179648 });
        var content = ClientWorld.Content(3_000_000);
        await world.PutAsync("o", content);
        var pieces = world.Master.Objects["o"].Extents;
        Assert.Equal(3, pieces.Count);
        var news = ClientWorld.Content(300_000, seed: 9);
        await world.Extents.OverwriteAsync(pieces, 1179648 - 5000, news);
        var done = AllWrites(world).GroupBy(header => header.RequestId).Select(tries => tries.First()).OrderBy(header => header.KernelOffset).ToList();
        Assert.Equal([(5000u, 1174648L), (131072u, 0), (131072u, 131072), (32856u, 262144)], done.Select(header => (header.Size, header.ExtentOffset)));
        Assert.Equal([1174648ul, 1179648, 1310720, 1441792], done.Select(header => header.KernelOffset));
        news.CopyTo(content, 1179648 - 5000);
        world.AssertStored("o", content);
    }

    [Fact]
    public async Task A_sync_overwrite_is_asked_with_b4_and_answered_with_b5()
    {
        await using var world = await StoredAsync();
        await world.Extents.OverwriteAsync(Piece(world), 0, News, sync: true);
        Assert.Equal((1, 0), (world.CountReceived(Opcode.SyncRandomWriteVersion), world.CountReceived(Opcode.RandomWrite)));
        AssertWritten(world, 0);
    }

    [Fact]
    public async Task An_answer_to_b4_that_keeps_the_opcode_is_a_violation()
    {
        await using var world = await StoredAsync();
        var leader = LeaderOf(world);
        world.Nodes.Single(node => node.Address == leader).Plan(new Fault(Opcode.SyncRandomWriteVersion, 1, FaultKind.WrongOpcode));
        await world.Extents.OverwriteAsync(Piece(world), 0, News, sync: true);
        Assert.Equal(2, world.ReceivedBy(leader, Opcode.SyncRandomWriteVersion).Count);
    }

    [Fact]
    public async Task A_tiny_extent_is_overwritten_in_its_slot()
    {
        await using var world = await StoredAsync();
        var content = ClientWorld.Content(9000);
        await world.PutAsync("first", content);
        await world.PutAsync("tiny", content);
        var piece = world.Master.Objects["tiny"].Extents.Single();
        Assert.True(new ExtentId(piece.ExtentId).IsTiny && piece.ExtentOffset > 0);
        await world.Extents.OverwriteAsync(piece, 100, News);
        world.AssertStored("first", content);
        world.AssertStored("tiny", [.. content[..100], .. News, .. content[5100..]]);
    }

    [Fact]
    public async Task Only_bytes_that_exist_can_be_overwritten()
    {
        await using var world = await StoredAsync();
        var piece = Piece(world);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => world.Extents.OverwriteAsync(piece, piece.Size - 4999, News).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => world.Extents.OverwriteAsync(piece, -1, News).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => world.Extents.OverwriteAsync(piece with { PartitionId = 0 }, 0, News).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => world.Extents.OverwriteAsync([piece], piece.Size - 4999, News));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => world.Extents.OverwriteAsync([piece with { FileOffset = 1 }], 0, News));
        await world.Extents.OverwriteAsync(piece, piece.Size, ReadOnlyMemory<byte>.Empty);
        Assert.Equal(0, world.CountReceived(Opcode.RandomWrite));
    }

    [Fact]
    public async Task An_unknown_partition_is_an_error_of_the_volume()
    {
        await using var world = await StoredAsync();
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.Extents.OverwriteAsync(new ObjectExtent(0, 4711, 1025, 0, 5000), 0, News).AsTask());
        Assert.Contains("data partition 4711 is not in the master's view", failure.Message);
    }

    /// <param name="told">Whether the master names the leader.</param>
    private static async Task<ClientWorld> StoredAsync(ClientSettings? settings = null, bool told = true)
    {
        var world = new ClientWorld(settings ?? Steady, partitions: 1);
        if (told) world.Partitions[0].ToldLeader = LeaderOf(world);
        await world.PutAsync("o", Content);
        return world;
    }

    private static string LeaderOf(ClientWorld world) => world.Partitions[0].RaftLeader!;

    private static ObjectExtent Piece(ClientWorld world) => world.Master.Objects["o"].Extents.Single();

    private static Task OverwriteAsync(ClientWorld world, long skip) => world.Extents.OverwriteAsync(Piece(world), skip, News).AsTask();

    private static IEnumerable<PacketHeader> AllWrites(ClientWorld world) =>
        world.Nodes.SelectMany(node => node.Received).Where(header => header.Opcode == Opcode.RandomWrite);

    private static void AssertWritten(ClientWorld world, int skip)
    {
        var piece = Piece(world);
        foreach (var host in world.Partitions[0].Hosts)
        {
            Assert.True(world.Partitions[0].TryRead(host, new ExtentId(piece.ExtentId), piece.ExtentOffset + skip, News.Length, out var data));
            Assert.Equal(News, data);
        }
    }
}
