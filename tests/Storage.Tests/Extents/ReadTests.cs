using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class ReadTests
{
    private const int Block = ExtentLimits.BlockBytes;
    private readonly TestStore _test = new();

    [Theory] // data size 131077, as observed at a real node
    [InlineData(131072, 6, StorageError.EndOfExtent)]
    [InlineData(0, 131080, StorageError.EndOfExtent)]
    [InlineData(131077, 1, StorageError.EndOfExtent)]
    [InlineData(131078, 1, StorageError.OffsetBeyondEnd)]
    [InlineData(200000, 6, StorageError.OffsetBeyondEnd)]
    [InlineData(-1, 6, StorageError.BadArgument)]
    [InlineData(131072, 5, StorageError.None)]
    [InlineData(131077, 0, StorageError.None)]
    public void A_read_ends_at_the_watermark(long offset, int count, StorageError expected)
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.Append(id, Block, "hello"u8);
        Assert.Equal(expected, _test.Store.Read(id, offset, new byte[count], out _));
        Assert.Equal(expected == StorageError.None && count > 0, _test.Store.TryReadCached(id, offset, new byte[count], out _));
    }

    [Fact]
    public void An_empty_extent_ends_at_once_and_an_unknown_one_is_missing()
    {
        var id = _test.CreateExtent();
        Assert.Equal(StorageError.EndOfExtent, _test.Store.Read(id, 0, new byte[1], out _));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Read(new ExtentId(5000), 0, new byte[1], out _));
        Assert.False(_test.Store.TryReadCached(new ExtentId(5000), 0, new byte[1], out _));
    }

    [Fact]
    public void A_damaged_block_is_refused_in_every_read_that_touches_it_and_only_there()
    {
        var id = _test.CreateExtent();
        for (var block = 0; block < 3; block++) _test.Append(id, block * Block, TestStore.Bytes(Block, block));
        _test.CloseAndReopen();
        using (var file = _test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!) file.Write(Block + 77, [0xEE, 0xEE]);
        Assert.Equal(StorageError.BlockDamaged, _test.Store.Read(id, Block, new byte[Block], out _));
        Assert.Equal(StorageError.BlockDamaged, _test.Store.Read(id, 2 * Block - 1, new byte[1], out _));
        Assert.Equal(StorageError.BlockDamaged, _test.Store.Read(id, Block - 1, new byte[2], out _));
        Assert.False(_test.Store.TryReadCached(id, Block, new byte[1], out _));
        Assert.Equal(TestStore.Bytes(Block, 0), _test.Read(id, 0, Block));
        Assert.Equal(TestStore.Bytes(Block, 2), _test.Read(id, 2 * Block, Block));
        Assert.True(_test.Store.DamagedBlocks >= 3);
        Assert.Equal(Crc32.Compute(TestStore.Bytes(Block, 1)), _test.StoredCrc(id, 1));
    }

    [Fact]
    public void A_mismatch_on_a_disk_of_hints_resets_the_record_and_serves_the_bytes()
    {
        var test = new TestStore(settings: s => s with { BlockCrcsAreHints = true });
        var id = test.CreateExtent();
        test.Append(id, 0, TestStore.Bytes(Block));
        test.CloseAndReopen();
        using (var file = test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!) file.Write(77, [0xEE, 0xEE]);
        Assert.Equal([0xEE, 0xEE], test.Read(id, 77, 2));
        Assert.Equal(0u, test.StoredCrc(id, 0));
        Assert.Equal(1, test.Store.DamagedBlocks);
        test.Read(id, 0, Block);
        Assert.Equal(1, test.Store.DamagedBlocks);
    }

    [Fact]
    public void A_block_is_compared_once_an_opening()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.CloseAndReopen();
        Assert.False(_test.Store.TryReadCached(id, 5, new byte[10], out _)); // not open yet
        var bytesRead = 0L;
        _test.Disk.Fault = call =>
        {
            if (call is { Operation: DiskOperation.Read } && call.Name == id.ToString()) bytesRead += call.Count;
            return null;
        };
        _test.Read(id, 5, 10);
        Assert.Equal(Block + 10, bytesRead);
        _test.Read(id, 5, 10);
        Assert.Equal(Block + 20, bytesRead);
        Assert.True(_test.Store.TryReadCached(id, 5, new byte[10], out var crc));
        Assert.Equal(Crc32.Compute(TestStore.Bytes(Block).AsSpan(5, 10)), crc);
    }

    [Fact]
    public void Reading_exactly_one_block_compares_it_without_reading_it_twice()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.CloseAndReopen();
        var reads = 0;
        _test.Disk.Fault = call =>
        {
            if (call is { Operation: DiskOperation.Read } && call.Name == id.ToString()) reads++;
            return null;
        };
        _test.Read(id, 0, Block);
        _test.Read(id, 0, Block);
        Assert.Equal(2, reads);
        Assert.True(_test.Store.TryReadCached(id, 1, new byte[10], out _));
    }

    [Fact]
    public void A_direct_read_compares_its_block_and_leaves_nothing_in_the_page_cache()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.CloseAndReopen();
        _test.Disk.DropCaches();
        var seen = new List<DiskOperation>();
        _test.Disk.Fault = call =>
        {
            if (call is { Operation: DiskOperation.Read or DiskOperation.ReadDirect } && call.Name == id.ToString()) seen.Add(call.Operation);
            return null;
        };
        var bytes = new byte[10];
        Assert.Equal(StorageError.None, _test.Store.Read(id, 5, bytes, out var crc, direct: true));
        Assert.Equal(TestStore.Bytes(Block).AsSpan(5, 10).ToArray(), bytes);
        Assert.Equal(Crc32.Compute(bytes), crc);
        Assert.Equal([DiskOperation.ReadDirect, DiskOperation.ReadDirect], seen); // the block for its CRC, the bytes
        Assert.False(_test.Store.TryReadCached(id, 5, bytes, out _));
    }

    [Fact]
    public void A_cached_read_never_goes_to_the_disk()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(5000));
        var bytes = new byte[5000];
        Assert.True(_test.Store.TryReadCached(id, 0, bytes, out var crc));
        Assert.Equal(TestStore.Bytes(5000), bytes);
        Assert.Equal(Crc32.Compute(bytes), crc);
        _test.Disk.DropCaches();
        Assert.False(_test.Store.TryReadCached(id, 0, bytes, out _));
        _test.Read(id, 0, 5000);
        Assert.True(_test.Store.TryReadCached(id, 0, bytes, out _));
    }

    [Fact]
    public void A_media_error_while_reading_is_thrown()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(100));
        _test.Disk.Fault = call => call.Operation == DiskOperation.Read ? DiskFault.MediaError : null;
        Assert.True(Assert.Throws<DiskFaultException>(() => _test.Read(id, 0, 100)).IsMediaError);
    }

    [Fact]
    public void A_file_that_somebody_cut_or_removed_is_an_outcome_and_no_crash()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(100));
        _test.CloseAndReopen();
        using (var file = _test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!) file.SetLength(50);
        Assert.Equal(StorageError.EndOfExtent, _test.Store.Read(id, 0, new byte[100], out _));
        _test.CloseAndReopen();
        _test.Disk.DeleteFile(TestStore.PathOf(id.ToString()));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Read(id, 0, new byte[10], out _));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Append(id, 50, [1], 0, false, out _));
    }

    [Fact]
    public void Only_so_many_files_stay_open_and_an_evicted_one_is_synced_first()
    {
        var test = new TestStore(settings: s => s with { OpenExtentsMax = 3, BlockCrcsAreHints = true });
        var opened = test.Disk.OpenFiles;
        var ids = Enumerable.Range(0, 10).Select(_ => test.CreateExtent()).ToArray();
        foreach (var id in ids) test.Append(id, 0, TestStore.Bytes(1000, (int)id.Value));
        Assert.Equal(opened + 3, test.Disk.OpenFiles);
        foreach (var id in ids) Assert.Equal(TestStore.Bytes(1000, (int)id.Value), test.Read(id, 0, 1000));
        Assert.Equal(opened + 3, test.Disk.OpenFiles);
        test.Disk.SyncDirectory(TestStore.Directory);
        test.Disk.PowerCut();
        test.Reopen();
        // The last reads opened three files; the seven before were synced when they made room.
        foreach (var id in ids[..7]) Assert.Equal(TestStore.Bytes(1000, (int)id.Value), test.Read(id, 0, 1000));
    }

    [Fact]
    public void Steady_appends_and_reads_allocate_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("cubeactors-").FullName;
        try
        {
            using var store = ExtentStore.Create(Runtime.Files.LinuxFileSystem.Instance, directory, new ExtentStoreSettings(TimeProvider.System));
            store.AllocateExtentId(out var id);
            store.CreateExtent(id);
            var data = TestStore.Bytes(Block);
            var crc = Crc32.Compute(data);
            long at = 0;
            var errors = 0;
            void Use()
            {
                if (store.Append(id, at, data, crc, sync: false, out at) != StorageError.None) errors++;
                if (store.Append(id, at, data.AsSpan(0, 1000), 0, sync: false, out at) != StorageError.None) errors++;
                if (store.Append(id, at, data.AsSpan(1000), 0, sync: false, out at) != StorageError.None) errors++;
                if (store.Read(id, at - Block, data, out _) != StorageError.None) errors++;
                store.TryReadCached(id, at - Block, data, out _);
            }
            while (at < ExtentLimits.NormalBytesMax * 5 / 8) Use(); // the CRC table has then grown to its last size
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 50; i++) Use();
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            Assert.Equal(0, errors);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void After_Close_every_call_answers_Closed()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, [1, 2, 3]);
        _test.Store.Close();
        var store = _test.Store;
        Assert.Equal(0, _test.Disk.OpenFiles);
        Assert.Equal(StorageError.Closed, store.AllocateExtentId(out _));
        Assert.Equal(StorageError.Closed, store.CreateExtent(new ExtentId(3000)));
        Assert.Equal(StorageError.Closed, store.Append(id, 3, [1], 0, true, out _));
        Assert.Equal(StorageError.Closed, store.Overwrite(id, 0, [1], 0, true));
        Assert.Equal(StorageError.Closed, store.Read(id, 0, new byte[1], out _));
        Assert.False(store.TryReadCached(id, 0, new byte[1], out _));
        Assert.Equal(StorageError.Closed, store.AcquireTiny(out _, out _));
        Assert.Equal(StorageError.Closed, store.Delete(id));
        Assert.Equal(StorageError.Closed, store.Punch(id, 0, 1));
        Assert.Equal(StorageError.Closed, store.FindRun(id, 0, out _, out _));
        Assert.Equal(StorageError.Closed, store.AppendTinyHole(new ExtentId(1), 0, 4096, out _));
        Assert.Equal(StorageError.Closed, store.AppendTinyDeleteLog([]));
        Assert.Equal(StorageError.Closed, store.RefreshExtentCrc(id, 1, out _));
        Assert.Equal(0, store.ReadTinyDeleteLog(0, new byte[24]));
        store.Sync();
        store.Close();
        store.Dispose();
        Assert.True(store.RefreshUsedBytes() >= 0);
    }
}
