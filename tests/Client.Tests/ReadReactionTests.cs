using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

/// <summary>Column "SDK read, follower" of the table of reactions: the next host goes on at the first byte that is not verified.</summary>
public sealed class ReadReactionTests
{
    private static readonly byte[] Content = ClientWorld.Content(9 * 131072 + 33);

    public static TheoryData<byte> PassingCodes =>
        [0x3F, 0x88, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFC];

    [Theory]
    [MemberData(nameof(PassingCodes))]
    public async Task A_refusal_sends_the_reader_to_the_next_host(byte code)
    {
        await using var world = await StoredAsync();
        world.Nodes[1].Plan(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.Refuse, (ResultCode)code, Last: int.MaxValue));
        for (var i = 0; i < 3; i++) Assert.Equal(Content, await world.GetAsync("o"));
    }

    [Theory]
    [InlineData((int)FaultKind.Refuse)]
    [InlineData((int)FaultKind.CloseWithinReply)]
    [InlineData((int)FaultKind.WrongRequestId)]
    [InlineData((int)FaultKind.WrongOpcode)]
    [InlineData((int)FaultKind.WrongPartition)]
    [InlineData((int)FaultKind.WrongExtent)]
    [InlineData((int)FaultKind.WrongOffset)]
    [InlineData((int)FaultKind.WrongDataCrc)]
    [InlineData((int)FaultKind.WrongCrc)]
    [InlineData((int)FaultKind.NoResultCode)]
    [InlineData((int)FaultKind.TooMuchData)]
    [InlineData((int)FaultKind.Garbage)]
    [InlineData((int)FaultKind.SurplusByte)]
    public async Task A_stream_that_breaks_is_continued_by_the_next_host(int kind)
    {
        await using var world = await StoredAsync();
        foreach (var block in (int[])[0, 4, 9])
        {
            foreach (var node in world.Nodes) node.PlanNothing();
            foreach (var node in world.Nodes[1..]) node.Plan(new Fault(Opcode.StreamFollowerRead, 1, (FaultKind)kind, Block: block, Last: int.MaxValue));
            for (var i = 0; i < 3; i++) Assert.Equal(Content, await world.GetAsync("o"));
        }
    }

    [Fact]
    public async Task A_byte_that_changes_on_the_way_is_never_handed_out()
    {
        await using var world = await StoredAsync();
        world.Network.Dialled = link =>
        {
            if (link.Target.ToString() == ClientWorld.Addresses[2]) link.ToClient.CorruptAt(700_000, 0x10);
        };
        for (var i = 0; i < 3; i++) Assert.Equal(Content, await world.GetAsync("o"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4099)]
    public async Task Packets_may_arrive_in_pieces_of_any_size(int bytes)
    {
        await using var world = await StoredAsync();
        world.Network.Dialled = link => link.ToClient.ReceiveBytesMax = bytes;
        var piece = world.Master.Objects["o"].Extents[0];
        var copy = new MemoryStream();
        await world.Objects.ReadPieceAsync(piece, 131000, 2000, copy);
        Assert.Equal(Content[131000..133000], copy.ToArray());
    }

    [Fact]
    public async Task A_host_that_falls_silent_is_left_after_5_seconds()
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.Silence));
        var get = world.GetAsync("o");
        await Task.WhenAny(world.Nodes.Select(node => node.Silent.Task));
        foreach (var node in world.Nodes) node.PlanNothing();
        await world.Time.FireAsync(world.Settings.ReplyDeadline);
        Assert.Equal(Content, await get);
    }

    [Fact]
    public async Task Forbidden_ends_a_read_at_once()
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.Refuse, ResultCode.ReadRepairAgain));
        await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Equal(1, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task An_extent_that_no_replica_has_ends_a_read_after_one_round()
    {
        await using var world = await StoredAsync();
        var piece = world.Master.Objects["o"].Extents[0];
        world.Partitions.Single(partition => partition.Id.Value == piece.PartitionId).Delete(new ExtentId(piece.ExtentId));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Contains("extent has been deleted", failure.Message);
        Assert.Equal(3, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task Rounds_without_a_new_byte_are_limited()
    {
        await using var world = await StoredAsync(new ClientSettings { ReadRoundsMax = 5 });
        world.PlanEverywhere(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.Refuse, ResultCode.LimitedIo, Last: int.MaxValue));
        await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Equal(15, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task So_is_their_time()
    {
        await using var world = await StoredAsync(new ClientSettings { ReadTimeMax = TimeSpan.FromMilliseconds(250) });
        world.PlanEverywhere(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.Refuse, ResultCode.LimitedIo, Last: int.MaxValue));
        await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Equal(12, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task A_pinned_read_asks_one_replica_only()
    {
        await using var world = await StoredAsync(partitions: 1);
        for (var replica = 0; replica < 3; replica++)
        {
            var before = world.Nodes[replica].Received.Count;
            Assert.Equal(Content, await world.GetAsync("o", replica));
            Assert.Equal(before + 1, world.Nodes[replica].Received.Count);
        }

        var piece = world.Master.Objects["o"].Extents[0];
        world.Partitions[0].DeleteOn(ClientWorld.Addresses[1], new ExtentId(piece.ExtentId));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o", 1));
        Assert.Contains(ClientWorld.Addresses[1], failure.Message);
        Assert.Equal(Content, await world.GetAsync("o"));
        failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o", 3));
        Assert.Contains("none with index 3", failure.Message);
    }

    [Fact]
    public async Task A_long_piece_is_asked_for_in_several_requests_over_one_connection()
    {
        await using var world = await StoredAsync(new ClientSettings { ReadRequestBytes = 3 * 131072 }, partitions: 1);
        var before = world.Network.Links.Count;
        Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal(4, world.CountReceived(Opcode.StreamFollowerRead));
        Assert.Equal(before + 1, world.Network.Links.Count);
    }

    [Fact]
    public async Task An_idle_connection_that_was_closed_is_replaced_without_blame()
    {
        await using var world = await StoredAsync(partitions: 1);
        Assert.Equal(Content, await world.GetAsync("o", 2));
        world.Nodes[2].DropConnections();
        Assert.Equal(Content, await world.GetAsync("o", 2));
        Assert.Equal(2, world.Network.LinksTo(ClientWorld.Addresses[2]).Count);
    }

    [Fact]
    public async Task A_surplus_byte_is_not_taken_for_the_front_of_the_next_answer()
    {
        await using var world = await StoredAsync(partitions: 1);
        world.Nodes[0].Plan(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.SurplusByte, Block: 9));
        Assert.Equal(Content, await world.GetAsync("o", 0));
        Assert.Equal(Content, await world.GetAsync("o", 0));
    }

    [Fact]
    public async Task A_partition_that_moved_is_found_by_asking_the_master_again()
    {
        await using var world = await StoredAsync(partitions: 1);
        foreach (var address in ClientWorld.Addresses) world.Network.Refuse(address);
        var asked = world.Master.Views;
        world.Master.Interfere = call =>
        {
            // The second look is the one after the failed round; by then a host is back.
            if (call.Path == "/client/partitions") world.Network.Admit(ClientWorld.Addresses[2]);
            return null;
        };
        Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal(asked + 1, world.Master.Views);
    }

    [Fact]
    public async Task An_unknown_partition_is_an_error_of_the_volume()
    {
        await using var world = await StoredAsync();
        var failure = await Assert.ThrowsAsync<CubeClientException>(
            () => world.Objects.ReadPieceAsync(new ObjectExtent(0, 4711, 1025, 0, 10), 0, 10, Stream.Null).AsTask());
        Assert.Contains("data partition 4711 is not in the master's view", failure.Message);
    }

    private static async Task<ClientWorld> StoredAsync(ClientSettings? settings = null, int partitions = 3)
    {
        var world = new ClientWorld(settings, partitions);
        await world.PutAsync("o", Content);
        return world;
    }
}
