using System.Collections.Concurrent;
using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// Making a partition's store files and taking over what lies in a directory.
public sealed partial class ExtentStore
{
    /// <summary>Lists of extents that a cleanly stopped Go node leaves. They are stale with our first change, and Go believes them blindly.</summary>
    private static readonly string[] HintNames = ["READDIR_HINT_V2", "READDIR_HINT", "READDIR_HINT.tmp"];

    /// <summary>A stat is tried this often before the partition is given up (datanode/storage/extent_store.go).</summary>
    private const int StatTriesMax = 3;

    private static readonly string[] StoreFileNames = [ExtentMetaRecord.Name, BlockCrcFile.Name, DeleteLog.TinyName, DeleteLog.NormalName];

    /// <summary>Makes the files of a new store in an existing directory and syncs them. META, which the caller writes last, commits it.</summary>
    /// <remarks>Files of an earlier attempt that was cut short are taken over if they are empty.</remarks>
    /// <exception cref="StorageCorruptException">The directory is missing, or already holds extents with data.</exception>
    public static ExtentStore Create(IFileSystem files, string directory, ExtentStoreSettings settings)
    {
        foreach (var name in Names(files, directory))
            if (IsStoreName(name) && files.Stat($"{directory}/{name}") is { Length: > 0 })
                throw new StorageCorruptException($"{directory}/{name}", "a new partition is to be made here, but this file holds data", "Move the directory away or load it");
        foreach (var name in StoreFileNames) files.OpenOrCreate($"{directory}/{name}").Dispose();
        CreateMissingTiny(files, directory, _ => true);
        return Open(files, directory, settings, null, settings.TinyAvailableAtOnce);
    }

    /// <summary>Opens the store of a partition directory. Finds every extent by listing; a hint of the Go node is deleted unread.</summary>
    /// <param name="progress">Called on this thread, now and then and at the end.</param>
    /// <exception cref="StorageCorruptException">The directory or one of the four store files is missing.</exception>
    public static ExtentStore Open(IFileSystem files, string directory, ExtentStoreSettings settings, Action<LoadProgress>? progress = null) =>
        Open(files, directory, settings, progress, tinyAvailable: false);

    private static ExtentStore Open(IFileSystem files, string directory, ExtentStoreSettings settings, Action<LoadProgress>? progress, bool tinyAvailable)
    {
        settings.Checked();
        var notes = new List<string>();
        var names = Names(files, directory);
        foreach (var name in StoreFileNames)
            if (!names.Contains(name)) throw MissingFile($"{directory}/{name}");
        DeleteHints(files, directory, names, notes);
        var extents = FindExtents(files, directory, names, notes, progress);
        CreateMissingTiny(files, directory, id => extents.TryAdd(id.Value, new Extent(id, 0, ExtentLimits.NormalBytesMax, 0)));
        StatusProbe.CreateIfMissing(files, directory, StatusProbe.PartitionName);
        // Names left by a killed process, and those just made, are in the page cache only.
        files.SyncDirectory(directory);

        var opened = new Stack<IDisposable>();
        try
        {
            var crcs = Opened(new BlockCrcFile(OpenStoreFile(files, $"{directory}/{BlockCrcFile.Name}"), OpenSnapshotCrcs(files, directory)));
            var tinyDeletes = Opened(new DeleteLog(OpenStoreFile(files, $"{directory}/{DeleteLog.TinyName}"), DeleteLog.TinyRecordBytes));
            var normalDeletes = Opened(new DeleteLog(OpenStoreFile(files, $"{directory}/{DeleteLog.NormalName}"), DeleteLog.NormalRecordBytes));
            var largest = extents.Keys.Where(ExtentLimits.IsNormal).DefaultIfEmpty(0UL).Max();
            var ids = Opened(new ExtentIdAllocator(OpenStoreFile(files, $"{directory}/{ExtentMetaRecord.Name}"), crcs, largest));
            if (ids.WasDamaged) notes.Add($"{ExtentMetaRecord.Name} was damaged; the last id {ids.Last} was taken from the extents found");
            tinyDeletes.Pad();
            var store = new ExtentStore(files, directory, settings, new StoreFiles(crcs, tinyDeletes, normalDeletes, ids, extents, notes), tinyAvailable);
            store.MeasureUsedBytes();
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

    private static HashSet<string> Names(IFileSystem files, string directory) =>
        files.List(directory)?.ToHashSet(StringComparer.Ordinal)
            ?? throw new StorageCorruptException(directory, "the partition directory is missing", "Check that the disk is mounted");

    private static bool IsStoreName(string name) => StoreFileNames.Contains(name) || TryParseExtentName(name, out _);

    private static void DeleteHints(IFileSystem files, string directory, HashSet<string> names, List<string> notes)
    {
        var found = HintNames.Where(names.Contains).ToArray();
        if (found.Length == 0) return;
        foreach (var name in found) files.DeleteFile($"{directory}/{name}");
        // Before any other change: a hint that came back after a power cut would hide it from a Go node.
        files.SyncDirectory(directory);
        notes.Add($"deleted {string.Join(", ", found)} of an earlier clean stop");
    }

    private static ConcurrentDictionary<ulong, Extent> FindExtents(
        IFileSystem files, string directory, HashSet<string> names, List<string> notes, Action<LoadProgress>? progress)
    {
        const int Step = 256;
        var extents = new ConcurrentDictionary<ulong, Extent>();
        var candidates = names.Where(name => name.All(char.IsAsciiDigit)).ToList();
        for (var i = 0; i < candidates.Count; i++)
        {
            if (i % Step == 0) progress?.Invoke(new LoadProgress(i, candidates.Count));
            var path = $"{directory}/{candidates[i]}";
            if (!TryParseExtentName(candidates[i], out var id))
                notes.Add($"{path} is ignored: not the name of an extent; a Go node may refuse the partition because of it");
            else if (StatOf(files, path) is not { } status) continue; // gone since the listing
            else if (status.IsDirectory) notes.Add($"{path} is ignored: a directory");
            else extents[id.Value] = Recover(files, path, id, status);
        }
        progress?.Invoke(new LoadProgress(candidates.Count, candidates.Count));
        return extents;
    }

    private static Extent Recover(IFileSystem files, string path, ExtentId id, FileStatus status)
    {
        if (id.IsTiny) return new Extent(id, ExtentLimits.AlignUp(status.Length), ExtentLimits.NormalBytesMax, status.ModifiedSeconds);
        var watermark = status.Length;
        if (WatermarkRecovery.NeedsHoleMap(status) && files.TryOpen(path) is { } file)
            using (file) watermark = WatermarkRecovery.DataEnd(file);
        return new Extent(id, watermark, Math.Max(ExtentLimits.NormalBytesMax, status.Length), status.ModifiedSeconds);
    }

    private static FileStatus? StatOf(IFileSystem files, string path)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return files.Stat(path);
            }
            catch (DiskFaultException) when (tries < StatTriesMax)
            {
                // As CubeFS: tried again at once, without a pause.
            }
        }
    }

    /// <summary>The canonical decimal name of a tiny or normal extent.</summary>
    private static bool TryParseExtentName(string name, out ExtentId id)
    {
        var parsed = ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        id = new ExtentId(value);
        return parsed && name[0] != '0' && (id.IsTiny || value is > ExtentId.NormalBase and <= LargestIdLoaded);
    }

    /// <summary>Ids above 2^30 are never handed out, but are served if found, as far as a record in EXTENT_CRC can be addressed.</summary>
    private const ulong LargestIdLoaded = 1UL << 40;

    private static void CreateMissingTiny(IFileSystem files, string directory, Func<ExtentId, bool> isMissing)
    {
        for (var number = ExtentId.TinyFirst; number <= ExtentId.TinyLast; number++)
            if (isMissing(new ExtentId(number))) files.OpenOrCreate($"{directory}/{number}").Dispose();
    }

    private static List<IFile> OpenSnapshotCrcs(IFileSystem files, string directory)
    {
        var found = new List<IFile>();
        while (files.TryOpen($"{directory}/{BlockCrcFile.SnapshotName(found.Count)}") is { } file) found.Add(file);
        return found;
    }

    private static IFile OpenStoreFile(IFileSystem files, string path) => files.TryOpen(path) ?? throw MissingFile(path);

    private static StorageCorruptException MissingFile(string path) => new(path, "this file of the extent store is missing",
        "The partition cannot be loaded; restore the file, or let the master rebuild the replica");
}
