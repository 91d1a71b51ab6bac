using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

public sealed class PutTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4096, 1)]
    [InlineData(1048576, 1)]
    [InlineData(1048577, 9)]
    [InlineData(3_000_000, 23)]
    public async Task An_object_comes_back_as_it_was_stored(int bytes, int packets)
    {
        await using var world = new ClientWorld();
        var content = ClientWorld.Content(bytes);
        await world.PutAsync("a/b c?", content);
        world.AssertStored("a/b c?", content);
        Assert.Equal(content, await world.GetAsync("a/b c?"));
        Assert.Equal(packets, world.CountReceived(Opcode.Write));
        Assert.Empty(world.Master.Garbage);
    }
}
