using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CubeActors.Runtime.Files;

/// <summary>The calls that .NET has no portable form of. Numbers: Linux uapi headers; equal on x86-64 and arm64 where used.</summary>
internal static unsafe partial class LibC
{
    public const int OpenReadOnly = 0, OpenReadWrite = 2, OpenCreate = 0x40, OpenExclusive = 0x80, OpenTruncate = 0x200, OpenCloseOnExec = 0x80000;
    /// <summary>O_DIRECT: one of the few flags that differ. Source: Linux arch/arm64/include/uapi/asm/fcntl.h, include/uapi/asm-generic/fcntl.h.</summary>
    public static readonly int OpenDirect = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    public const int FallocateKeepSize = 1, FallocatePunchHole = 2;
    public const int SeekData = 3, SeekHole = 4, SeekEnd = 2;
    public const int LockExclusive = 2, LockNonBlocking = 4, LockRelease = 8;
    public const int ReadNoWait = 0x8;
    public const int ErrNoEntry = 2, ErrInterrupted = 4, ErrNoAddress = 6, ErrAgain = 11, ErrExists = 17, ErrNotDirectory = 20, ErrInvalid = 22,
        ErrNotSupported = 95, ErrNoSystemCall = 38, ErrReadOnlyFileSystem = 30, ErrAccess = 13;
    public const int AccessExecute = 1, AccessWrite = 2;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary>struct statx: the only stat form whose layout is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatX
    {
        [FieldOffset(0)] public uint Mask;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(48)] public ulong Blocks;
        [FieldOffset(96)] public long ChangedSeconds;
        [FieldOffset(104)] public uint ChangedNanoseconds;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }

    /// <summary>struct linux_dirent64: inode and cookie of 8 bytes each, the record's length, the type, the name with a zero behind it.</summary>
    public const int DirectoryEntryLength = 16, DirectoryEntryName = 19;

    /// <summary>struct statvfs of a 64-bit libc; its tail is reserved generously.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatVfs
    {
        [FieldOffset(0)] public ulong BlockBytes;
        [FieldOffset(8)] public ulong FragmentBytes;
        [FieldOffset(16)] public ulong Blocks;
        [FieldOffset(24)] public ulong Free;
        [FieldOffset(32)] public ulong Available;
    }

    public const int AtWorkingDirectory = -100, AtEmptyPath = 0x1000, AtNoFollow = 0x100;
    public const uint StatBasic = 0x7FF;
    public const int ModeTypeMask = 0xF000, ModeDirectory = 0x4000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    public static partial nint PReadV2(SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(SafeFileHandle file, int mode, long offset, long count);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long LSeek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatXOf(int directory, string path, int flags, uint mask, StatX* result);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatXOf(SafeFileHandle file, string emptyPath, int flags, uint mask, StatX* result);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int StatXOf(SafeFileHandle directory, byte* name, int flags, uint mask, StatX* result);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint GetDirectoryEntries(SafeFileHandle directory, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatVfsOf(string path, StatVfs* result);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, int mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);
}
