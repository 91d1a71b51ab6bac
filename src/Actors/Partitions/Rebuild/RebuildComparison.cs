using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The extents of a copy against those of its source, one by one. Pure.</summary>
/// <param name="Lacking">Extents that are missing here or shorter than there.</param>
/// <param name="First">The first of them, in words; empty if there is none.</param>
/// <param name="DeletedBytes">Bytes of extents that the source still has and that were deleted here: a repair never undoes that.</param>
/// <param name="ListedBytes">Bytes of all that the source has listed up to the extent that sizes count to.</param>
internal sealed record RebuildComparison(int Lacking, string First, long DeletedBytes, long ListedBytes)
{
    /// <param name="there">What the source lists: its normal extents that are quiet, and its tiny ones.</param>
    /// <param name="last">Sizes count up to this extent.</param>
    /// <param name="sizeOf">Of an extent here; null if it is not here.</param>
    /// <param name="deleted">Extents that were ever deleted here.</param>
    public static RebuildComparison Of(IEnumerable<Watermark> there, ExtentId last, Func<ExtentId, long?> sizeOf, IReadOnlySet<ExtentId> deleted)
    {
        var (lacking, first, deletedBytes, listed) = (0, "", 0L, 0L);
        foreach (var extent in there)
        {
            if (extent.IsDeleted) continue;
            // A size that no extent has is never reached, and must not turn the sums around.
            var bytes = (long)Math.Min(extent.Size, (ulong)ExtentLimits.TinyBytesMax);
            if (extent.Extent.Value <= last.Value) listed += bytes;
            var here = sizeOf(extent.Extent);
            if (here is { } size && (ulong)size >= extent.Size) continue;
            if (here is null && !extent.Extent.IsTiny && deleted.Contains(extent.Extent))
            {
                if (extent.Extent.Value <= last.Value) deletedBytes += bytes;
                continue;
            }

            if (lacking++ == 0) first = $"extent {extent.Extent} has {here ?? 0} of {extent.Size} bytes";
        }

        return new RebuildComparison(lacking, first, deletedBytes, listed);
    }

    /// <summary>Whether the copy is complete.</summary>
    /// <param name="sizes">As of before the lists.</param>
    /// <returns>Null if it is; otherwise what it waits for.</returns>
    public string? WhyNotComplete(RebuildSizes sizes) =>
        Lacking > 0 ? Lacking == 1 ? First : $"{Lacking} extents are shorter than there; {First}"
        : sizes.Own < sizes.Target - DeletedBytes ? $"{sizes.Own} of {sizes.Target} bytes are here"
        : IsShort(sizes) && sizes.UnlistedRounds < RebuildSizes.UnlistedRoundsMax ? $"{sizes.Source} lists {ListedBytes} of its {sizes.SourceBytes} bytes; the rest was written to within the last minute"
        : null;

    /// <summary>The source has listed less than it holds.</summary>
    public bool IsShort(RebuildSizes sizes) => ListedBytes < sizes.SourceBytes;
}
