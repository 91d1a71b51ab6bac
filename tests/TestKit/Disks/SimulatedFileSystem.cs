using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.TestKit;

/// <summary>A file system in memory that tells the page cache from the disk, and breaks where a test says so. Thread-safe, seeded.</summary>
/// <remarks>
/// A write is visible at once and durable after IFile.Sync; a name is durable after SyncDirectory. <see cref="Kill"/> is kill -9: everything
/// written stays. <see cref="PowerCut"/> keeps what was synced and, of the rest, what the seed chooses: single 4 KiB pages, lengths, and
/// for each directory the first so many of its changes in order. <see cref="CrashAt"/> ends the process at a chosen call.
/// </remarks>
public sealed class SimulatedFileSystem(int seed = 1, TimeProvider? clock = null) : IFileSystem
{
    private readonly Random _random = new(seed);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly SimulatedInode _root = SimulatedInode.NewDirectory(0);
    private readonly HashSet<SimulatedInode> _locked = [];
    private int _generation;
    private int _openFiles;

    internal Lock Gate { get; } = new();

    /// <summary>Asked before each call; an answer makes the call fail.</summary>
    public Func<DiskCall, DiskFault?>? Fault { get; set; }

    /// <summary>Which device carries a path; all lie on one unless a test says otherwise.</summary>
    public Func<string, ulong> DeviceOf { get; set; } = _ => 1;

    /// <summary>Bytes that all files together may occupy.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue / 4;

    /// <summary>Calls so far that changed something or made something durable: the points at which a crash makes a difference.</summary>
    public int Changes { get; private set; }

    /// <summary>The process ends just before the change of this number (0 is the first); null: never.</summary>
    public int? CrashAt { get; set; }

    /// <summary>If the crash hits a write, about half of it reaches the file first, up to a multiple of 512.</summary>
    public bool CrashTearsWrites { get; set; }

    /// <summary>A disk that lies: what is synced is no more durable than what is written. Names are.</summary>
    public bool SkipsSyncs { get; set; }

    public bool HasCrashed { get; private set; }

    /// <summary>Files that the current process has open.</summary>
    public int OpenFiles => Volatile.Read(ref _openFiles);

    /// <summary>The process dies; all that it wrote stays. Open files and locks are gone, the next process may start.</summary>
    public void Kill()
    {
        lock (Gate)
        {
            _generation++;
            _openFiles = 0;
            _locked.Clear();
            HasCrashed = false;
            CrashAt = null;
        }
    }

    /// <summary>The machine loses power: what was not synced survives in parts, as the seed chooses.</summary>
    public void PowerCut()
    {
        Kill();
        lock (Gate) _root.LosePower(_random);
    }

    /// <summary>Empties the page cache: <see cref="IFile.TryReadCached"/> finds nothing until bytes are read or written again.</summary>
    public void DropCaches()
    {
        lock (Gate) _root.DropCaches();
    }

    /// <summary>Creates a directory and those above it, durably.</summary>
    public void MakeDirectories(string path)
    {
        lock (Gate)
        {
            var at = _root;
            foreach (var part in Parts(path))
            {
                if (!at.Entries.TryGetValue(part, out var next)) at.Link(part, next = SimulatedInode.NewDirectory(Now));
                at.SyncNames();
                at = next;
            }
        }
    }

    public IFile? TryOpen(string path) => Open(path, DiskOperation.Open, mayCreate: false, mustCreate: false, truncate: false);

    public IFile? TryCreate(string path, FilePermission permission = FilePermission.Data) =>
        Open(path, DiskOperation.Create, mayCreate: true, mustCreate: true, truncate: false);

    public IFile OpenOrCreate(string path, FilePermission permission = FilePermission.Data, bool truncate = false) =>
        Open(path, DiskOperation.Open, mayCreate: true, mustCreate: false, truncate)!;

    public FileStatus? Stat(string path, bool followLink = true)
    {
        lock (Gate)
        {
            Enter(DiskOperation.Stat, path);
            return Find(path) is { } found
                ? new FileStatus(found.Length, found.AllocatedBytes, found.ModifiedSeconds, found.ChangedSeconds, found.IsDirectory) { ChangedNanoseconds = found.NameChanges } : null;
        }
    }

    public IReadOnlyList<string>? List(string directory)
    {
        lock (Gate)
        {
            Enter(DiskOperation.List, directory);
            return Find(directory) is { IsDirectory: true } found ? found.Entries.Keys.ToArray() : null;
        }
    }

    public bool CreateDirectory(string path)
    {
        lock (Gate)
        {
            Enter(DiskOperation.CreateDirectory, path);
            var (parent, name) = ParentOf(path);
            if (parent.Entries.ContainsKey(name)) return false;
            Change();
            parent.Link(name, SimulatedInode.NewDirectory(Now));
            return true;
        }
    }

    public void Rename(string from, string to)
    {
        lock (Gate)
        {
            Enter(DiskOperation.Rename, from);
            var (source, oldName) = ParentOf(from);
            var (target, newName) = ParentOf(to);
            if (!source.Entries.TryGetValue(oldName, out var moved)) throw new DiskFaultException("rename", from, LinuxError.NoEntry);
            Change();
            moved.NoteRename(Now);
            if (source == target) source.Rename(oldName, newName, moved);
            else
            {
                target.Link(newName, moved);
                source.Unlink(oldName);
            }
        }
    }

    public bool DeleteFile(string path)
    {
        lock (Gate)
        {
            Enter(DiskOperation.Delete, path);
            var (parent, name) = ParentOf(path);
            if (!parent.Entries.TryGetValue(name, out var found)) return false;
            if (found.IsDirectory) throw new DiskFaultException("delete", path, LinuxError.IsDirectory);
            Change();
            parent.Unlink(name);
            return true;
        }
    }

    public bool DeleteDirectory(string path)
    {
        lock (Gate)
        {
            Enter(DiskOperation.Delete, path);
            var (parent, name) = ParentOf(path);
            if (!parent.Entries.TryGetValue(name, out var found)) return false;
            if (found.Entries.Count > 0) throw new DiskFaultException("delete directory", path, LinuxError.NotEmpty);
            Change();
            parent.Unlink(name);
            return true;
        }
    }

    public void SyncDirectory(string path)
    {
        lock (Gate)
        {
            Enter(DiskOperation.SyncDirectory, path);
            var found = Find(path) ?? throw new DiskFaultException("fsync directory", path, LinuxError.NoEntry);
            Change();
            found.SyncNames();
        }
    }

    public FileSystemSpace Space(string path)
    {
        lock (Gate)
        {
            Enter(DiskOperation.Space, path);
            var free = Math.Max(0, CapacityBytes - _root.TreeBytes);
            return new FileSystemSpace(CapacityBytes, free, free);
        }
    }

    public IDisposable? TryLockDirectory(string path)
    {
        lock (Gate)
        {
            Enter(DiskOperation.Open, path);
            var found = Find(path) ?? throw new DiskFaultException("open directory", path, LinuxError.NoEntry);
            return _locked.Add(found) ? new DirectoryLock(this, found, _generation) : null;
        }
    }

    public ulong DeviceId(string path) => DeviceOf(path);

    internal long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    internal long FreeBytes => CapacityBytes - _root.TreeBytes;

    internal int Generation => _generation;

    internal void Closed(int generation)
    {
        lock (Gate)
            if (generation == _generation) _openFiles--;
    }

    /// <summary>Every call passes here first: no call works after a crash, and a test may let it fail.</summary>
    internal DiskFault? Enter(DiskOperation operation, string path, long offset = 0, long count = 0, bool partial = false)
    {
        if (HasCrashed) throw new SimulatedCrashException();
        if (Fault?.Invoke(new DiskCall(operation, path, offset, count)) is not { } fault) return null;
        // A write may fail after a front part of it: the file does that part first.
        return partial ? fault : throw new DiskFaultException($"{operation} {count} bytes at {offset}", path, fault.Errno);
    }

    /// <returns>True if the process dies here and the caller is to carry out half of a write first.</returns>
    internal bool Change(bool isWrite = false)
    {
        if (CrashAt is { } at && Changes >= at)
        {
            HasCrashed = true;
            if (isWrite && CrashTearsWrites) return true;
            throw new SimulatedCrashException();
        }
        Changes++;
        return false;
    }

    private SimulatedFile? Open(string path, DiskOperation operation, bool mayCreate, bool mustCreate, bool truncate)
    {
        lock (Gate)
        {
            Enter(operation, path);
            var (parent, name) = ParentOf(path);
            var exists = parent.Entries.TryGetValue(name, out var found);
            if (exists ? mustCreate : !mayCreate) return null;
            if (!exists)
            {
                Change();
                parent.Link(name, found = SimulatedInode.NewFile(Now));
            }
            if (found!.IsDirectory) throw new DiskFaultException("open", path, LinuxError.IsDirectory);
            if (truncate && found.Length > 0)
            {
                Change();
                found.SetLength(0);
            }
            _openFiles++;
            return new SimulatedFile(this, found, path, _generation);
        }
    }

    private (SimulatedInode Parent, string Name) ParentOf(string path)
    {
        var cut = path.TrimEnd('/').LastIndexOf('/');
        var parent = Find(path[..Math.Max(cut, 1)]);
        return parent is { IsDirectory: true } ? (parent, path.TrimEnd('/')[(cut + 1)..]) : throw new DiskFaultException("open", path, LinuxError.NoEntry);
    }

    private SimulatedInode? Find(string path)
    {
        var at = _root;
        foreach (var part in Parts(path))
            if (!at.IsDirectory || !at.Entries.TryGetValue(part, out at!)) return null;
        return at;
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private sealed class DirectoryLock(SimulatedFileSystem owner, SimulatedInode directory, int generation) : IDisposable
    {
        public void Dispose()
        {
            lock (owner.Gate)
                if (generation == owner._generation) owner._locked.Remove(directory);
        }
    }
}
