using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

/// <summary>Column "SDK append" of the table of reactions: R moves the packet and all behind it to a new extent elsewhere.</summary>
public sealed class AppendReactionTests
{
    private const int Bytes = 20 * 131072 + 777;

    public static TheoryData<byte> AllErrorCodes =>
        [0x3F, 0x88, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xD7, 0xEE, 0xEF, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFC, 0x01];

    [Theory]
    [MemberData(nameof(AllErrorCodes))]
    public async Task A_refused_packet_and_all_behind_it_move_to_a_new_extent(byte code) =>
        await AssertRecoversAsync(new Fault(Opcode.Write, 5, FaultKind.Refuse, (ResultCode)code));

    [Theory]
    [InlineData(1)]
    [InlineData(21)]
    public async Task The_first_and_the_last_packet_recover_too(int nth) => await AssertRecoversAsync(new Fault(Opcode.Write, nth, FaultKind.Refuse));

    [Theory]
    [InlineData((int)FaultKind.ApplyThenRefuse)]
    [InlineData((int)FaultKind.Close)]
    [InlineData((int)FaultKind.ApplyThenClose)]
    [InlineData((int)FaultKind.CloseWithinReply)]
    [InlineData((int)FaultKind.WrongRequestId)]
    [InlineData((int)FaultKind.WrongOpcode)]
    [InlineData((int)FaultKind.WrongPartition)]
    [InlineData((int)FaultKind.WrongExtent)]
    [InlineData((int)FaultKind.WrongOffset)]
    [InlineData((int)FaultKind.WrongCrc)]
    [InlineData((int)FaultKind.NoResultCode)]
    [InlineData((int)FaultKind.Garbage)]
    [InlineData((int)FaultKind.UnaskedData)]
    [InlineData((int)FaultKind.SwapWithNext)]
    [InlineData((int)FaultKind.SurplusByte)]
    public async Task A_reply_that_is_not_the_one_expected_counts_as_a_lost_connection(int kind) =>
        await AssertRecoversAsync(new Fault(Opcode.Write, 7, (FaultKind)kind));

    [Fact]
    public async Task A_reply_that_does_not_come_in_time_counts_as_a_lost_connection()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 3, FaultKind.Silence));
        var content = ClientWorld.Content(Bytes);
        var put = world.PutAsync("o", content);
        await Task.WhenAny(world.Nodes.Select(node => node.Silent.Task));
        foreach (var node in world.Nodes) node.PlanNothing();
        await world.Time.FireAsync(world.Settings.ReplyDeadline);
        await put;
        world.AssertStored("o", content);
    }

    [Fact]
    public async Task A_packet_that_moves_keeps_its_request_id_and_data_but_not_its_place()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 5, FaultKind.Refuse));
        await world.PutAsync("o", ClientWorld.Content(Bytes));
        var sent = world.Nodes.SelectMany(node => node.Received).Where(header => header.Opcode == Opcode.Write).ToList();
        var moved = sent.GroupBy(header => header.RequestId).Where(group => group.Count() > 1).ToList();
        Assert.NotEmpty(moved);
        Assert.All(moved, group =>
        {
            Assert.Single(group.Select(header => (header.Crc, header.Size, header.KernelOffset)).Distinct());
            Assert.Equal(group.Count(), group.Select(header => (header.Partition, header.Extent)).Distinct().Count());
        });
        Assert.Equal(21, sent.Select(header => header.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task What_an_extent_had_acknowledged_stays_where_it_is()
    {
        await using var world = new ClientWorld(new ClientSettings { Window = 1 });
        world.PlanEverywhere(new Fault(Opcode.Write, 5, FaultKind.Refuse));
        await world.PutAsync("o", ClientWorld.Content(Bytes));
        var pieces = world.Master.Objects["o"].Extents;
        Assert.Equal(4 * 131072, pieces[0].Size);
        Assert.NotEqual(pieces[0].PartitionId, pieces[1].PartitionId);
    }

    [Fact]
    public async Task An_extent_that_holds_nothing_acknowledged_becomes_garbage()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 1, FaultKind.ApplyThenRefuse));
        await world.PutAsync("o", ClientWorld.Content(Bytes));
        var garbage = Assert.Single(world.Master.Garbage.DistinctBy(piece => (piece.PartitionId, piece.ExtentId)).Take(1));
        Assert.DoesNotContain(world.Master.Objects["o"].Extents, piece => (piece.PartitionId, piece.ExtentId) == (garbage.PartitionId, garbage.ExtentId));
    }

    [Fact]
    public async Task A_refusal_leaves_the_partition_out_until_the_next_view()
    {
        await using var world = new ClientWorld();
        world.Nodes[0].Plan(new Fault(Opcode.Write, 1, FaultKind.Refuse, Last: int.MaxValue));
        for (var i = 0; i < 12; i++) await world.PutAsync($"o{i}", ClientWorld.Content(2_000_000));
        Assert.Equal(1, world.Nodes[0].Received.Count(header => header.Opcode == Opcode.CreateExtent));
        Assert.Equal(1, world.Master.Views);
        world.Time.Advance(world.Settings.ViewAge);
        for (var i = 0; i < 12; i++) await world.PutAsync($"p{i}", ClientWorld.Content(2_000_000));
        Assert.Equal(2, world.Nodes[0].Received.Count(header => header.Opcode == Opcode.CreateExtent));
        Assert.Equal(2, world.Master.Views);
    }

    [Theory]
    [InlineData(0xB1)]
    [InlineData(0xF9)]
    public async Task Overload_is_waited_for_and_blames_nobody(byte code)
    {
        await using var world = new ClientWorld(partitions: 1);
        world.Nodes[0].Plan(new Fault(Opcode.Write, 4, FaultKind.Refuse, (ResultCode)code));
        var began = world.Time.GetUtcNow();
        var content = ClientWorld.Content(Bytes);
        await world.PutAsync("o", content);
        world.AssertStored("o", content);
        Assert.Equal(world.Settings.RetryPause, world.Time.GetUtcNow() - began);
        Assert.Equal(1, world.Master.Views);
    }

    [Fact]
    public async Task A_host_that_refuses_connections_takes_no_part_in_the_recovery()
    {
        await using var world = new ClientWorld(partitions: 6);
        // One partition is left that does without the dead node.
        world.Partitions.Add(new ReplicaSet(new PartitionId(99), [ClientWorld.Addresses[1], ClientWorld.Addresses[2]]));
        world.Network.Dialled = link =>
        {
            if (link.Target.ToString() != ClientWorld.Addresses[0]) return;
            world.Network.Refuse(ClientWorld.Addresses[0]);
            link.ToServer.ResetAt(300_000);
        };
        var content = ClientWorld.Content(Bytes);
        for (var i = 0; i < 20; i++) await world.PutAsync($"o{i}", content);
        for (var i = 0; i < 20; i++) world.AssertStored($"o{i}", content);
        Assert.Single(world.Network.LinksTo(ClientWorld.Addresses[0]));
        Assert.Equal([99ul], world.Master.Objects["o19"].Extents.Select(piece => piece.PartitionId));
        Assert.Equal(1, world.Master.Views);
    }

    [Fact]
    public async Task A_packet_is_given_up_after_128_errors_and_the_put_leaves_only_garbage()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 1, FaultKind.Refuse, ResultCode.ArgMismatch, Last: int.MaxValue));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.PutAsync("o", ClientWorld.Content(Bytes)));
        Assert.Contains("failed 129 times", failure.Message);
        Assert.Equal(129, world.CountReceived(Opcode.CreateExtent));
        Assert.Empty(world.Master.Objects);
        Assert.Equal("abort", world.Master.Intents[1].Ended);
        Assert.Equal(129, world.Master.Garbage.Count);
    }

    [Fact]
    public async Task An_extent_is_rolled_at_its_limit()
    {
        await using var world = new ClientWorld(new ClientSettings { ExtentBytes = 2 * 1024 * 1024 });
        var content = ClientWorld.Content(5_000_000);
        await world.PutAsync("o", content);
        world.AssertStored("o", content);
        Assert.Equal([2097152, 2097152, 805696], world.Master.Objects["o"].Extents.Select(piece => piece.Size));
    }

    [Fact]
    public async Task Puts_that_share_too_little_memory_wait_for_each_other_without_standing_still()
    {
        await using var world = new ClientWorld(bufferBytes: 1024 * 1024);
        var contents = Enumerable.Range(0, 6).Select(seed => ClientWorld.Content(Bytes, seed)).ToArray();
        await Task.WhenAll(contents.Select((content, i) => world.PutAsync($"o{i}", content)));
        for (var i = 0; i < contents.Length; i++) world.AssertStored($"o{i}", contents[i]);
    }

    [Fact]
    public async Task Never_more_packets_are_on_the_way_than_the_window_allows()
    {
        await using var world = new ClientWorld(new ClientSettings { Window = 3 });
        var most = 0L;
        var content = ClientWorld.Content(Bytes);
        // A report comes in the middle of a step: the acknowledged packet is gone, the next one is rented already.
        await world.Objects.PutAsync("o", new MemoryStream(content), new Watcher(() => most = Math.Max(most, world.Buffers.Outstanding)));
        Assert.Equal(3, most);
    }

    private static async Task AssertRecoversAsync(Fault fault)
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(fault);
        var content = ClientWorld.Content(Bytes);
        var reported = new List<long>();
        await world.Objects.PutAsync("o", new MemoryStream(content), new Recorder(reported));
        world.AssertStored("o", content);
        Assert.Equal(content, await world.GetAsync("o"));
        Assert.Equal(21, reported.Count);
        Assert.Equal(reported.Order(), reported);
        Assert.Equal(Bytes, reported[^1]);
        Assert.True(world.CountReceived(Opcode.CreateExtent) > 1);
    }

    private sealed class Watcher(Action look) : IProgress<long>
    {
        public void Report(long value) => look();
    }

    private sealed class Recorder(List<long> into) : IProgress<long>
    {
        public void Report(long value) => into.Add(value);
    }
}
