using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class DiskRootTests
{
    private const string Root = "/disk";
    private readonly ManualClock _clock = new();
    private readonly SimulatedFileSystem _disk;

    public DiskRootTests()
    {
        _disk = new SimulatedFileSystem(clock: _clock);
        _disk.MakeDirectories(Root);
    }

    private DiskRoot Open(string bootId = "boot-1") => DiskRoot.Open(_disk, Root + "/", bootId, "node a, pid 1");

    private static PartitionMeta Meta(ulong id = 7) => new() { Volume = "v", Partition = new PartitionId(id), PartitionBytes = 1 << 30 };

    private void Touch(string path)
    {
        using var file = _disk.OpenOrCreate(path);
        file.Write(0, [1]);
    }

    [Theory]
    [InlineData("datapartition_21_128849018880", RootEntryKind.Partition, 21, 128849018880)]
    [InlineData("expired_datapartition_21_5", RootEntryKind.Expired, 21, 5)]
    [InlineData("backup_datapartition_21_5-20250102030405", RootEntryKind.Backup, 21, 5)]
    [InlineData("x_backup_datapartition_21_5-1y", RootEntryKind.Backup, 21, 5)]
    [InlineData(".cubeactors-deleting-datapartition_21_5", RootEntryKind.Deleting, 21, 5)]
    [InlineData("datapartition_21_5_20250102030405.123456789.old", RootEntryKind.Other, 0, 0)]
    [InlineData("backup_datapartition_21_5", RootEntryKind.Other, 0, 0)]
    [InlineData("datapartition_21", RootEntryKind.Other, 0, 0)]
    [InlineData("datapartition_x_5", RootEntryKind.Other, 0, 0)]
    [InlineData("datapartition_21_-5", RootEntryKind.Other, 0, 0)]
    [InlineData("datapartition_99999999999999999999_5", RootEntryKind.Other, 0, 0)]
    [InlineData(".diskStatus", RootEntryKind.Other, 0, 0)]
    [InlineData("lost+found", RootEntryKind.Other, 0, 0)]
    public void An_entry_is_judged_by_its_name(string name, RootEntryKind kind, ulong id, long bytes) =>
        Assert.Equal(new RootEntry(kind, name, new PartitionId(id), bytes), RootEntry.Classify(name));

    [Fact]
    public void Opening_writes_the_probe_and_changes_nothing_else_that_it_finds()
    {
        foreach (var name in new[] { "expired_datapartition_1_5", "backup_datapartition_2_5-1", "foreign", "datapartition_3_5" }) _disk.CreateDirectory($"{Root}/{name}");
        using var root = Open();
        Assert.Equal([".cubeactors", ".diskStatus", "backup_datapartition_2_5-1", "datapartition_3_5", "expired_datapartition_1_5", "foreign"], root.List().Select(e => e.Name));
        using var file = _disk.TryOpen($"{Root}/.diskStatus")!;
        var bytes = new byte[20];
        Assert.Equal(".diskStatus", Encoding.ASCII.GetString(bytes, 0, file.Read(0, bytes)));
        Assert.True(root.IsPresent());
        _disk.DeleteFile($"{Root}/.diskStatus");
        Assert.False(root.IsPresent());
    }

    [Fact]
    public void A_disk_in_use_is_refused_by_name_of_its_holder_until_that_one_is_gone()
    {
        var root = Open();
        var refused = Assert.Throws<DiskLockedException>(() => Open());
        Assert.Contains("/disk", refused.Message);
        Assert.Contains("node a, pid 1", refused.Message);
        root.Dispose();
        Open().Dispose();
        Open();
        _disk.Kill();
        Open().Dispose();
    }

    [Fact]
    public void A_missing_disk_and_a_disk_that_cannot_be_written_are_refused_and_not_left_locked()
    {
        Assert.Contains("/none", Assert.Throws<DiskMissingException>(() => DiskRoot.Open(_disk, "/none", "b", "p")).Message);
        _disk.Fault = call => call.Operation == DiskOperation.Write ? new DiskFault(LinuxError.ReadOnly) : null;
        Assert.True(Assert.Throws<DiskFaultException>(() => Open()).IsMediaError);
        _disk.Fault = null;
        Open().Dispose();
    }

    [Fact]
    public void A_probe_that_reads_other_bytes_than_it_wrote_is_a_media_error()
    {
        using var root = Open();
        _disk.Fault = call =>
        {
            if (call is { Operation: DiskOperation.Read, Name: ".diskStatus" })
            {
                _disk.Fault = null;
                Touch($"{Root}/.diskStatus");
            }
            return null;
        };
        Assert.True(Assert.Throws<DiskFaultException>(root.Probe).IsMediaError);
    }

    [Fact]
    public void A_partition_is_made_complete_with_META_last_whatever_cuts_the_creation_short()
    {
        for (var at = 0; ; at++)
        {
            var disk = new SimulatedFileSystem(at);
            disk.MakeDirectories(Root);
            var settings = new ExtentStoreSettings(_clock);
            disk.CrashAt = disk.Changes + at;
            var finished = true;
            try
            {
                PartitionDirectory.Create(disk, Root, Meta(), settings).Dispose();
            }
            catch (SimulatedCrashException)
            {
                finished = false;
            }
            disk.PowerCut();
            var directory = $"{Root}/datapartition_7_1073741824";
            if (disk.Stat($"{directory}/META") is not null)
            {
                Assert.Equal("v", PartitionMeta.Load(disk, directory)!.Volume);
                Assert.Equal(0UL, ApplyFile.Load(disk, directory));
                using var store = ExtentStore.Open(disk, directory, settings);
                Assert.Equal(64, store.ExtentCount);
            }
            else
            {
                Assert.False(finished, "an answered creation is gone");
                PartitionDirectory.Create(disk, Root, Meta(), settings).Dispose();
                Assert.NotNull(PartitionMeta.Load(disk, directory));
            }
            if (finished) break;
        }
    }

    [Fact]
    public void A_partition_that_exists_is_not_made_again()
    {
        using var root = Open();
        root.CreatePartition(Meta(), new ExtentStoreSettings(_clock)).Close();
        Assert.Contains("datapartition_7_", Assert.Throws<StorageCorruptException>(() => root.CreatePartition(Meta(), new ExtentStoreSettings(_clock))).Message);
    }

    [Fact]
    public void A_delete_hides_the_partition_at_once_and_is_finished_by_whoever_comes_later()
    {
        using var root = Open();
        root.CreatePartition(Meta(), new ExtentStoreSettings(_clock)).Close();
        _disk.CreateDirectory($"{Root}/datapartition_7_1073741824/wal_7");
        Touch($"{Root}/datapartition_7_1073741824/wal_7/log");
        Assert.True(root.BeginDelete(new PartitionId(7), 1 << 30));
        Assert.False(root.BeginDelete(new PartitionId(7), 1 << 30));
        Assert.Equal([RootEntryKind.Deleting], root.List().Select(e => e.Kind).Where(k => k != RootEntryKind.Other));
        Assert.False(root.FinishDeletes(namesMax: 10));
        root.CreatePartition(Meta(), new ExtentStoreSettings(_clock)).Close();
        Assert.True(root.BeginDelete(new PartitionId(7), 1 << 30)); // the first one's files still lie there
        Assert.True(root.FinishDeletes(int.MaxValue));
        Assert.True(root.FinishDeletes(0));
        Assert.All(root.List(), entry => Assert.Equal(RootEntryKind.Other, entry.Kind));
    }

    [Fact]
    public void A_delete_survives_a_power_cut_from_the_moment_it_is_answered()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var disk = new SimulatedFileSystem(seed);
            disk.MakeDirectories(Root);
            var root = DiskRoot.Open(disk, Root, "b", "p");
            root.CreatePartition(Meta(), new ExtentStoreSettings(_clock)).Close();
            root.BeginDelete(new PartitionId(7), 1 << 30);
            disk.PowerCut();
            using var again = DiskRoot.Open(disk, Root, "b2", "p");
            Assert.DoesNotContain(again.List(), entry => entry.Kind == RootEntryKind.Partition);
            again.FinishDeletes(int.MaxValue);
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    [Fact]
    public void Deleting_removes_links_and_never_what_they_point_to()
    {
        var directory = Directory.CreateTempSubdirectory("cubeactors-").FullName;
        try
        {
            var target = Directory.CreateDirectory($"{directory}/target").FullName;
            File.WriteAllText($"{target}/precious", "x");
            Directory.CreateDirectory($"{directory}/disk/datapartition_7_5");
            Directory.CreateSymbolicLink($"{directory}/disk/datapartition_7_5/link", target);
            using var root = DiskRoot.Open(LinuxFileSystem.Instance, $"{directory}/disk", KernelBoot.ReadId(), "test");
            root.BeginDelete(new PartitionId(7), 5);
            Assert.True(root.FinishDeletes(int.MaxValue));
            Assert.True(File.Exists($"{target}/precious"));
            Assert.False(Directory.Exists($"{directory}/disk/.cubeactors-deleting-datapartition_7_5"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory] // total, free, available, reserve, repair => Total, Available, Used, read-only
    [InlineData(100, 60, 50, 10, 0, 90, 40, 40, false)]
    [InlineData(100, 60, 50, 10, 15, 90, 25, 55, false)]
    [InlineData(100, 12, 10, 10, 0, 90, 0, 88, true)]
    [InlineData(5, 4, 3, 10, 0, 0, 0, 6, true)]
    [InlineData(100, 100, 100, 0, 0, 100, 100, 0, false)]
    public void Space_figures_leave_out_the_reserve(long total, long free, long available, long reserve, long repair, long t, long a, long u, bool readOnly)
    {
        var space = DiskSpace.Compute(new FileSystemSpace(total, free, available), reserve, repair);
        Assert.Equal(new DiskSpace(t, a, u, free), space);
        Assert.Equal(readOnly, space.IsReadOnly);
    }

    [Fact]
    public void A_read_only_disk_still_takes_writes_above_its_own_reserve()
    {
        var space = DiskSpace.Compute(new FileSystemSpace(100, 12, 10), 10, 0);
        Assert.True(space.AcceptsWrites(ownReserveBytes: 5, repairBytes: 0));
        Assert.False(space.AcceptsWrites(ownReserveBytes: 12, repairBytes: 0));
        Assert.False(space.AcceptsWrites(ownReserveBytes: 5, repairBytes: 7));
        Assert.Equal((40, 0), (space.UnallocatedBytes(50), space.UnallocatedBytes(91)));
    }

    [Fact]
    public void A_measured_disk_shows_what_is_written_to_it()
    {
        using var root = Open();
        _disk.CapacityBytes = 100 * 4096;
        var before = root.MeasureSpace(10 * 4096);
        Touch($"{Root}/x");
        var after = root.MeasureSpace(10 * 4096);
        Assert.Equal((before.UsedBytes + 4096, before.AvailableBytes - 4096), (after.UsedBytes, after.AvailableBytes));
        Assert.Equal(90 * 4096, after.TotalBytes);
    }
}
