namespace CubeActors.Node.Tests;

public class StartHeapTests
{
    [Theory]
    [InlineData(24L << 30, 256L << 20)] // never more than this
    [InlineData(1L << 30, 128L << 20)]
    [InlineData(256L << 20, 32L << 20)]
    [InlineData((256L << 20) - 8, 0)] // not worth it
    [InlineData(0, 0)]
    public void A_start_without_collections_takes_an_eighth_of_the_memory_at_most(long available, long bytes) => Assert.Equal(bytes, StartHeap.BytesOf(available));
}
