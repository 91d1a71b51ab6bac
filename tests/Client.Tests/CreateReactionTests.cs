using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

/// <summary>Column "SDK create" of the table of reactions: X leaves the partition out and tries another one.</summary>
public sealed class CreateReactionTests
{
    private static readonly byte[] Content = ClientWorld.Content(2_000_000);

    public static TheoryData<byte> ExcludingCodes =>
        [0x3F, 0x88, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xEF, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xFC];

    [Theory]
    [MemberData(nameof(ExcludingCodes))]
    public async Task A_partition_that_refuses_is_left_out_until_the_next_view(byte code)
    {
        await using var world = new ClientWorld();
        world.Nodes[1].Plan(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, (ResultCode)code, Last: int.MaxValue));
        for (var i = 0; i < 10; i++) await world.PutAsync($"o{i}", Content);
        Assert.Single(world.Nodes[1].Received);
        for (var i = 0; i < 10; i++) world.AssertStored($"o{i}", Content);
    }

    [Theory]
    [InlineData((int)FaultKind.Close)]
    [InlineData((int)FaultKind.ApplyThenClose)]
    [InlineData((int)FaultKind.CloseWithinReply)]
    [InlineData((int)FaultKind.WrongRequestId)]
    [InlineData((int)FaultKind.WrongOpcode)]
    [InlineData((int)FaultKind.WrongPartition)]
    [InlineData((int)FaultKind.WrongCrc)]
    [InlineData((int)FaultKind.ExtentZero)]
    [InlineData((int)FaultKind.Garbage)]
    [InlineData((int)FaultKind.UnaskedData)]
    public async Task So_is_one_whose_reply_is_wrong_or_lost(int kind)
    {
        await using var world = new ClientWorld();
        world.Nodes[1].Plan(new Fault(Opcode.CreateExtent, 1, (FaultKind)kind, Last: int.MaxValue));
        for (var i = 0; i < 10; i++) await world.PutAsync($"o{i}", Content);
        Assert.Single(world.Nodes[1].Received);
        for (var i = 0; i < 10; i++) world.AssertStored($"o{i}", Content);
    }

    [Fact]
    public async Task A_create_has_10_seconds()
    {
        await using var world = new ClientWorld(partitions: 2);
        world.PlanEverywhere(new Fault(Opcode.CreateExtent, 1, FaultKind.Silence));
        var put = world.PutAsync("o", Content);
        await Task.WhenAny(world.Nodes.Select(node => node.Silent.Task));
        foreach (var node in world.Nodes) node.PlanNothing();
        var began = world.Time.GetUtcNow();
        await world.Time.FireAsync(TimeSpan.FromSeconds(10));
        await put;
        Assert.Equal(TimeSpan.FromSeconds(10), world.Time.GetUtcNow() - began);
        world.AssertStored("o", Content);
    }

    [Theory]
    [InlineData(0xB1)]
    [InlineData(0xF9)]
    public async Task Overload_is_waited_for_and_excludes_nobody(byte code)
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, (ResultCode)code));
        for (var i = 0; i < 20; i++) await world.PutAsync($"o{i}", Content);
        Assert.All(world.Nodes, node => Assert.True(node.Received.Count(header => header.Opcode == Opcode.CreateExtent) > 1));
    }

    [Fact]
    public async Task The_only_writable_partition_is_tried_again()
    {
        await using var world = new ClientWorld(partitions: 1);
        world.Nodes[0].Plan(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, Last: 5));
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        Assert.Equal(6, world.CountReceived(Opcode.CreateExtent));
    }

    [Fact]
    public async Task After_32_attempts_a_put_without_patience_fails_and_says_why()
    {
        await using var world = new ClientWorld(new ClientSettings { PlacementPatience = TimeSpan.Zero });
        world.PlanEverywhere(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, ResultCode.DiskNoSpace, ErrorTexts.NoSpace, Last: int.MaxValue));
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.PutAsync("o", Content));
        Assert.Contains("no space left on the device", failure.Message);
        Assert.Equal(32, world.CountReceived(Opcode.CreateExtent));
        Assert.Equal("abort", world.Master.Intents[1].Ended);
    }

    [Fact]
    public async Task Partitions_with_a_host_that_cannot_be_dialled_are_left_out()
    {
        await using var world = new ClientWorld();
        world.Partitions.Add(new ReplicaSet(new PartitionId(99), [ClientWorld.Addresses[1], ClientWorld.Addresses[2]]));
        world.Network.Refuse(ClientWorld.Addresses[0]);
        // A chain leader whose follower is down answers so.
        foreach (var node in world.Nodes[1..])
            node.Plan(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, Text: "ActionSendToFollowers_dial tcp", Last: 1));
        for (var i = 0; i < 10; i++) await world.PutAsync($"o{i}", Content);
        Assert.All(world.Master.Objects.Values, found => Assert.All(found.Extents, piece => Assert.Equal(99ul, piece.PartitionId)));
    }

    [Fact]
    public async Task A_dial_without_an_answer_ends_after_its_time()
    {
        await using var world = new ClientWorld();
        world.Network.Silence(ClientWorld.Addresses[0]);
        for (var i = 0; i < 10; i++) await world.PutAsync($"o{i}", Content);
        Assert.Empty(world.Nodes[0].Received);
    }

    [Fact]
    public async Task An_idle_connection_that_the_node_has_closed_says_nothing_against_the_node()
    {
        await using var world = new ClientWorld(partitions: 1);
        await world.PutAsync("o1", Content);
        foreach (var node in world.Nodes) node.DropConnections();
        await world.PutAsync("o2", Content);
        world.AssertStored("o2", Content);
        Assert.Equal(2, world.Network.LinksTo(ClientWorld.Addresses[0]).Count);
        Assert.Equal(1, world.Master.Views);
    }

    [Fact]
    public async Task A_finished_put_leaves_its_connection_for_the_next()
    {
        await using var world = new ClientWorld(partitions: 1);
        for (var i = 0; i < 5; i++) await world.PutAsync($"o{i}", Content);
        Assert.Single(world.Network.LinksTo(ClientWorld.Addresses[0]));
        world.Time.Advance(world.Settings.IdleLimit);
        await world.PutAsync("o5", Content);
        Assert.Equal(2, world.Network.LinksTo(ClientWorld.Addresses[0]).Count);
    }

    [Fact]
    public async Task With_patience_a_put_goes_on_asking_beyond_32_attempts_and_pauses_longer_from_try_to_try()
    {
        await using var world = new ClientWorld(partitions: 1);
        const int Refusals = 45;
        world.Nodes[0].Plan(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, Last: Refusals));
        var began = world.Time.GetUtcNow();
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        Assert.Equal(Refusals + 1, world.CountReceived(Opcode.CreateExtent));
        // 0.1, 0.2, 0.4 and 0.8 s, then one second each.
        Assert.Equal(TimeSpan.FromSeconds(1.5 + (Refusals - 4)), world.Time.GetUtcNow() - began);
    }

    [Fact]
    public async Task Patience_ends_and_the_put_says_how_often_it_tried_and_what_the_last_answer_was()
    {
        await using var world = new ClientWorld(partitions: 1);
        world.Nodes[0].Plan(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, ResultCode.DiskNoSpace, ErrorTexts.NoSpace, Last: int.MaxValue));
        var began = world.Time.GetUtcNow();
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.PutAsync("o", Content));
        Assert.Contains("no space left on the device", failure.Message);
        Assert.InRange(world.Time.GetUtcNow() - began, world.Settings.PlacementPatience, world.Settings.PlacementPatience + world.Settings.RoundPauseMax);
    }

    [Fact]
    public async Task With_one_of_three_nodes_down_a_put_waits_for_it_instead_of_failing()
    {
        await using var world = new ClientWorld();
        world.Network.Refuse(ClientWorld.Addresses[0]);
        foreach (var node in world.Nodes[1..])
            node.Plan(new Fault(Opcode.CreateExtent, 1, FaultKind.Refuse, Text: "ActionSendToFollowers_dial tcp", Last: int.MaxValue));
        world.Master.Interfere = call =>
        {
            if (call.Path != "/client/partitions" || world.Master.Views < 6) return null;
            world.Network.Admit(ClientWorld.Addresses[0]);
            foreach (var node in world.Nodes) node.PlanNothing();
            return null;
        };
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
    }

    [Fact]
    public async Task A_volume_that_is_writable_again_within_the_patience_takes_what_waited()
    {
        await using var world = new ClientWorld();
        foreach (var partition in world.Partitions) partition.Status = 1;
        world.Master.Interfere = call =>
        {
            if (call.Path == "/client/partitions" && world.Master.Views == 20)
                foreach (var partition in world.Partitions) partition.Status = 2;
            return null;
        };
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        Assert.Equal(21, world.Master.Views);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_volume_without_a_writable_partition_takes_no_data(int status)
    {
        await using var world = new ClientWorld();
        foreach (var partition in world.Partitions) partition.Status = (sbyte)status;
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.PutAsync("o", Content));
        Assert.Contains("of its 3 partitions 0 are writable", failure.Message);
    }

    [Fact]
    public async Task A_read_only_volume_takes_no_data()
    {
        await using var world = new ClientWorld();
        world.Master.ReadOnly = true;
        var failure = await Assert.ThrowsAsync<CubeClientException>(() => world.PutAsync("o", ClientWorld.Content(10)));
        Assert.Contains("read-only", failure.Message);
    }

    [Fact]
    public async Task Data_goes_on_flowing_while_the_master_cannot_renew_the_view()
    {
        await using var world = new ClientWorld();
        await world.PutAsync("o1", Content);
        world.Master.Interfere = call => call.Path == "/client/partitions" ? TestKit.Network.HttpResult.Text(400, "no leader") : null;
        world.Time.Advance(world.Settings.ViewAge);
        await world.PutAsync("o2", Content);
        world.AssertStored("o2", Content);
    }

    [Fact]
    public async Task A_single_replica_is_written_without_followers()
    {
        await using var world = new ClientWorld(replicas: 1);
        await world.PutAsync("o", Content);
        world.AssertStored("o", Content);
        Assert.All(world.Nodes.SelectMany(node => node.Received), header => Assert.Equal(RemainingFollowers.SingleReplica, header.RemainingFollowers));
    }
}
