using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>Small files that are replaced as a whole: after a crash at any point the old or the new content is there, never a mixture.</summary>
internal static class DurableFile
{
    /// <summary>A larger file is not read into memory: it is none of ours.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    public static void Replace(IFileSystem files, string directory, string name, string temporaryName, FilePermission permission, ReadOnlySpan<byte> content)
    {
        var temporary = $"{directory}/{temporaryName}";
        // A leftover of a crash is removed and not written over: Go once left one whose tail then spoiled the next file.
        files.DeleteFile(temporary);
        using (var file = files.OpenOrCreate(temporary, permission, truncate: true))
        {
            file.Write(0, content);
            file.Sync(); // before the rename: else a power cut could leave the new name with no content
        }
        files.Rename(temporary, $"{directory}/{name}");
        files.SyncDirectory(directory);
    }

    /// <returns>Null if there is no such file.</returns>
    /// <exception cref="StorageCorruptException">It is larger than <paramref name="bytesMax"/>.</exception>
    public static byte[]? Read(IFileSystem files, string directory, string name, int bytesMax = BytesMax)
    {
        var path = $"{directory}/{name}";
        using var file = files.TryOpen(path);
        if (file is null) return null;
        var length = file.Length;
        if (length > bytesMax) throw new StorageCorruptException(path, $"{length} bytes are too many for this file", "Restore it from a backup");
        var content = new byte[length];
        return file.Read(0, content) == length ? content : throw new StorageCorruptException(path, "the file shrinks while it is read", "Stop the other process");
    }
}
