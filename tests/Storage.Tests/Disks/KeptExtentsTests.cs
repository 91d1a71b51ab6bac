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
        var store = root.CreatePartition(new PartitionMeta { Volume = "v", Partition = Id, PartitionBytes = 1 << 30 }, Settings() with { TinyAvailableAtOnce = true });
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
        return root.OpenPartition(Id, Directory, Settings(isFresh));
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
            var store = root.CreatePartition(new PartitionMeta { Volume = "v", Partition = Id, PartitionBytes = 1 << 30 }, Settings());
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
