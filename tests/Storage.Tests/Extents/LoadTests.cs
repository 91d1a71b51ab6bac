using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>Taking over what lies in a directory, whoever left it.</summary>
public sealed class LoadTests
{
    private const long MiB = 1 << 20;
    private readonly TestStore _test = new();

    private void WriteSparse(string name, long length, params (long From, long To)[] data)
    {
        using var file = _test.Disk.OpenOrCreate(TestStore.PathOf(name));
        file.SetLength(length);
        foreach (var (from, to) in data) file.Write(from, TestStore.Bytes((int)(to - from)));
    }

    public static TheoryData<string, long, long[], long> HoleMaps => new()
    {
        { "dense", 1_000_000, [0, 1_000_000], 1_000_000 },
        { "all hole", 1_000_000, [], 1_000_000 },
        { "empty", 0, [], 0 },
        { "trailing hole", MiB, [0, 131072], 131072 },
        { "leading hole", MiB, [524288, MiB], MiB },
        { "full with an inner hole, where a Go node would stop at the hole", 128 * MiB, [0, 131072, 262144, 300000, 128 * MiB - 4096, 128 * MiB], 128 * MiB },
        { "snapshot data behind 128 MiB", 130 * MiB, [0, 5 * MiB, 128 * MiB, 130 * MiB], 5 * MiB },
        { "snapshot data right behind full normal data", 129 * MiB, [126 * MiB, 129 * MiB], 128 * MiB },
        { "only snapshot data", 129 * MiB, [128 * MiB, 129 * MiB], 128 * MiB },
    };

    [Theory]
    [MemberData(nameof(HoleMaps))]
    public void The_watermark_is_the_end_of_the_last_data_that_starts_below_128_MiB(string what, long length, long[] data, long expected)
    {
        _test.Store.Close();
        WriteSparse("1025", length, data.Chunk(2).Select(run => (run[0], run[1])).ToArray());
        _test.Reopen();
        var record = _test.Store.Find(new ExtentId(1025))!.Value;
        Assert.True(expected == record.Size, $"{what}: {record.Size}");
        Assert.Equal(Math.Max(128 * MiB, length), record.SnapshotEnd);
        Assert.Equal(expected + Math.Max(0, length - 128 * MiB), record.TotalBytes);
        Assert.Equal(length, _test.Disk.Stat(TestStore.PathOf("1025"))!.Value.Length);
    }

    [Fact]
    public void The_hole_rule_holds_on_a_real_file_system()
    {
        var directory = Directory.CreateTempSubdirectory("cubeactors-").FullName;
        try
        {
            using var file = LinuxFileSystem.Instance.TryCreate($"{directory}/a")!;
            file.SetLength(128 * MiB);
            file.Write(0, TestStore.Bytes(131072));
            Assert.Equal(131072, WatermarkRecovery.DataEnd(file));
            file.Write(128 * MiB - 4096, TestStore.Bytes(4096));
            Assert.Equal(128 * MiB, WatermarkRecovery.DataEnd(file));
            Assert.True(WatermarkRecovery.NeedsHoleMap(LinuxFileSystem.Instance.Stat($"{directory}/a")!.Value));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Snapshot_data_is_kept_and_appends_below_it_leave_it_alone()
    {
        _test.Store.Close();
        WriteSparse("1025", 129 * MiB, (0, 1000), (128 * MiB, 129 * MiB));
        _test.Reopen();
        var id = new ExtentId(1025);
        Assert.Equal(4096, _test.Store.Find(id)!.Value.Size); // the last page of data, as holes are found by pages
        Assert.Equal(4096 + 500, _test.Append(id, 4096, TestStore.Bytes(500)));
        Assert.Equal(StorageError.OffsetBeyondEnd, _test.Store.Read(id, 128 * MiB, new byte[10], out _));
        Assert.Equal(129 * MiB, _test.Disk.Stat(TestStore.PathOf("1025"))!.Value.Length);
        var tail = new byte[MiB];
        using var file = _test.Disk.TryOpen(TestStore.PathOf("1025"))!;
        file.Read(128 * MiB, tail);
        Assert.Equal(TestStore.Bytes((int)MiB), tail);
    }

    [Fact]
    public void Hints_of_a_Go_node_are_deleted_unread_before_anything_else_changes()
    {
        _test.Store.Close();
        _test.WriteFile("1030", TestStore.Bytes(10));
        foreach (var hint in new[] { "READDIR_HINT_V2", "READDIR_HINT", "READDIR_HINT.tmp" }) _test.WriteFile(hint, new byte[57]);
        _test.Disk.DeleteFile(TestStore.PathOf("64"));
        var calls = new List<string>();
        _test.Disk.Fault = call =>
        {
            if (call.Operation is DiskOperation.Delete or DiskOperation.SyncDirectory or DiskOperation.Write || call.Name is "64") calls.Add($"{call.Operation} {call.Name}");
            return null;
        };
        _test.Reopen();
        Assert.Equal(["Delete READDIR_HINT_V2", "Delete READDIR_HINT", "Delete READDIR_HINT.tmp", "SyncDirectory datapartition_7_1073741824"], calls.Take(4));
        Assert.Contains("Open 64", calls.Skip(4));
        Assert.Equal(10, _test.Store.Find(new ExtentId(1030))!.Value.Size);
        Assert.DoesNotContain(_test.Disk.List(TestStore.Directory)!, name => name.StartsWith("READDIR", StringComparison.Ordinal));
        Assert.Single(_test.Store.Notes);
    }

    [Theory]
    [InlineData("EXTENT_META")]
    [InlineData("EXTENT_CRC")]
    [InlineData("TINYEXTENT_DELETE")]
    [InlineData("NORMALEXTENT_DELETE")]
    public void A_missing_store_file_is_named_and_nothing_is_made_in_its_place(string name)
    {
        _test.Store.Close();
        _test.Disk.DeleteFile(TestStore.PathOf(name));
        var changes = _test.Disk.Changes;
        var failure = Assert.Throws<StorageCorruptException>(() => _test.Reopen());
        Assert.Contains(name, failure.Message);
        Assert.Equal(changes, _test.Disk.Changes);
        Assert.Equal(0, _test.Disk.OpenFiles);
    }

    [Fact]
    public void Names_that_are_no_extents_are_left_alone_and_noted()
    {
        _test.Store.Close();
        foreach (var name in new[] { "0001030", "65", "1024", "99999999999999999999999", "0", "1099511627777" }) _test.WriteFile(name, [1]);
        _test.Disk.CreateDirectory(TestStore.PathOf("2000"));
        _test.Disk.CreateDirectory(TestStore.PathOf("wal_7"));
        _test.WriteFile("1099511627776", [1]);
        _test.Reopen();
        Assert.Equal(7, _test.Store.Notes.Count);
        Assert.Equal(65, _test.Store.ExtentCount);
        Assert.NotNull(_test.Store.Find(new ExtentId(1099511627776)));
        Assert.Equal([1], _test.FileBytes("0001030"));
    }

    [Fact]
    public void A_stat_that_fails_is_tried_three_times_before_the_partition_is_given_up()
    {
        var id = _test.CreateExtent();
        _test.Store.Close();
        var failures = 2;
        _test.Disk.Fault = call => call.Operation == DiskOperation.Stat && call.Name == id.ToString() && failures-- > 0 ? DiskFault.MediaError : null;
        _test.Reopen();
        Assert.NotNull(_test.Store.Find(id));
        _test.Store.Close();
        failures = 3;
        Assert.Throws<DiskFaultException>(() => _test.Reopen());
    }

    [Fact]
    public void Progress_ends_at_the_number_of_extents()
    {
        _test.Store.Close();
        var seen = new List<LoadProgress>();
        using var store = ExtentStore.Open(_test.Disk, TestStore.Directory, _test.Settings, seen.Add);
        Assert.Equal(new LoadProgress(64, 64), seen[^1]);
        Assert.Equal(new LoadProgress(0, 64), seen[0]);
    }

    [Fact]
    public void An_aborted_creation_is_completed_and_a_directory_with_data_is_not_made_anew()
    {
        for (var at = 0; ; at++)
        {
            var disk = new SimulatedFileSystem();
            disk.MakeDirectories(TestStore.Directory);
            disk.CrashAt = disk.Changes + at;
            try
            {
                ExtentStore.Create(disk, TestStore.Directory, _test.Settings).Dispose();
                break;
            }
            catch (SimulatedCrashException)
            {
                disk.Kill();
                ExtentStore.Create(disk, TestStore.Directory, _test.Settings).Dispose();
                Assert.Equal(69, disk.List(TestStore.Directory)!.Count);
            }
        }
        _test.Append(new ExtentId(3), 0, [1]);
        _test.Store.Close();
        Assert.Throws<StorageCorruptException>(() => ExtentStore.Create(_test.Disk, TestStore.Directory, _test.Settings));
        Assert.Equal([1], _test.FileBytes("3"));
    }

    [Fact]
    public void A_missing_directory_is_named() =>
        Assert.Contains("/disk/none", Assert.Throws<StorageCorruptException>(() => ExtentStore.Open(_test.Disk, "/disk/none", _test.Settings)).Message);

    [Fact]
    public void A_setting_without_open_extents_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ExtentStore.Open(_test.Disk, TestStore.Directory, _test.Settings with { OpenExtentsMax = 0 }));
}
