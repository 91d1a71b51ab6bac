using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

/// <summary>Column "SDK read, leader" of the table of reactions, and what stands in for a leader that cannot be found.</summary>
public sealed class LeaderReadTests
{
    private static readonly byte[] Content = ClientWorld.Content((9 * 131072) + 33);
    private static readonly ClientSettings FromLeader = new() { ReadSource = ReadSource.RaftLeader };

    public static TheoryData<byte> OtherCodes =>
        [0x3F, 0x88, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8];

    [Fact]
    public async Task The_leader_alone_is_asked()
    {
        await using var world = await StoredAsync();
        for (var i = 0; i < 3; i++) Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal(3, world.ReceivedBy(LeaderOf(world), Opcode.StreamRead).Count);
        Assert.Equal((3, 0, 0), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.StreamFollowerRead), world.CountReceived(Opcode.GetAppliedId)));
    }

    [Fact]
    public async Task Without_a_hint_the_hosts_are_asked_in_turn_and_the_one_that_leads_is_remembered()
    {
        await using var world = await StoredAsync(told: false);
        for (var i = 0; i < 2; i++) Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal([1, 1, 2], world.Partitions[0].Hosts.Select(host => world.ReceivedBy(host, Opcode.StreamRead).Count));
        Assert.Equal(0, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task A_reader_may_choose_for_itself_and_a_pinned_read_never_asks_the_leader()
    {
        await using var world = await StoredAsync(new ClientSettings());
        var copy = new byte[5000];
        await world.Extents.ReadAsync(Piece(world), 131000, copy);
        Assert.Equal((0, 1), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.StreamFollowerRead)));
        await world.Extents.ReadAsync(Piece(world), 131000, copy, ReadSource.RaftLeader);
        Assert.Equal((1, 1), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.StreamFollowerRead)));
        await world.Extents.ReadAsync(Piece(world), 131000, copy, ReadSource.RaftLeader, replica: 0);
        Assert.Equal((1, 2), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.StreamFollowerRead)));
        Assert.Equal(Content[131000..136000], copy);
    }

    [Theory]
    [MemberData(nameof(OtherCodes))]
    public async Task What_the_leader_cannot_give_is_read_from_the_replicas_that_are_furthest(byte code)
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.StreamRead, 1, FaultKind.Refuse, (ResultCode)code));
        world.Partitions[0].Applied[ClientWorld.Addresses[1]] = 7;
        world.Partitions[0].Applied[ClientWorld.Addresses[0]] = 6;
        Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal((1, 3), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.GetAppliedId)));
        Assert.Equal(1, world.CountReceived(Opcode.StreamFollowerRead));
        Assert.Single(world.ReceivedBy(ClientWorld.Addresses[1], Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task All_that_are_equally_far_stand_in_for_each_other()
    {
        await using var world = await StoredAsync();
        world.Partitions[0].RaftLeader = null;
        foreach (var address in ClientWorld.Addresses[1..]) world.Partitions[0].Applied[address] = 7;
        world.Nodes[1].Plan(new Fault(Opcode.StreamFollowerRead, 1, FaultKind.CloseWithinReply, Block: 4, Last: int.MaxValue));
        for (var i = 0; i < 2; i++) Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal(6, world.CountReceived(Opcode.StreamRead));
        Assert.Empty(world.ReceivedBy(ClientWorld.Addresses[0], Opcode.StreamFollowerRead));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Applied_ids_of_a_majority_are_enough_and_of_fewer_are_not(int silent)
    {
        await using var world = await StoredAsync(FromLeader with { ReadRoundsMax = 2 });
        world.Partitions[0].RaftLeader = null;
        foreach (var node in world.Nodes[..silent])
            node.Plan(new Fault(Opcode.GetAppliedId, 1, FaultKind.Refuse, ResultCode.TryOtherAddress, Last: int.MaxValue));
        if (silent == 1)
        {
            Assert.Equal(Content, await world.GetAsync("o"));
            return;
        }

        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Contains("too few replicas tell how far they are", failure.Message);
        Assert.Equal((6, 6, 0), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.GetAppliedId), world.CountReceived(Opcode.StreamFollowerRead)));
    }

    [Theory]
    [InlineData(0xF9)]
    [InlineData(0xB1)]
    public async Task What_passes_by_itself_is_asked_of_the_leader_again(byte code)
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.StreamRead, 1, FaultKind.Refuse, (ResultCode)code, Last: 2, Block: 3));
        Assert.Equal(Content, await world.GetAsync("o"));
        Assert.Equal((3, 0), (world.ReceivedBy(LeaderOf(world), Opcode.StreamRead).Count, world.CountReceived(Opcode.StreamFollowerRead)));
    }

    [Theory]
    [InlineData(0xF9, 3, 600_000)]
    [InlineData(0xB1, 200, 150)]
    public async Task But_not_for_ever(byte code, int retries, int milliseconds)
    {
        await using var world = await StoredAsync(FromLeader with { SameHostRetriesMax = retries, ReadTimeMax = TimeSpan.FromMilliseconds(milliseconds) });
        world.PlanEverywhere(new Fault(Opcode.StreamRead, 1, FaultKind.Refuse, (ResultCode)code, Last: int.MaxValue));
        Assert.Equal(Content, await world.GetAsync("o"));
        Assert.InRange(world.CountReceived(Opcode.StreamRead), 3, 4);
        Assert.Equal(1, world.CountReceived(Opcode.StreamFollowerRead));
    }

    [Fact]
    public async Task Forbidden_ends_a_read_at_once()
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.StreamRead, 1, FaultKind.Refuse, ResultCode.ReadRepairAgain));
        await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Equal((1, 0), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.StreamFollowerRead)));
    }

    [Theory]
    [InlineData((int)FaultKind.CloseWithinReply)]
    [InlineData((int)FaultKind.WrongRequestId)]
    [InlineData((int)FaultKind.WrongOpcode)]
    [InlineData((int)FaultKind.WrongOffset)]
    [InlineData((int)FaultKind.WrongDataCrc)]
    [InlineData((int)FaultKind.TooMuchData)]
    [InlineData((int)FaultKind.Garbage)]
    public async Task A_stream_that_breaks_is_continued_where_it_broke(int kind)
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.StreamRead, 1, (FaultKind)kind, Block: 4));
        Assert.Equal(Content, await world.GetAsync("o"));
    }

    [Fact]
    public async Task An_extent_that_no_replica_has_ends_a_read_after_one_round()
    {
        await using var world = await StoredAsync();
        world.Partitions[0].Delete(new ExtentId(Piece(world).ExtentId));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.GetAsync("o"));
        Assert.Contains("extent has been deleted", failure.Message);
        Assert.Equal((1, 3), (world.CountReceived(Opcode.StreamRead), world.CountReceived(Opcode.StreamFollowerRead)));
    }

    [Fact]
    public async Task A_reader_sees_the_overwrite_that_was_acknowledged_before()
    {
        await using var world = await StoredAsync();
        var news = ClientWorld.Content(4096, seed: 8);
        await world.Extents.OverwriteAsync(Piece(world), 4096, news);
        var copy = new byte[4096];
        await world.Extents.ReadAsync(Piece(world), 4096, copy);
        Assert.Equal(news, copy);
    }

    [Fact]
    public async Task Each_replica_tells_its_applied_id()
    {
        await using var world = await StoredAsync();
        var partition = world.Partitions[0];
        for (var i = 0; i < 3; i++) partition.Applied[partition.Hosts[i]] = 0x0102030405060700ul + (ulong)i;
        for (var i = 0; i < 3; i++) Assert.Equal(0x0102030405060700ul + (ulong)i, await world.Extents.GetAppliedIdAsync(partition.Id, i));
        Assert.Equal(partition.Hosts, await world.Extents.GetHostsAsync(partition.Id));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => world.Extents.GetAppliedIdAsync(partition.Id, 3).AsTask());
    }

    [Theory]
    [InlineData((int)FaultKind.Refuse, "broken on purpose")]
    [InlineData((int)FaultKind.UnaskedData, "success with 1 bytes of data, expected 8")]
    [InlineData((int)FaultKind.WrongRequestId, "expected")]
    [InlineData((int)FaultKind.CloseWithinReply, "ended the connection")]
    public async Task An_applied_id_that_is_not_told_well_is_not_known(int kind, string why)
    {
        await using var world = await StoredAsync();
        world.PlanEverywhere(new Fault(Opcode.GetAppliedId, 1, (FaultKind)kind, Last: 2));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.Extents.GetAppliedIdAsync(world.Partitions[0].Id, 1).AsTask());
        Assert.Contains(why, failure.Message);
    }

    private static async Task<ClientWorld> StoredAsync(ClientSettings? settings = null, bool told = true)
    {
        var world = new ClientWorld(settings ?? FromLeader, partitions: 1);
        if (told) world.Partitions[0].ToldLeader = LeaderOf(world);
        await world.PutAsync("o", Content);
        return world;
    }

    private static string LeaderOf(ClientWorld world) => world.Partitions[0].RaftLeader!;

    private static ObjectExtent Piece(ClientWorld world) => world.Master.Objects["o"].Extents.Single();
}
