using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>The list of extents that a clean stop leaves: when it spares the next start its walk, and when it must not be believed.</summary>
public sealed class KeptExtentsTests
{
    private const string Root = "/disk";
    private static readonly PartitionId Id = new(7);
    private static readonly string Directory = $"{Root}/{PartitionDirectory.NameOf(Id, 1 << 30)}";
    private static readonly PartitionMeta Meta = new() { Volume = "v", Partition = Id, PartitionBytes = 1 << 30 };
    private readonly ManualClock _clock = new();
    private readonly SimulatedFileSystem _disk;
    private int _statsOfExtents;

    public KeptExtentsTests()
    {
        _disk = new SimulatedFileSystem(clock: _clock);
        _disk.MakeDirectories(Root);
        _disk.Fault = call =>
        {
            if (call.Operation == DiskOperation.Stat && ulong.TryParse(call.Path.Split('/')[^1], out _)) _statsOfExtents++;
            return null;
        };
    }

    private DiskRoot Take() => DiskRoot.Open(_disk, Root, "boot-1", "p");

    private ExtentStoreSettings Settings(bool isFresh = true) => new(_clock) { FoundIsDurable = isFresh };

    /// <summary>A partition with a full tiny object, a normal extent, a sparse one and one that was deleted; stopped cleanly.</summary>
    private IReadOnlyList<ExtentRecord> RunAndStop()
    {
        using var root = Take();
        var store = root.CreatePartition(Meta, Settings() with { TinyAvailableAtOnce = true });
        Append(store, new ExtentId(5), 0, 5000);
        for (var count = 0; count < 3; count++)
        {
            Assert.Equal(StorageError.None, store.AllocateExtentId(out var id));
            Assert.Equal(StorageError.None, store.CreateExtent(id));
            Append(store, id, 0, 100_000 + count);
        }

        Assert.Equal(StorageError.None, store.Delete(new ExtentId(1026)));
        store.RefreshUsedBytes();
        _clock.Advance(TimeSpan.FromSeconds(90));
        store.RefreshUsedBytes();
        var records = store.List();
        root.ClosePartition(Id, store);
        root.MarkCleanStop();
        _clock.Advance(TimeSpan.FromSeconds(5));
        return records;
    }

    private static void Append(ExtentStore store, ExtentId id, long offset, int bytes)
    {
        var data = TestStore.Bytes(bytes);
        Assert.Equal(StorageError.None, store.Append(id, offset, data, Crc32.Compute(data), sync: false, out _));
    }

    private ExtentStore Load(DiskRoot root, bool isFresh = true)
    {
        _statsOfExtents = 0;
        return root.OpenPartition(Meta, Directory, Settings(isFresh));
    }

    [Fact]
    public void After_a_clean_stop_no_extent_is_asked_for_and_all_is_as_it_was()
    {
        var before = RunAndStop();
        using var root = Take();
        using var store = Load(root);
        Assert.Equal(0, _statsOfExtents);
        Assert.Equal(before.Select(record => (record.Id, record.Size, record.SnapshotEnd, record.ModifiedSeconds)), store.List().Select(record => (record.Id, record.Size, record.SnapshotEnd, record.ModifiedSeconds)));
        Assert.Equal(new ExtentId(1027).Value, store.BaseExtentId);
        Assert.Equal(100_000 + 100_002 + 8192, store.UsedBytes);
        Assert.Equal(StorageError.None, store.AllocateExtentId(out var next));
        Assert.Equal(1028UL, next.Value);
        using var walked = ExtentStore.Open(_disk, Directory, Settings());
        Assert.Equal(walked.List().Select(record => (record.Id, record.Size)), store.List().Select(record => (record.Id, record.Size)));
        Assert.Equal(walked.UsedBytes, store.UsedBytes);
    }

    [Theory]
    [InlineData(false)] // found when it is used
    [InlineData(true)]  // found by the walk
    public void What_was_cut_since_is_seen_before_it_is_used(bool byWalk)
    {
        RunAndStop();
        Cut(1025, 60_000);
        Cut(5, 4097); // tiny: of its second page one byte is left
        using var root = Take();
        using var store = Load(root);
        var problem = byWalk ? store.SettleAll() : "";
        Assert.Equal(StorageError.NotAtWatermark, store.Append(new ExtentId(1025), 100_000, [1], 0, sync: false, out var watermark));
        Assert.Equal(60_000, watermark);
        Assert.Equal(StorageError.OffsetBeyondEnd, store.Read(new ExtentId(1025), 70_000, new byte[10], out _));
        Assert.Equal(StorageError.None, store.Append(new ExtentId(5), 8192, [1], 0, sync: false, out _));
        if (!byWalk) problem = store.SettleAll();
        Assert.Equal("while it was closed, somebody has cut or removed 1 of its extents, 40000 bytes: 1025. Repair brings back what the other replicas have", problem);
        Assert.False(store.HasAssumed);
        Assert.Equal("", store.SettleAll()); // told once
        Assert.Equal(60_000 + 100_002 + 8192 + (byWalk ? 0 : 4096), store.UsedBytes);
    }

    [Fact]
    public void What_has_grown_since_is_served_to_its_end()
    {
        RunAndStop();
        using (var file = _disk.TryOpen($"{Directory}/1027")!) file.Write(100_002, new byte[20]);
        using var root = Take();
        using var store = Load(root);
        Assert.Equal(StorageError.None, store.Read(new ExtentId(1027), 100_002, new byte[20], out _));
        Assert.Equal("", store.SettleAll());
        Assert.Equal(100_022, store.Find(new ExtentId(1027))!.Value.Size);
    }

    [Fact]
    public void What_is_written_before_the_walk_comes_by_stays()
    {
        RunAndStop();
        using var root = Take();
        using var store = Load(root);
        Append(store, new ExtentId(1025), 100_000, 500);
        Assert.Equal(StorageError.None, store.Delete(new ExtentId(1027)));
        Assert.Equal(StorageError.None, store.AllocateExtentId(out var id));
        Assert.Equal(StorageError.None, store.CreateExtent(id));
        Assert.Equal("", store.SettleAll());
        Assert.Equal(100_500, store.Find(new ExtentId(1025))!.Value.Size);
        Assert.Null(store.Find(new ExtentId(1027)));
        Assert.Equal(0, store.Find(id)!.Value.Size);
    }

    [Fact]
    public void A_file_that_goes_after_the_start_is_missing_and_was_not_deleted()
    {
        RunAndStop();
        using var root = Take();
        using var store = Load(root);
        _disk.DeleteFile($"{Directory}/1025");
        _disk.DeleteFile($"{Directory}/7");
        Assert.Equal(StorageError.ExtentMissing, store.Read(new ExtentId(1025), 0, new byte[10], out _));
        Assert.Contains("has cut or removed 1 of its extents, 100000 bytes: 1025", store.SettleAll(), StringComparison.Ordinal);
        Assert.Equal(StorageError.None, store.CreateExtent(new ExtentId(1025))); // by a repair
        Assert.False(store.LacksTiny);
        Assert.NotNull(_disk.Stat($"{Directory}/7"));
    }

    [Fact]
    public void No_tiny_extent_is_given_out_before_its_file_was_looked_at_and_the_disk_is_not_asked_for_one()
    {
        RunAndStop();
        using var root = Take();
        using var store = Load(root);
        ExtentId[] ids = [new(5), new(6)];
        store.PromoteTiny(ids);
        Assert.Equal(StorageError.NoTinyExtent, store.AcquireTiny(out _, out _));
        Assert.Equal((0, 0), (_statsOfExtents, store.TinyAvailable));
        store.SettleAll();
        store.PromoteTiny(ids);
        Assert.Equal(StorageError.None, store.AcquireTiny(out var id, out var offset));
        Assert.Equal(id.Value == 5 ? 8192 : 0, offset);
    }

    [Fact]
    public void The_holes_of_a_file_are_looked_at_when_it_is()
    {
        const int block = 131_072;
        using (var root = Take())
        {
            var store = root.CreatePartition(Meta, Settings());
            Assert.Equal(StorageError.None, store.AllocateExtentId(out var id));
            Assert.Equal(StorageError.None, store.CreateExtent(id));
            Append(store, id, 0, 4 * block);
            Assert.Equal(StorageError.None, store.Punch(id, block, block));
            root.ClosePartition(Id, store);
            root.MarkCleanStop();
        }

        using (var file = _disk.TryOpen($"{Directory}/1025")!) file.PunchHole(2 * block, 2 * block); // the length stays
        using var next = Take();
        using var loaded = Load(next);
        Assert.Equal(4 * block, loaded.Find(new ExtentId(1025))!.Value.Size);
        Assert.NotEqual("", loaded.SettleAll());
        Assert.Equal(block, loaded.Find(new ExtentId(1025))!.Value.Size);
    }

    [Fact]
    public void A_replica_that_is_being_filled_is_walked_through()
    {
        RunAndStop();
        using var root = Take();
        _statsOfExtents = 0;
        using var store = root.OpenPartition(Meta with { IsRepairing = true }, Directory, Settings());
        Assert.False(store.HasAssumed);
        Assert.NotEqual(0, _statsOfExtents);
    }

    private void Cut(int extent, long length)
    {
        using var file = _disk.TryOpen($"{Directory}/{extent}")!;
        file.SetLength(length);
    }

    [Fact]
    public void A_list_is_believed_once_and_not_after_a_run_that_was_killed()
    {
        RunAndStop();
        using (var root = Take())
        {
            var store = Load(root);
            Append(store, new ExtentId(1025), 100_000, 10);
            _disk.Kill();
        }

        using (var root = Take())
        {
            Assert.Equal(BootVerdict.SameBoot, root.Verdict);
            using var store = Load(root, isFresh: false);
            Assert.NotEqual(0, _statsOfExtents);
            Assert.Equal(100_010, store.Find(new ExtentId(1025))!.Value.Size);
        }
    }

    [Fact]
    public void A_list_that_came_back_with_its_boot_record_gone_is_not_believed()
    {
        RunAndStop();
        var path = $"{Root}/{KeptExtentsFile.Name}";
        byte[] list;
        using (var file = _disk.TryOpen(path)!)
        {
            list = new byte[file.Length];
            file.Read(0, list);
        }

        using (var root = Take())
        {
            var store = Load(root);
            Append(store, new ExtentId(1025), 100_000, 10);
            root.ClosePartition(Id, store);
            root.MarkCleanStop();
        }

        using (var file = _disk.OpenOrCreate(path, truncate: true)) file.Write(0, list);
        _clock.Advance(TimeSpan.FromSeconds(5));
        using (var root = Take())
        {
            Assert.Equal(BootVerdict.CleanStop, root.Verdict);
            using var store = Load(root);
            Assert.NotEqual(0, _statsOfExtents);
            Assert.Equal(100_010, store.Find(new ExtentId(1025))!.Value.Size);
        }
    }

    [Theory]
    [InlineData("1030")]          // an extent that was put there
    [InlineData("META.backup")]   // or anything else
    public void A_name_that_came_since_has_the_directory_walked_through(string name)
    {
        RunAndStop();
        using (var file = _disk.OpenOrCreate($"{Directory}/{name}")) file.Write(0, [1, 2, 3]);
        using var root = Take();
        using var store = Load(root);
        Assert.NotEqual(0, _statsOfExtents);
        Assert.Equal(name == "1030" ? 3 : null, store.Find(new ExtentId(1030))?.Size);
    }

    [Fact]
    public void An_extent_that_is_gone_since_is_not_listed()
    {
        RunAndStop();
        _disk.DeleteFile($"{Directory}/1025");
        using var root = Take();
        using var store = Load(root);
        Assert.Null(store.Find(new ExtentId(1025)));
    }

    [Fact]
    public void A_damaged_list_is_not_believed()
    {
        RunAndStop();
        using (var file = _disk.TryOpen($"{Root}/{KeptExtentsFile.Name}")!) file.Write(40, [0xFF]);
        using var root = Take();
        using var store = Load(root);
        Assert.NotEqual(0, _statsOfExtents);
        Assert.Equal(100_000, store.Find(new ExtentId(1025))!.Value.Size);
    }

    [Fact]
    public void A_disk_without_room_for_the_list_is_stopped_cleanly_all_the_same()
    {
        using (var root = Take())
        {
            var store = root.CreatePartition(Meta, Settings());
            root.ClosePartition(Id, store);
            var counting = _disk.Fault;
            _disk.Fault = call => call.Operation == DiskOperation.Write && call.Path.EndsWith(KeptExtentsFile.TemporaryName, StringComparison.Ordinal) ? new DiskFault(28) : counting!(call);
            root.MarkCleanStop();
            _disk.Fault = counting;
        }

        Assert.Null(_disk.Stat($"{Root}/{KeptExtentsFile.TemporaryName}"));
        using var next = Take();
        Assert.Equal(BootVerdict.CleanStop, next.Verdict);
        using var loaded = Load(next);
        Assert.NotEqual(0, _statsOfExtents);
    }

    [Fact]
    public void A_store_that_is_loaded_again_in_the_same_run_is_walked_through()
    {
        RunAndStop();
        using var root = Take();
        var store = Load(root);
        root.ClosePartition(Id, store);
        using var again = Load(root, isFresh: false);
        Assert.NotEqual(0, _statsOfExtents);
    }

    [Theory]
    [InlineData(0)]  // no head
    [InlineData(30)] // cut in an extent
    public void Bytes_of_another_length_are_no_list(int length) => Assert.Null(KeptExtents.Read(new byte[length], Directory, default));

    [Fact]
    public void Records_that_no_store_can_have_are_no_list()
    {
        var whole = KeptExtents.Write(default, 0, hasSnapshotCrcs: false, [new Extent(new ExtentId(1025), 10, ExtentLimits.NormalBytesMax, 0)]);
        Assert.NotNull(KeptExtents.Read(whole, Directory, default));
        foreach (var at in new[] { 0, 8, 16 }) // id, watermark, end of snapshot data
        {
            var broken = whole.ToArray();
            broken[KeptExtents.HeadBytes + at] = 0x80;
            Assert.Null(KeptExtents.Read(broken, Directory, default));
        }
    }
}
