using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.Client.Tests;

/// <summary>A file that stays open: its bytes are where its pieces say, through failures too.</summary>
public sealed class ExtentAppenderTests
{
    private const int Step = 131072;

    [Fact]
    public async Task What_is_settled_step_by_step_lies_in_one_extent()
    {
        await using var world = new ClientWorld();
        var content = ClientWorld.Content(6 * Step);
        using var file = world.Extents.OpenAppender();
        for (var at = 0; at < content.Length; at += Step)
        {
            await file.AppendAsync(content.AsMemory(at, Step));
            await file.SettleAsync();
        }

        await file.CloseAsync();
        var piece = Assert.Single(file.Pieces);
        Assert.Single(file.Created);
        Assert.Equal(content, await ReadAsync(world, [piece]));
    }

    [Fact]
    public async Task A_refused_append_goes_on_in_another_extent_and_nothing_is_lost()
    {
        await using var world = new ClientWorld();
        world.PlanEverywhere(new Fault(Opcode.Write, 4, FaultKind.Close));
        var content = ClientWorld.Content((9 * Step) + 123);
        using var file = world.Extents.OpenAppender();
        await file.AppendAsync(content);
        await file.CloseAsync();
        Assert.True(file.Pieces.Count > 1);
        Assert.True(file.Created.Count >= file.Pieces.Count);
        Assert.Equal(content, await ReadAsync(world, file.Pieces));
    }

    [Fact]
    public async Task What_a_file_has_made_can_be_deleted()
    {
        await using var world = new ClientWorld();
        using var file = world.Extents.OpenAppender();
        await file.AppendAsync(ClientWorld.Content(Step));
        await file.CloseAsync();
        Assert.Empty((await world.Objects.DeletePiecesAsync(file.Created)).Remaining);
        await Assert.ThrowsAsync<CubeClientException>(() => ReadAsync(world, file.Pieces));
    }

    private static async Task<byte[]> ReadAsync(ClientWorld world, IReadOnlyList<ObjectExtent> pieces)
    {
        var read = new byte[pieces.Sum(piece => piece.Size)];
        foreach (var piece in pieces) await world.Extents.ReadAsync(piece, 0, read.AsMemory((int)piece.FileOffset, (int)piece.Size));
        return read;
    }
}
