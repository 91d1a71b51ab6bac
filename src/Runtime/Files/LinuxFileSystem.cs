using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CubeActors.Runtime.Files;

/// <summary>The file system of the running Linux system. Stateless.</summary>
/// <param name="readOnly">Files are opened for reading, and whatever would change something fails as on a read-only mount (EROFS).</param>
public sealed unsafe class LinuxFileSystem(bool readOnly = false) : IFileSystem
{
    public static LinuxFileSystem Instance { get; } = new();

    /// <summary>For looking at disks that another process may have in use.</summary>
    public static LinuxFileSystem ReadOnly { get; } = new(readOnly: true);

    public IFile? TryOpen(string path) => Open(path, readOnly ? LibC.OpenReadOnly : LibC.OpenReadWrite, 0, LibC.ErrNoEntry, "open");

    public IFile? TryCreate(string path, FilePermission permission = FilePermission.Data) =>
        Open(Changing("create", path), LibC.OpenReadWrite | LibC.OpenCreate | LibC.OpenExclusive, (int)permission, LibC.ErrExists, "create");

    public IFile OpenOrCreate(string path, FilePermission permission = FilePermission.Data, bool truncate = false) =>
        Open(Changing("open or create", path), LibC.OpenReadWrite | LibC.OpenCreate | (truncate ? LibC.OpenTruncate : 0), (int)permission, 0, "open or create")!;

    public FileStatus? Stat(string path, bool followLink = true)
    {
        LibC.StatX status;
        if (LibC.StatXOf(LibC.AtWorkingDirectory, path, followLink ? 0 : LibC.AtNoFollow, LibC.StatBasic, &status) != 0)
            return LastError is LibC.ErrNoEntry or LibC.ErrNotDirectory ? null : throw Fault("stat", path);
        return Of(status);
    }

    public IReadOnlyList<string>? List(string directory)
    {
        // The base library's own walk asks for the attributes of every entry.
        var names = new NameList();
        return TryWalk(directory, names) ? names.Names : null;
    }

    public bool TryWalk(string directory, IDirectoryVisitor visitor)
    {
        // Relative to the open directory: its path is resolved once, not once for each of its files.
        var descriptor = LibC.Open(directory, LibC.OpenReadOnly | LibC.OpenCloseOnExec, 0);
        if (descriptor < 0) return LastError == LibC.ErrNoEntry ? false : throw Fault("list directory", directory);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        using var names = new WantedNames();
        ShowNames(handle, directory, visitor, names);
        fixed (byte* wanted = names.Written)
        {
            for (var at = 0; at < names.Written.Length;)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(wanted + at);
                if (StatOf(handle, directory, wanted + at) is { } status) visitor.Take(name, status);
                at += name.Length + 1;
            }
        }

        return true;
    }

    private static void ShowNames(SafeFileHandle handle, string directory, IDirectoryVisitor visitor, WantedNames wanted)
    {
        const int EntriesBytes = 64 * 1024; // 2,000 names of extents: a partition seldom needs a second call
        var buffer = ArrayPool<byte>.Shared.Rent(EntriesBytes);
        try
        {
            fixed (byte* entries = buffer)
            {
                nint got;
                while ((got = LibC.GetDirectoryEntries(handle, entries, EntriesBytes)) > 0)
                {
                    for (nint at = 0; at < got; at += *(ushort*)(entries + at + LibC.DirectoryEntryLength))
                    {
                        var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entries + at + LibC.DirectoryEntryName);
                        if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && visitor.Wants(name)) wanted.Add(name);
                    }
                }

                if (got < 0) throw Fault("list directory", directory);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FileStatus? StatOf(SafeFileHandle directory, string path, byte* name)
    {
        LibC.StatX status;
        for (var tries = 1; LibC.StatXOf(directory, name, 0, LibC.StatBasic, &status) != 0; tries++)
        {
            if (LastError == LibC.ErrNoEntry) return null; // gone since the listing
            if (tries == DirectoryWalk.StatTriesMax) throw Fault("stat", $"{path}/{Marshal.PtrToStringUTF8((nint)name)}");
        }

        return Of(status);
    }

    private static FileStatus Of(in LibC.StatX status) => new(
        (long)status.Size, (long)status.Blocks * 512, status.ModifiedSeconds, status.ChangedSeconds, (status.Mode & LibC.ModeTypeMask) == LibC.ModeDirectory)
    {
        ChangedNanoseconds = (int)status.ChangedNanoseconds,
    };

    public bool CreateDirectory(string path)
    {
        if (LibC.MakeDirectory(Changing("create directory", path), (int)FilePermission.Marker) == 0) return true;
        return LastError == LibC.ErrExists ? false : throw Fault("create directory", path);
    }

    public void Rename(string from, string to)
    {
        if (LibC.Rename(Changing("rename", from), to) != 0) throw Fault($"rename to {to}", from);
    }

    public bool DeleteFile(string path)
    {
        if (LibC.Unlink(Changing("delete", path)) == 0) return true;
        return LastError == LibC.ErrNoEntry ? false : throw Fault("delete", path);
    }

    public bool DeleteDirectory(string path)
    {
        if (LibC.RemoveDirectory(Changing("delete directory", path)) == 0) return true;
        return LastError == LibC.ErrNoEntry ? false : throw Fault("delete directory", path);
    }

    public void SyncDirectory(string path)
    {
        using var directory = OpenDirectory(Changing("fsync directory", path));
        if (LibC.FSync(directory) != 0) throw Fault("fsync directory", path);
    }

    public FileSystemSpace Space(string path)
    {
        LibC.StatVfs space;
        if (LibC.StatVfsOf(path, &space) != 0) throw Fault("statfs", path);
        var unit = space.FragmentBytes;
        return new FileSystemSpace(Bytes(space.Blocks, unit), Bytes(space.Free, unit), Bytes(space.Available, unit));
    }

    public IDisposable? TryLockDirectory(string path)
    {
        var directory = OpenDirectory(Changing("lock directory", path)); // a lock is no change, but it would keep a node from starting
        if (LibC.FLock(directory, LibC.LockExclusive | LibC.LockNonBlocking) == 0) return directory; // closing it releases the lock
        var error = LastError;
        directory.Dispose();
        return error == LibC.ErrAgain ? null : throw new DiskFaultException("lock directory", path, error);
    }

    public ulong DeviceId(string path)
    {
        LibC.StatX status;
        if (LibC.StatXOf(LibC.AtWorkingDirectory, path, 0, LibC.StatBasic, &status) != 0) throw Fault("stat", path);
        return ((ulong)status.DeviceMajor << 32) | status.DeviceMinor;
    }

    /// <summary>The inode behind a path, as /proc/locks names it together with <see cref="DeviceId"/>.</summary>
    public static ulong Inode(string path)
    {
        LibC.StatX status;
        return LibC.StatXOf(LibC.AtWorkingDirectory, path, 0, LibC.StatBasic, &status) == 0 ? status.Inode : throw Fault("stat", path);
    }

    /// <summary>This process may create and remove names in a directory. Asks the kernel and changes nothing.</summary>
    /// <exception cref="DiskFaultException">The question could not be answered.</exception>
    public static bool IsWritableDirectory(string path)
    {
        if (LibC.Access(path, LibC.AccessWrite | LibC.AccessExecute) == 0) return true;
        return LastError is LibC.ErrAccess or LibC.ErrReadOnlyFileSystem ? false : throw Fault("access", path);
    }

    private string Changing(string operation, string path) => readOnly ? throw new DiskFaultException(operation, path, LibC.ErrReadOnlyFileSystem) : path;

    private static int LastError => Marshal.GetLastPInvokeError();

    private static LinuxFile? Open(string path, int flags, int mode, int expectedError, string operation)
    {
        int descriptor;
        while ((descriptor = LibC.Open(path, flags | LibC.OpenCloseOnExec, mode)) < 0)
        {
            if (LastError == LibC.ErrInterrupted) continue;
            return LastError == expectedError ? null : throw Fault(operation, path);
        }
        return new LinuxFile(path, new SafeFileHandle(descriptor, ownsHandle: true));
    }

    private static SafeFileHandle OpenDirectory(string path)
    {
        var descriptor = LibC.Open(path, LibC.OpenReadOnly | LibC.OpenCloseOnExec, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Fault("open directory", path);
    }

    private sealed class NameList : IDirectoryVisitor
    {
        public List<string> Names { get; } = [];

        public bool Wants(ReadOnlySpan<byte> name)
        {
            Names.Add(System.Text.Encoding.UTF8.GetString(name));
            return false;
        }

        public void Take(ReadOnlySpan<byte> name, in FileStatus status)
        {
        }
    }

    /// <summary>Names one behind the other, each with a zero at its end.</summary>
    private sealed class WantedNames : IDisposable
    {
        private byte[] _bytes = ArrayPool<byte>.Shared.Rent(4096);
        private int _end;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _end);

        public void Add(ReadOnlySpan<byte> name)
        {
            if (_bytes.Length - _end <= name.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2); // a name has 255 bytes at most
                Written.CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_bytes);
                _bytes = larger;
            }

            name.CopyTo(_bytes.AsSpan(_end));
            _bytes[_end + name.Length] = 0;
            _end += name.Length + 1;
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
    }

    private static long Bytes(ulong blocks, ulong unit) => (long)UInt128.Min((UInt128)blocks * unit, long.MaxValue);

    private static DiskFaultException Fault(string operation, string path) => new(operation, path, LastError);
}
