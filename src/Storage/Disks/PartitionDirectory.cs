using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The directory of one data partition: its name, and how it comes into being.</summary>
public static class PartitionDirectory
{
    private const string Prefix = "datapartition_";

    public static string NameOf(PartitionId partition, long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{partition.Value}_{bytes}");

    /// <summary>Reads <c>datapartition_&lt;id&gt;_&lt;size&gt;</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out PartitionId partition, out long bytes)
    {
        (partition, bytes) = (default, 0);
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var rest = name[Prefix.Length..];
        var cut = rest.IndexOf('_');
        if (cut < 0 || !ulong.TryParse(rest[..cut], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !long.TryParse(rest[(cut + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out bytes)) return false;
        partition = new PartitionId(id);
        return true;
    }

    /// <summary>Makes a partition's directory with all its files. META comes last and commits it: a directory without META was cut short.</summary>
    /// <remarks>Such a remainder is completed, unless it holds data.</remarks>
    /// <returns>The open store; durable on return.</returns>
    /// <exception cref="StorageCorruptException">The partition exists already, or the remainder of an earlier creation holds data.</exception>
    public static ExtentStore Create(IFileSystem files, string diskRoot, PartitionMeta meta, ExtentStoreSettings settings)
    {
        var directory = $"{diskRoot}/{meta.DirectoryName}";
        files.CreateDirectory(directory);
        if (files.Stat($"{directory}/{PartitionMeta.Name}") is not null)
            throw new StorageCorruptException(directory, "the partition exists already", "Load it, or delete it first");
        files.SyncDirectory(diskRoot);
        var store = ExtentStore.Create(files, directory, settings);
        try
        {
            ApplyFile.Save(files, directory, 0);
            meta.Save(files, directory);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }
}
