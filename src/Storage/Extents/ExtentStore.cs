using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>The extents of one data partition in CubeFS's on-disk format. Byte tables: docs/formats/extent-store.md.</summary>
/// <remarks>
/// Thread-safe. One short lock an extent covers check, write, CRC record and watermark; reading takes none, except once a block to compare
/// it with its stored CRC. All calls may block on the disk, except <see cref="TryReadCached"/>. In steady state Append, Read and
/// TryReadCached allocate nothing. Expected outcomes are <see cref="StorageError"/>; a <see cref="DiskFaultException"/> means that the disk
/// failed, and leaves the store consistent. Two stores on one directory are never allowed: the owner of the disk sees to that.
/// What must never happen: an acknowledged byte below the watermark changes or disappears, or an id is handed out twice.
/// </remarks>
public sealed partial class ExtentStore : IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly ExtentStoreSettings _settings;
    private readonly BlockCrcFile _crcs;
    private readonly DeleteLog _tinyDeletes;
    private readonly DeleteLog _normalDeletes;
    private readonly ExtentIdAllocator _ids;
    private readonly ConcurrentDictionary<ulong, Extent> _extents;
    private readonly OpenExtents _openNormal;
    private readonly OpenExtents _openTiny = new(ExtentLimits.TinyCount);
    private readonly Tombstones _tombstones;
    private readonly Tombstones _deletedUnseen; // for repairs alone: a client's create is never refused for one
    private readonly TinyExtentQueues _tiny;
    private readonly BlockWatches _watches = new();
    private volatile bool _closed;
    private long _nameChanges;
    private long _nameChangesSynced;

    private ExtentStore(IFileSystem files, string directory, ExtentStoreSettings settings, StoreFiles open, bool tinyAvailable)
    {
        (_files, _directory, _settings) = (files, directory, settings);
        (_crcs, _tinyDeletes, _normalDeletes, _ids, _extents) = (open.Crcs, open.TinyDeletes, open.NormalDeletes, open.Ids, open.Extents);
        _openNormal = new OpenExtents(settings.OpenExtentsMax);
        _tombstones = new Tombstones(settings.Clock);
        _deletedUnseen = new Tombstones(settings.Clock, DeletedUnseenMax);
        _tiny = new TinyExtentQueues(tinyAvailable);
        Notes = open.Notes;
    }

    /// <summary>What opening found and coped with; one sentence each, for the log.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What fsck has locked.</summary>
    public ExtentLocks Locks { get; } = new();

    /// <summary>The last normal id handed out or seen. Above 2^30 the partition is reported read-only.</summary>
    public ulong BaseExtentId => _ids.Last;

    /// <summary>Extents that exist, the 64 tiny ones included.</summary>
    public int ExtentCount => _extents.Count;

    /// <summary>Takes the next id of a normal extent. It is durably spent when this returns: no crash hands it out again.</summary>
    /// <returns>None, ExtentLimit, NoSpace, Closed.</returns>
    public StorageError AllocateExtentId(out ExtentId id)
    {
        id = default;
        if (_closed) return StorageError.Closed;
        return ExtentCount >= ExtentLimits.ExtentCountMax ? StorageError.ExtentLimit : _ids.Allocate(out id);
    }

    /// <summary>Other replicas have given out ids up to this one: if this one comes to give out ids, it begins behind it. Durable on return.</summary>
    /// <returns>None, BadArgument (no id of a normal extent), NoSpace, Closed.</returns>
    public StorageError ObserveExtentId(ExtentId id) =>
        _closed ? StorageError.Closed : !ExtentLimits.IsNormal(id.Value) ? StorageError.BadArgument : _ids.Observe(id) ? StorageError.None : StorageError.NoSpace;

    /// <summary>Creates an empty normal extent, under an id from this or another replica.</summary>
    /// <returns>None, BadArgument (not the id of a normal extent), ExtentExists, ExtentDeleted (within the last four hours), NoSpace, Closed.</returns>
    /// <remarks>The name becomes durable with the first synced append or <see cref="Sync"/>, as in CubeFS.</remarks>
    /// <param name="evenIfDeleted">An extent that was deleted is restored by order: nothing else may bring it back.</param>
    public StorageError CreateExtent(ExtentId id, bool evenIfDeleted = false)
    {
        if (_closed) return StorageError.Closed;
        if (!ExtentLimits.IsNormal(id.Value)) return StorageError.BadArgument;
        if (TryFind(id, out _)) return StorageError.ExtentExists;
        if (!evenIfDeleted && _tombstones.Contains(id)) return StorageError.ExtentDeleted;
        if (!_ids.Observe(id)) return StorageError.NoSpace;
        var extent = new Extent(id, 0, ExtentLimits.NormalBytesMax, Now()) { NameIsDurable = false };
        lock (extent.Gate)
        {
            IFile? created;
            try
            {
                created = _files.TryCreate(PathOf(id));
            }
            catch (DiskFaultException fault) when (fault.IsNoSpace)
            {
                return StorageError.NoSpace;
            }
            if (created is null) return StorageError.ExtentExists;
            // An old record of the same id stays where it is: each block is set to "unknown" before its first write.
            extent.Attach(Prepare(extent, created));
            Invariant.Check(_extents.TryAdd(id.Value, extent)); // O_EXCL let one creator through
            Interlocked.Increment(ref _nameChanges);
        }
        Admit(extent);
        return StorageError.None;
    }

    /// <summary>Returns when all that was acknowledged before the call survives a power cut.</summary>
    /// <returns>False if the store is closed: nothing was synced, and perhaps never was.</returns>
    public bool Sync()
    {
        if (_closed) return false;
        SyncOpen();
        return true;
    }

    /// <summary>Makes everything durable and closes all files. Afterwards every call answers Closed.</summary>
    /// <remarks>The caller guards it: no other call may be under way.</remarks>
    public void Close()
    {
        if (_closed) return;
        _closed = true;
        try
        {
            SyncOpen();
            _ids.StoreExact();
        }
        finally
        {
            ReleaseFiles();
        }
    }

    /// <summary>Of a store that was closed without a fault: its extents, for the next start.</summary>
    /// <returns>Null if the directory is not there.</returns>
    internal byte[]? Keep() => _files.Stat(_directory) is { IsDirectory: true } status
        ? KeptExtents.Write(status, Interlocked.Read(ref _tinyAllocated), _crcs.HasSnapshots, _extents.Values) : null;

    /// <summary>Closes all files without a sync: the disk failed, or <see cref="Close"/> came before.</summary>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        ReleaseFiles();
    }

    private void SyncOpen()
    {
        foreach (var extent in _openNormal.Snapshot()) SyncIfDirty(extent);
        foreach (var extent in _openTiny.Snapshot()) SyncIfDirty(extent);
        SyncNames();
        _crcs.Sync();
        _tinyDeletes.Sync();
        _normalDeletes.Sync();
    }

    private static void SyncIfDirty(Extent extent)
    {
        if (extent.File is not { IsDirty: true } file || !file.TryHold()) return; // who closed it meanwhile has synced it
        try
        {
            file.Sync();
        }
        finally
        {
            file.LetGo();
        }
    }

    private void SyncNames()
    {
        var changes = Interlocked.Read(ref _nameChanges);
        if (changes == Interlocked.Read(ref _nameChangesSynced)) return;
        _files.SyncDirectory(_directory);
        // Only now: whoever asks during the sync must wait for one of his own. A smaller number of a late one costs a sync, no more.
        Interlocked.Exchange(ref _nameChangesSynced, changes);
    }

    private void ReleaseFiles()
    {
        foreach (var extent in _extents.Values)
            lock (extent.Gate) extent.Detach()?.LetGo();
        _ids.Dispose();
        _crcs.Dispose();
        _tinyDeletes.Dispose();
        _normalDeletes.Dispose();
    }

    /// <summary>Holds the open file of an extent and opens it first if needed. The caller lets go.</summary>
    private StorageError Hold(Extent extent, out ExtentFile file)
    {
        extent.MarkUsed();
        if (extent.File is { } open && open.TryHold())
        {
            file = open;
            return StorageError.None;
        }
        StorageError error;
        bool opened;
        lock (extent.Gate)
        {
            error = OpenLocked(extent, out file, out opened);
            if (error == StorageError.None) Invariant.Check(file.TryHold());
        }
        if (opened) Admit(extent);
        return error;
    }

    /// <summary>The open file of an extent whose lock is held.</summary>
    /// <param name="opened">It was opened just now: the caller calls <see cref="Admit"/> once the lock is free.</param>
    private StorageError OpenLocked(Extent extent, out ExtentFile file, out bool opened)
    {
        opened = false;
        file = extent.File!;
        if (_closed) return StorageError.Closed;
        if (extent.IsDeleted) return StorageError.ExtentDeleted;
        if (file is not null) return StorageError.None;
        if (_files.TryOpen(PathOf(extent.Id)) is not { } found) return StorageError.ExtentMissing; // somebody else removed it
        file = Prepare(extent, found);
        extent.Attach(file);
        opened = true;
        return StorageError.None;
    }

    private ExtentFile Prepare(Extent extent, IFile file)
    {
        try
        {
            var prepared = new ExtentFile(file, file.Length);
            if (!extent.Id.IsTiny) _crcs.Load(extent.Id, prepared.Blocks);
            return prepared;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Counts an extent as open and closes another one if there are too many. Called without any extent's lock.</summary>
    private void Admit(Extent opened)
    {
        var open = opened.Id.IsTiny ? _openTiny : _openNormal;
        if (open.Admit(opened) is not { } victim) return;
        ExtentFile? file;
        lock (victim.Gate)
        {
            // Synced before it is given up: a closed file is on no list of what is still to be made durable.
            if (victim.File is { IsDirty: true } dirty) dirty.Sync();
            file = victim.Detach();
        }
        open.Left(victim);
        file?.LetGo();
    }

    private StorageError Missing(ExtentId id) => _tombstones.Contains(id) ? StorageError.ExtentDeleted : StorageError.ExtentMissing;

    private string PathOf(ExtentId id) => $"{_directory}/{id.Value}";

    private long Now() => _settings.Clock.GetUtcNow().ToUnixTimeSeconds();
}
