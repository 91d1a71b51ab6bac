namespace CubeActors.Node.Tests;

/// <summary>A dump never takes the last room of a file system.</summary>
public sealed class DumpRoomTests
{
    private const long MiB = 1L << 20;

    [Theory]
    // kind, MiB in memory, MiB free, is there room
    [InlineData("heap", 300, 1068, true)]
    [InlineData("heap", 300, 1067, false)]
    [InlineData("full", 4000, 4768, true)]
    [InlineData("full", 4000, 4767, false)]
    [InlineData("mini", 4000, 640, true)] // it has no heap
    [InlineData("mini", 4000, 639, false)]
    public void There_has_to_be_room_for_the_memory_and_for_others(string kind, long resident, long free, bool isRoom) =>
        Assert.Equal(isRoom, DumpRoom.WhyNot(kind, resident * MiB, free * MiB, "/tmp") is null);

    [Fact]
    public void What_is_missing_is_said() =>
        Assert.Equal("/tmp has 100 MiB free, and a heap dump is written only where 1 GiB are; TMPDIR of the node says where that is", DumpRoom.WhyNot("heap", 256 * MiB, 100 * MiB, "/tmp"));
}
