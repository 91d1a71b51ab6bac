namespace CubeActors.Runtime.Files;

/// <summary>The file seam: everything that storage asks of an operating system. Thread-safe.</summary>
/// <remarks>
/// Paths are absolute. Every failure is a <see cref="DiskFaultException"/>, except the answers named here. Nothing is durable before
/// the sync that says so: IFile.Sync for bytes, <see cref="SyncDirectory"/> for names.
/// </remarks>
public interface IFileSystem
{
    /// <returns>The file opened for reading and writing; null if there is no such file.</returns>
    IFile? TryOpen(string path);

    /// <returns>A new empty file opened for reading and writing; null if the name is taken (O_EXCL).</returns>
    IFile? TryCreate(string path, FilePermission permission = FilePermission.Data);

    /// <summary>Opens a file for reading and writing and creates it first if it is missing.</summary>
    /// <param name="truncate">Cut it to no bytes.</param>
    IFile OpenOrCreate(string path, FilePermission permission = FilePermission.Data, bool truncate = false);

    /// <param name="followLink">False: a symbolic link is described itself, and is no directory.</param>
    /// <returns>Null if nothing has this name.</returns>
    FileStatus? Stat(string path, bool followLink = true);

    /// <returns>The names in a directory, in no order, without <c>.</c> and <c>..</c>; null if there is no such directory.</returns>
    IReadOnlyList<string>? List(string directory);

    /// <summary>Shows a visitor all names in a directory, in no order, and then the status of those that it wants; a stat that fails is tried three times.</summary>
    /// <returns>False if there is no such directory.</returns>
    bool TryWalk(string directory, IDirectoryVisitor visitor) => DirectoryWalk.ByPath(this, directory, visitor);

    /// <summary>Creates one directory, mode 0755 reduced by the umask.</summary>
    /// <returns>False if the name is taken.</returns>
    bool CreateDirectory(string path);

    /// <summary>Renames a file or directory within one file system; an existing file at the target is replaced atomically.</summary>
    void Rename(string from, string to);

    /// <returns>False if there is no such file.</returns>
    bool DeleteFile(string path);

    /// <summary>Removes an empty directory.</summary>
    /// <returns>False if there is no such directory.</returns>
    bool DeleteDirectory(string path);

    /// <summary>Returns when the names created, renamed and deleted in the directory survive a power cut.</summary>
    void SyncDirectory(string path);

    /// <summary>The figures of the file system that carries <paramref name="path"/> (statfs).</summary>
    FileSystemSpace Space(string path);

    /// <summary>Takes an advisory lock on a directory that other processes using flock see; it ends with the process.</summary>
    /// <returns>The lock, released by Dispose; null if somebody else holds it.</returns>
    IDisposable? TryLockDirectory(string path);

    /// <summary>Identifies the file system that carries <paramref name="path"/>: equal for two paths on one device.</summary>
    ulong DeviceId(string path);
}

/// <summary>Permission bits of a new file, reduced by the umask.</summary>
public enum FilePermission
{
    /// <summary>0666, as extents and store files.</summary>
    Data = 0x1B6,
    /// <summary>0600, as raft logs.</summary>
    Private = 0x180,
    /// <summary>0755, as probes, APPLY and directories.</summary>
    Marker = 0x1ED,
}

/// <param name="AllocatedBytes">st_blocks × 512.</param>
/// <param name="ModifiedSeconds">mtime in whole Unix seconds.</param>
/// <param name="ChangedSeconds">ctime in whole Unix seconds.</param>
public readonly record struct FileStatus(long Length, long AllocatedBytes, long ModifiedSeconds, long ChangedSeconds, bool IsDirectory)
{
    /// <summary>The part of ctime below a second. Of a directory it moves with each name that comes or goes.</summary>
    public int ChangedNanoseconds { get; init; }
}

/// <summary>Bytes of a file system: all, free, and free for an ordinary user (statfs blocks, bfree, bavail × bsize).</summary>
public readonly record struct FileSystemSpace(long TotalBytes, long FreeBytes, long AvailableBytes);
