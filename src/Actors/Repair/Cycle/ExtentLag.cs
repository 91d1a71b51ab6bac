using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>One normal extent that a replica lacks, or has shorter than another.</summary>
/// <param name="Has">Bytes that it has; <see cref="Missing"/> if it does not list the extent.</param>
/// <param name="Size">Bytes of the longest copy.</param>
/// <param name="Source"><c>ip:port</c> of the replica with that copy.</param>
internal readonly record struct ExtentLag(ExtentId Extent, long Has, long Size, string Source)
{
    public const long Missing = -1;

    public bool IsMissing => Has == Missing;

    /// <summary>Bytes to be fetched.</summary>
    public long Bytes => Size - Math.Max(0, Has);
}
