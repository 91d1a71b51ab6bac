using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// Making a partition's store files and taking over what lies in a directory.
public sealed partial class ExtentStore
{
    /// <summary>Lists of extents that a cleanly stopped Go node leaves. They are stale with our first change, and Go believes them blindly.</summary>
    private static readonly string[] HintNames = ["READDIR_HINT_V2", "READDIR_HINT", "READDIR_HINT.tmp"];

    internal static readonly string[] StoreFileNames = [ExtentMetaRecord.Name, BlockCrcFile.Name, DeleteLog.TinyName, DeleteLog.NormalName];

    /// <summary>Makes the files of a new store in an existing directory and syncs them. META, which the caller writes last, commits it.</summary>
    /// <remarks>Files of an earlier attempt that was cut short are taken over if they are empty.</remarks>
    /// <exception cref="StorageCorruptException">The directory is missing, or already holds extents with data.</exception>
    public static ExtentStore Create(IFileSystem files, string directory, ExtentStoreSettings settings)
    {
        var names = files.List(directory) ?? throw new StorageCorruptException(directory, "the partition directory is missing", "Check that the disk is mounted");
        foreach (var name in names)
            if (IsStoreName(name) && files.Stat($"{directory}/{name}") is { Length: > 0 })
                throw new StorageCorruptException($"{directory}/{name}", "a new partition is to be made here, but this file holds data", "Move the directory away or load it");
        foreach (var name in StoreFileNames) files.OpenOrCreate($"{directory}/{name}").Dispose();
        for (var number = ExtentId.TinyFirst; number <= ExtentId.TinyLast; number++) files.OpenOrCreate($"{directory}/{number}").Dispose();
        StatusProbe.CreateIfMissing(files, directory, StatusProbe.PartitionName);
        files.SyncDirectory(directory);
        return Open(files, directory, settings with { FoundIsDurable = true }, null, settings.TinyAvailableAtOnce);
    }

    /// <summary>Opens the store of a partition directory. Finds every extent by listing; a hint of the Go node is deleted unread.</summary>
    /// <param name="progress">Called on this thread, now and then and at the end.</param>
    /// <exception cref="StorageCorruptException">The directory or one of the four store files is missing.</exception>
    public static ExtentStore Open(IFileSystem files, string directory, ExtentStoreSettings settings, Action<LoadProgress>? progress = null) =>
        Open(files, directory, settings, progress, tinyAvailable: false);

    private static ExtentStore Open(IFileSystem files, string directory, ExtentStoreSettings settings, Action<LoadProgress>? progress, bool tinyAvailable)
    {
        settings.Checked();
        var found = ListingOf(files, directory, settings, progress);
        foreach (var name in StoreFileNames)
            if (!found.Others.Contains(name)) throw MissingFile($"{directory}/{name}");
        DeleteHints(files, directory, found.Others, found.Notes);
        if (!found.Others.Contains(StatusProbe.PartitionName)) StatusProbe.CreateIfMissing(files, directory, StatusProbe.PartitionName);
        var extents = TakeExtents(files, directory, found, settings.FoundIsDurable, out var hasNewNames);

        var isDirty = !settings.FoundIsDurable;
        var opened = new Stack<IDisposable>();
        try
        {
            var crcs = Opened(new BlockCrcFile(OpenStoreFile(files, $"{directory}/{BlockCrcFile.Name}"), OpenSnapshotCrcs(files, directory, found.Others), isDirty));
            var tinyDeletes = Opened(new DeleteLog(OpenStoreFile(files, $"{directory}/{DeleteLog.TinyName}"), DeleteLog.TinyRecordBytes, isDirty));
            var normalDeletes = Opened(new DeleteLog(OpenStoreFile(files, $"{directory}/{DeleteLog.NormalName}"), DeleteLog.NormalRecordBytes, isDirty));
            var ids = Opened(new ExtentIdAllocator(OpenStoreFile(files, $"{directory}/{ExtentMetaRecord.Name}"), crcs, LargestNormal(found.Extents)));
            if (ids.WasDamaged) found.Notes.Add($"{ExtentMetaRecord.Name} was damaged; the last id {ids.Last} was taken from the extents found");
            tinyDeletes.Pad();
            var store = new ExtentStore(files, directory, settings, new StoreFiles(crcs, tinyDeletes, normalDeletes, ids, extents, found.Notes), tinyAvailable)
            {
                _nameChanges = hasNewNames ? 1 : 0,
            };
            store.TakeUsedBytes(found.TinyAllocated);
            store._hasAssumed = found.IsAssumed;
            return store;
        }
        catch
        {
            foreach (var file in opened) file.Dispose();
            throw;
        }

        T Opened<T>(T file) where T : IDisposable
        {
            opened.Push(file);
            return file;
        }
    }

    private static StoreListing ListingOf(IFileSystem files, string directory, ExtentStoreSettings settings, Action<LoadProgress>? progress)
    {
        var kept = settings.Kept.IsEmpty || files.Stat(directory) is not { } status ? null : KeptExtents.Read(settings.Kept.Span, directory, status);
        return kept ?? StoreListing.Of(files, directory, progress);
    }

    private static ulong LargestNormal(List<Extent> extents)
    {
        var largest = 0UL;
        foreach (var extent in extents)
            if (ExtentLimits.IsNormal(extent.Id.Value)) largest = Math.Max(largest, extent.Id.Value);
        return largest;
    }

    private static bool IsStoreName(string name) => StoreFileNames.Contains(name) || StoreListing.TryParse(System.Text.Encoding.UTF8.GetBytes(name), out _);

    private static void DeleteHints(IFileSystem files, string directory, HashSet<string> names, List<string> notes)
    {
        var found = HintNames.Where(names.Contains).ToArray();
        if (found.Length == 0) return;
        foreach (var name in found) files.DeleteFile($"{directory}/{name}");
        // Before any other change: a hint that came back after a power cut would hide it from a Go node.
        files.SyncDirectory(directory);
        notes.Add($"deleted {string.Join(", ", found)} of an earlier clean stop");
    }

    /// <param name="isDurable">Nothing was written since the disk was last synced as a whole.</param>
    /// <param name="hasNewNames">A killed process may have left names in the page cache only, or some were made just now: they become durable with
    /// the first <see cref="Sync"/> or the first synced append, as those of <see cref="CreateExtent"/>.</param>
    private static ConcurrentDictionary<ulong, Extent> TakeExtents(IFileSystem files, string directory, StoreListing found, bool isDurable, out bool hasNewNames)
    {
        hasNewNames = !isDurable;
        for (var number = ExtentId.TinyFirst; number <= ExtentId.TinyLast; number++)
        {
            if ((found.TinyFound >> (int)(number - ExtentId.TinyFirst) & 1) != 0) continue;
            files.OpenOrCreate($"{directory}/{number}").Dispose();
            found.Extents.Add(new Extent(new ExtentId(number), 0, ExtentLimits.NormalBytesMax, 0));
            hasNewNames = true;
        }

        // Made as large as it is at once: growing it would make every entry anew.
        var extents = new ConcurrentDictionary<ulong, Extent>(Environment.ProcessorCount, found.Extents.Count);
        foreach (var extent in found.Extents)
        {
            extent.NameIsDurable = !hasNewNames;
            extents[extent.Id.Value] = extent;
        }

        return extents;
    }

    private static IReadOnlyList<IFile> OpenSnapshotCrcs(IFileSystem files, string directory, HashSet<string> names)
    {
        if (!names.Contains(BlockCrcFile.SnapshotName(0))) return [];
        var found = new List<IFile>();
        while (files.TryOpen($"{directory}/{BlockCrcFile.SnapshotName(found.Count)}") is { } file) found.Add(file);
        return found;
    }

    private static IFile OpenStoreFile(IFileSystem files, string path) => files.TryOpen(path) ?? throw MissingFile(path);

    private static StorageCorruptException MissingFile(string path) => new(path, "this file of the extent store is missing",
        "The partition cannot be loaded; restore the file, or let the master rebuild the replica");
}
