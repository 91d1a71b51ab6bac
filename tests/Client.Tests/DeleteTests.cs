using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

/// <summary>Column "metanode delete" of the table of reactions: Q keeps the whole batch for a later pass.</summary>
public sealed class DeleteTests
{
    [Fact]
    public async Task Pieces_are_deleted_on_all_replicas()
    {
        await using var world = new ClientWorld();
        var stored = await StoreAsync(world);
        var pass = await world.Objects.DeletePiecesAsync(stored);
        Assert.Empty(pass.Remaining);
        Assert.Null(pass.LastError);
        Assert.All(world.Partitions, partition => Assert.Equal(0, partition.ExtentCount));
    }

    [Theory]
    [MemberData(nameof(AppendReactionTests.AllErrorCodes), MemberType = typeof(AppendReactionTests))]
    public async Task A_refused_batch_remains_as_a_whole(byte code)
    {
        await using var world = new ClientWorld(partitions: 1);
        var stored = await StoreAsync(world);
        world.Nodes[0].Plan(new Fault(Opcode.BatchDeleteExtent, 1, FaultKind.Refuse, (ResultCode)code));
        var pass = await world.Objects.DeletePiecesAsync(stored);
        Assert.Equal(stored, pass.Remaining);
        Assert.Contains("broken on purpose", pass.LastError);
        Assert.Empty((await world.Objects.DeletePiecesAsync(pass.Remaining)).Remaining);
    }

    [Theory]
    [InlineData((int)FaultKind.Close)]
    [InlineData((int)FaultKind.ApplyThenClose)]
    [InlineData((int)FaultKind.WrongRequestId)]
    [InlineData((int)FaultKind.WrongPartition)]
    [InlineData((int)FaultKind.WrongExtent)]
    [InlineData((int)FaultKind.CloseWithinReply)]
    public async Task So_does_one_whose_reply_is_wrong_or_lost(int kind)
    {
        await using var world = new ClientWorld(partitions: 1);
        var stored = await StoreAsync(world);
        world.Nodes[0].DropConnections();
        world.Nodes[0].Plan(new Fault(Opcode.BatchDeleteExtent, 1, (FaultKind)kind, Last: 1));
        var pass = await world.Objects.DeletePiecesAsync(stored);
        if (pass.Remaining.Count > 0) pass = await world.Objects.DeletePiecesAsync(pass.Remaining);
        Assert.Empty(pass.Remaining);
        Assert.Equal(0, world.Partitions[0].ExtentCount);
        Assert.Equal(2, world.CountReceived(Opcode.BatchDeleteExtent));
    }

    [Fact]
    public async Task A_delete_has_120_seconds()
    {
        await using var world = new ClientWorld(partitions: 1);
        var stored = await StoreAsync(world);
        world.Nodes[0].Plan(new Fault(Opcode.BatchDeleteExtent, 1, FaultKind.Silence));
        var deleting = world.Objects.DeletePiecesAsync(stored);
        await world.Nodes[0].Silent.Task;
        await world.Time.FireAsync(TimeSpan.FromSeconds(120));
        Assert.Equal(stored, (await deleting).Remaining);
    }

    [Fact]
    public async Task Many_pieces_go_in_batches_of_128()
    {
        await using var world = new ClientWorld(partitions: 1);
        var pieces = Enumerable.Range(0, 300).Select(i => new ObjectExtent(0, 21, 2000 + (ulong)i, 0, 10)).ToList();
        Assert.Empty((await world.Objects.DeletePiecesAsync(pieces)).Remaining);
        Assert.Equal(3, world.CountReceived(Opcode.BatchDeleteExtent));
    }

    [Fact]
    public async Task Pieces_of_an_unknown_partition_remain()
    {
        await using var world = new ClientWorld();
        var unknown = new ObjectExtent(0, 4711, 1025, 0, 1);
        var pass = await world.Objects.DeletePiecesAsync([unknown]);
        Assert.Equal([unknown], pass.Remaining);
        Assert.Contains("4711", pass.LastError);
    }

    private static async Task<IReadOnlyList<ObjectExtent>> StoreAsync(ClientWorld world)
    {
        for (var i = 0; i < 6; i++) await world.PutAsync($"o{i}", ClientWorld.Content(1_300_000));
        return [.. world.Master.Objects.Values.SelectMany(found => found.Extents)];
    }
}
