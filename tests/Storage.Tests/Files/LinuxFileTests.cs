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
        }
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void The_boot_id_is_the_same_for_two_readers() => Assert.Equal(KernelBoot.ReadId(), KernelBoot.ReadId());
}
