namespace CubeActors.LoadGen;

internal static class VolumePartitions
{
    public static Task<IReadOnlyList<PartitionTarget>> AskAsync(string[] masters, string volume, ulong? only, CancellationToken cancel) =>
        throw new UsageFault("pending");
}
