using System.Runtime.InteropServices;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage.Tests;

/// <summary>The file seam on the running system, in a temporary directory.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LinuxFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cubeactors-").FullName;
    private readonly LinuxFileSystem _files = LinuxFileSystem.Instance;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string PathOf(string name) => $"{_directory}/{name}";

    [Fact]
    public void Bytes_written_at_an_offset_are_read_there_and_the_gap_reads_as_zeros()
    {
        using var file = _files.TryCreate(PathOf("a"))!;
        file.Write(10_000, [1, 2, 3]);
        file.Sync();
        var bytes = new byte[10_004];
        Assert.Equal(10_003, file.Read(0, bytes));
        Assert.Equal([1, 2, 3, 0], bytes[10_000..]);
        Assert.All(bytes[..10_000], b => Assert.Equal(0, b));
        Assert.Equal(10_003, file.Length);
        Assert.Equal(0, file.Read(10_003, bytes));
    }

    [Fact]
    public void A_read_only_view_reads_and_fails_at_whatever_would_change_something()
    {
        using (var file = _files.TryCreate(PathOf("a"))!) file.Write(0, [1, 2, 3]);
        var view = LinuxFileSystem.ReadOnly;
        using var seen = view.TryOpen(PathOf("a"))!;
        var bytes = new byte[3];
        Assert.Equal(3, seen.Read(0, bytes));
        Assert.Equal([1, 2, 3], bytes);
        Assert.NotNull(view.Stat(PathOf("a")));
        Assert.Equal(["a"], view.List(_directory));
        foreach (var change in (Action[])
            [() => seen.Write(0, bytes), () => view.TryCreate(PathOf("b")), () => view.OpenOrCreate(PathOf("a")), () => view.CreateDirectory(PathOf("d")), () => view.Rename(PathOf("a"), PathOf("b")),
             () => view.DeleteFile(PathOf("a")), () => view.DeleteDirectory(_directory), () => view.SyncDirectory(_directory), () => view.TryLockDirectory(_directory)])
        {
            Assert.Throws<DiskFaultException>(change);
        }

        Assert.Equal(["a"], _files.List(_directory));
    }

    [Fact]
    public void A_directory_is_known_by_device_and_inode()
    {
        Directory.CreateDirectory(PathOf("d"));
        Assert.NotEqual(LinuxFileSystem.Inode(_directory), LinuxFileSystem.Inode(PathOf("d")));
        Assert.Equal(LinuxFileSystem.Inode(_directory), LinuxFileSystem.Inode($"{_directory}/."));
        Assert.True(LinuxFileSystem.IsWritableDirectory(_directory));
    }

    [Fact]
    public void A_cached_read_returns_what_was_just_written_and_refuses_what_the_file_does_not_hold()
    {
        using var file = _files.TryCreate(PathOf("a"))!;
        file.Write(0, TestStore.Bytes(8192));
        var bytes = new byte[8192];
        // tmpfs and some container file systems do not support it: then it never succeeds, and never lies.
        if (file.TryReadCached(0, bytes)) Assert.Equal(TestStore.Bytes(8192), bytes);
        Assert.False(file.TryReadCached(1, bytes));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4095, 2)]
    [InlineData(4096, 4096)]
    [InlineData(1, 131071)]
    [InlineData(4095, 131072)]
    [InlineData(12345, 280000)]
    [InlineData(299_990, 100)] // behind the end
    [InlineData(300_000, 1)]
    [InlineData(400_000, 1)]
    public void A_direct_read_returns_what_an_ordinary_one_does_wherever_it_begins_and_ends(int offset, int count)
    {
        foreach (var directory in Directory.Exists("/dev/shm") ? [_directory, "/dev/shm"] : (string[])[_directory]) // of the second, older kernels cannot read so
        {
            var path = $"{directory}/cubeactors-direct-{Guid.NewGuid():n}";
            using var file = _files.TryCreate(path)!;
            try
            {
                file.Write(0, TestStore.Bytes(300_000)); // not synced: read all the same
                var (direct, ordinary) = (new byte[count], new byte[count]);
                Assert.Equal(file.Read(offset, ordinary), file.ReadDirect(offset, direct));
                Assert.Equal(ordinary, direct);
            }
            finally
            {
                _files.DeleteFile(path);
            }
        }
    }

    [Fact]
    public void A_file_whose_name_is_gone_is_read_directly_too_by_many_threads()
    {
        using var file = _files.TryCreate(PathOf("a"))!;
        file.Write(0, TestStore.Bytes(200_000));
        _files.DeleteFile(PathOf("a"));
        Parallel.For(0, 100, i =>
        {
            var bytes = new byte[1000];
            Assert.Equal(1000, file.ReadDirect(i * 1990, bytes));
            Assert.Equal(TestStore.Bytes(200_000).AsSpan(i * 1990, 1000).ToArray(), bytes);
        });
    }

    [Fact]
    public void What_a_direct_read_fetches_does_not_stay_in_the_page_cache()
    {
        if (new DriveInfo(_directory).DriveFormat is not ("ext4" or "xfs")) return; // others may keep what they like
        using var file = _files.TryCreate(PathOf("a"))!;
        file.Write(0, TestStore.Bytes(8192));
        file.Sync();
        var bytes = new byte[4096];
        DropFromCache(PathOf("a"));
        if (IsCached(PathOf("a"))) return; // the system keeps it whatever it is told
        file.ReadDirect(0, bytes);
        Assert.Equal(TestStore.Bytes(8192).AsSpan(0, 4096).ToArray(), bytes);
        Assert.False(IsCached(PathOf("a")));
        file.Read(0, bytes);
        Assert.True(IsCached(PathOf("a")));
    }

    [Fact]
    public void Opening_tells_missing_and_existing_files_apart_without_an_exception()
    {
        Assert.Null(_files.TryOpen(PathOf("a")));
        using var first = _files.TryCreate(PathOf("a"));
        Assert.NotNull(first);
        Assert.Null(_files.TryCreate(PathOf("a")));
        first.Write(0, [1]);
        using var again = _files.OpenOrCreate(PathOf("a"));
        Assert.Equal(1, again.Length);
        using var cut = _files.OpenOrCreate(PathOf("a"), truncate: true);
        Assert.Equal(0, cut.Length);
    }

    [Fact]
    public void Permissions_of_new_files_are_0666_and_0755_without_the_umask()
    {
        _files.TryCreate(PathOf("data"))!.Dispose();
        _files.TryCreate(PathOf("marker"), FilePermission.Marker)!.Dispose();
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(PathOf("data")) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute));
        Assert.True(File.GetUnixFileMode(PathOf("marker")).HasFlag(UnixFileMode.UserExecute | UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void A_punched_hole_reads_as_zeros_keeps_the_length_and_is_found_by_seeking()
    {
        using var file = _files.TryCreate(PathOf("a"))!;
        file.Write(0, TestStore.Bytes(64 * 1024));
        file.Sync();
        file.PunchHole(16 * 1024, 16 * 1024);
        Assert.Equal(64 * 1024, file.Length);
        Assert.Equal(16 * 1024, file.SeekHole(0));
        Assert.Equal(32 * 1024, file.SeekData(16 * 1024));
        Assert.Equal(64 * 1024, file.SeekHole(32 * 1024));
        Assert.Null(file.SeekData(64 * 1024));
        Assert.Null(file.SeekHole(64 * 1024));
        var hole = new byte[16 * 1024];
        file.Read(16 * 1024, hole);
        Assert.All(hole, b => Assert.Equal(0, b));
        Assert.Equal(48 * 1024, file.AllocatedBytes);
    }

    [Fact]
    public void Reserved_space_is_occupied_and_does_not_change_the_length()
    {
        using var file = _files.TryCreate(PathOf("a"))!;
        file.Allocate(0, 1024 * 1024);
        Assert.Equal(0, file.Length);
        Assert.True(file.AllocatedBytes >= 1024 * 1024);
        file.SetLength(4096);
        Assert.Equal(4096, file.Length);
    }

    [Fact]
    public void Stat_describes_files_directories_links_and_nothing()
    {
        using (var file = _files.TryCreate(PathOf("a"))!) file.Write(0, new byte[5000]);
        _files.CreateDirectory(PathOf("d"));
        File.CreateSymbolicLink(PathOf("l"), PathOf("d"));
        Assert.Equal(5000, _files.Stat(PathOf("a"))!.Value.Length);
        Assert.False(_files.Stat(PathOf("a"))!.Value.IsDirectory);
        Assert.InRange(_files.Stat(PathOf("a"))!.Value.ModifiedSeconds, 1_500_000_000, 10_000_000_000);
        Assert.True(_files.Stat(PathOf("d"))!.Value.IsDirectory);
        Assert.True(_files.Stat(PathOf("l"))!.Value.IsDirectory);
        Assert.False(_files.Stat(PathOf("l"), followLink: false)!.Value.IsDirectory);
        Assert.Null(_files.Stat(PathOf("none")));
        Assert.Null(_files.Stat(PathOf("a/below-a-file")));
    }

    [Fact]
    public void Listing_returns_every_name_and_null_for_a_missing_directory()
    {
        _files.TryCreate(PathOf(".hidden"))!.Dispose();
        _files.CreateDirectory(PathOf("d"));
        Assert.Equal([".hidden", "d"], _files.List(_directory)!.Order(StringComparer.Ordinal));
        Assert.Null(_files.List(PathOf("none")));
    }

    [Fact]
    public void Renaming_replaces_and_deleting_says_whether_there_was_something()
    {
        using (var file = _files.TryCreate(PathOf("new"))!) file.Write(0, [7]);
        _files.TryCreate(PathOf("old"))!.Dispose();
        _files.Rename(PathOf("new"), PathOf("old"));
        _files.SyncDirectory(_directory);
        Assert.Equal(1, _files.Stat(PathOf("old"))!.Value.Length);
        Assert.True(_files.DeleteFile(PathOf("old")));
        Assert.False(_files.DeleteFile(PathOf("old")));
        Assert.True(_files.CreateDirectory(PathOf("d")));
        Assert.False(_files.CreateDirectory(PathOf("d")));
        Assert.True(_files.DeleteDirectory(PathOf("d")));
        Assert.False(_files.DeleteDirectory(PathOf("d")));
    }

    [Fact]
    public void A_directory_lock_excludes_a_second_one_until_it_is_released()
    {
        var first = _files.TryLockDirectory(_directory);
        Assert.NotNull(first);
        Assert.Null(_files.TryLockDirectory(_directory));
        first.Dispose();
        using var second = _files.TryLockDirectory(_directory);
        Assert.NotNull(second);
    }

    [Fact]
    public void Space_is_positive_and_free_is_at_most_total()
    {
        var space = _files.Space(_directory);
        Assert.True(space.TotalBytes > 0);
        Assert.InRange(space.FreeBytes, 0, space.TotalBytes);
        Assert.InRange(space.AvailableBytes, 0, space.FreeBytes);
        Assert.Equal(_files.DeviceId(_directory), _files.DeviceId(_directory + "/."));
    }

    [Fact]
    public void A_failure_names_operation_path_and_errno()
    {
        var fault = Assert.Throws<DiskFaultException>(() => _files.Rename(PathOf("none"), PathOf("other")));
        Assert.Contains("rename", fault.Message);
        Assert.Contains(PathOf("none"), fault.Message);
        Assert.Equal(2, fault.Errno);
        Assert.False(fault.IsNoSpace || fault.IsMediaError);
    }

    [Fact]
    public void A_full_device_is_told_from_other_failures()
    {
        using var full = _files.TryOpen("/dev/full")!;
        var fault = Assert.Throws<DiskFaultException>(() => full.Write(0, [1]));
        Assert.True(fault.IsNoSpace);
        Assert.Contains("write 1 bytes at 0", fault.Message);
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        using var file = _files.TryCreate(PathOf("a"))!;
        var bytes = new byte[4096];
        void Use()
        {
            file.Write(0, bytes);
            file.Read(0, bytes);
            file.TryReadCached(0, bytes);
            file.ReadDirect(1, bytes);
        }
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void The_boot_id_is_the_same_for_two_readers() => Assert.Equal(KernelBoot.ReadId(), KernelBoot.ReadId());

    private static void DropFromCache(string path)
    {
        using var handle = File.OpenHandle(path);
        Assert.Equal(0, FileAdvise((int)handle.DangerousGetHandle(), 0, 0, advice: 4)); // POSIX_FADV_DONTNEED
    }

    /// <summary>Whether the first page of a file is in the page cache; asked without touching it.</summary>
    private static bool IsCached(string path)
    {
        using var handle = File.OpenHandle(path);
        var map = Map(0, 4096, protection: 1, flags: 1, (int)handle.DangerousGetHandle(), 0); // PROT_READ, MAP_SHARED
        Assert.NotEqual(-1, map);
        var pages = new byte[1];
        Assert.Equal(0, InCore(map, 4096, pages));
        Assert.Equal(0, Unmap(map, 4096));
        return (pages[0] & 1) != 0;
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    private static extern int FileAdvise(int descriptor, long offset, long bytes, int advice);

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint Map(nint address, nint bytes, int protection, int flags, int descriptor, long offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(nint address, nint bytes);

    [DllImport("libc", EntryPoint = "mincore")]
    private static extern int InCore(nint address, nint bytes, [Out] byte[] pages);
}
