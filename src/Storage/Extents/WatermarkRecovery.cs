using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Finds how far a normal extent's data reaches, from the holes of its file.</summary>
/// <remarks>
/// The rule: the end of the last run of data that starts below 128 MiB, cut to 128 MiB; without any data the file's length, cut
/// likewise. It is CubeFS's rule (datanode/storage/extent.go GetDataSize) except for a full extent with an inner hole, where CubeFS
/// stops before the hole and hides acknowledged bytes behind it. No byte is ever cut from a file.
/// </remarks>
internal static class WatermarkRecovery
{
    public static long DataEnd(IFile file)
    {
        var length = file.Length;
        long? dataEnd = null;
        for (long at = 0; at < ExtentLimits.NormalBytesMax && file.SeekData(at) is { } start && start < ExtentLimits.NormalBytesMax; at = dataEnd.Value)
            dataEnd = file.SeekHole(start) ?? length;
        return Math.Min(dataEnd ?? length, ExtentLimits.NormalBytesMax);
    }

    /// <summary>A file without holes, at most 128 MiB long, needs no look at its data: its length is the answer.</summary>
    public static bool NeedsHoleMap(in FileStatus status) =>
        status.AllocatedBytes < status.Length || status.Length > ExtentLimits.NormalBytesMax;
}
