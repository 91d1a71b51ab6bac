using System.Globalization;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>The files of a copy that is not complete: what of it a start may go on with, and how all of it is made durable in the end.</summary>
internal static class UnfinishedCopy
{
    /// <summary>Files that are synced in one turn on the disk.</summary>
    public const int FilesPerTurn = 64;

    /// <summary>Removes the extents of a copy with which nothing can be begun; it then starts from nothing.</summary>
    /// <remarks>
    /// Nobody ever read from it. What was not synced when the machine lost power may be holes now, at a size that looks complete; and of a copy that a Go
    /// node began, nobody knows which overwrites are in it. A replica with a raft log is left alone: Go leaves CreateType 1 in the META of some that have
    /// long been members. META comes first, so that a start that is killed in the middle is followed by one that does the same.
    /// </remarks>
    /// <param name="mayHaveLost">The machine may have lost power since the copy began.</param>
    /// <returns>META as it is then.</returns>
    public static PartitionMeta DropIfVoid(IFileSystem files, string directory, PartitionMeta meta, bool mayHaveLost)
    {
        if (!meta.IsBeingRebuilt || (meta.CopyBasis > 0 && !mayHaveLost)) return meta;
        if (files.Stat($"{directory}/{RaftLog.DirectoryName(meta.Partition)}") is not null) return meta;
        if (meta.CopyBasis > 0 || meta.CopyShare > 0)
        {
            meta = meta with { CopyBasis = 0, CopyShare = 0 };
            meta.Save(files, directory);
        }

        foreach (var name in files.List(directory) ?? [])
            if (IsExtent(name)) files.DeleteFile($"{directory}/{name}");
        files.SyncDirectory(directory);
        return meta;
    }

    /// <summary>All that has to be durable before the copy counts: extents, their CRCs, the records of deletes.</summary>
    public static IReadOnlyList<string> FilesToSync(IFileSystem files, string directory) =>
        [.. (files.List(directory) ?? []).Where(name => IsExtent(name) || IsOfStore(name))];

    /// <summary>Syncs files, also those that an earlier process has written and this one never opened.</summary>
    /// <exception cref="Runtime.DiskFaultException">The disk failed.</exception>
    public static void Sync(IFileSystem files, string directory, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            using var file = files.TryOpen($"{directory}/{name}");
            file?.Sync(); // deleted meanwhile: it is not part of the copy any more
        }
    }

    private static bool IsExtent(string name) => ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsOfStore(string name) => name.StartsWith("EXTENT_", StringComparison.Ordinal) || name.EndsWith("EXTENT_DELETE", StringComparison.Ordinal);
}
