using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class AppendTests
{
    private const int Block = ExtentLimits.BlockBytes;
    private readonly TestStore _test = new();

    [Fact]
    public void Bytes_appended_piece_by_piece_are_read_back_whole()
    {
        var id = _test.CreateExtent();
        var data = TestStore.Bytes(700_001);
        long at = 0;
        foreach (var piece in new[] { 1, Block, 4095, 200_000, Block, 700_001 - 1 - Block - 4095 - 200_000 - Block })
            at = _test.Append(id, at, data.AsSpan((int)at, piece));
        Assert.Equal(data.Length, at);
        Assert.Equal(data, _test.Read(id, 0, data.Length));
        Assert.Equal(data[100_000..300_000], _test.Read(id, 100_000, 200_000));
        Assert.Equal(data, _test.FileBytes(id.ToString()));
    }

    [Fact]
    public void An_append_beside_the_watermark_is_refused_and_told_where_it_is()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(100));
        foreach (var offset in new[] { 0L, 99, 101 })
        {
            Assert.Equal(StorageError.NotAtWatermark, _test.Store.Append(id, offset, new byte[5], 0, false, out var watermark));
            Assert.Equal(100, watermark);
        }
        Assert.Equal(TestStore.Bytes(100), _test.FileBytes(id.ToString()));
    }

    [Fact]
    public void Nothing_passes_128_MiB_and_nothing_empty_or_negative_is_taken()
    {
        var id = _test.CreateExtent();
        Assert.Equal(StorageError.BadArgument, _test.Store.Append(id, 0, [], 0, false, out _));
        Assert.Equal(StorageError.BadArgument, _test.Store.Append(id, -1, [1], 0, false, out _));
        Assert.Equal(StorageError.ExtentFull, _test.Store.Append(id, ExtentLimits.NormalBytesMax, [1], 0, false, out _));
        Assert.Equal(StorageError.ExtentFull, _test.Store.Append(id, ExtentLimits.NormalBytesMax - 1, [1, 2], 0, false, out _));
        Assert.Equal(StorageError.ExtentFull, _test.Store.Append(id, long.MaxValue, [1, 2], 0, false, out _));
    }

    [Fact]
    public void An_extent_fills_up_to_exactly_128_MiB()
    {
        var id = _test.CreateExtent();
        _test.Store.Close();
        using (var file = _test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!)
            for (long at = 0; at < ExtentLimits.NormalBytesMax; at += 8 << 20) file.Write(at, new byte[(8 << 20) - (at + (8 << 20) == ExtentLimits.NormalBytesMax ? 10 : 0)]);
        _test.Reopen();
        Assert.Equal(ExtentLimits.NormalBytesMax, _test.Append(id, ExtentLimits.NormalBytesMax - 10, new byte[10]));
        Assert.Equal(StorageError.ExtentFull, _test.Store.Append(id, ExtentLimits.NormalBytesMax, [1], 0, false, out _));
    }

    [Fact]
    public void Unknown_and_recently_deleted_extents_are_told_apart()
    {
        var id = _test.CreateExtent();
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Append(new ExtentId(id.Value + 1), 0, [1], 0, false, out _));
        Assert.Equal(StorageError.None, _test.Store.Delete(id));
        Assert.Equal(StorageError.ExtentDeleted, _test.Store.Append(id, 0, [1], 0, false, out _));
        Assert.Equal(StorageError.ExtentDeleted, _test.Store.CreateExtent(id));
        _test.Clock.Advance(Tombstones.Retention);
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Append(id, 0, [1], 0, false, out _));
    }

    [Fact]
    public void The_CRC_of_the_packet_is_stored_only_for_exactly_one_whole_block()
    {
        var id = _test.CreateExtent();
        var block = TestStore.Bytes(Block);
        _test.Append(id, 0, block.AsSpan(0, Block / 2));
        _test.Append(id, Block / 2, block.AsSpan(Block / 2));
        Assert.Equal(0u, _test.StoredCrc(id, 0));
        _test.Append(id, Block, block);
        Assert.Equal(Crc32.Compute(block), _test.StoredCrc(id, 1));
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, Block + 5, new byte[10], 0, false));
        Assert.Equal(0u, _test.StoredCrc(id, 1));
    }

    [Fact]
    public void A_write_of_several_blocks_stores_each_blocks_own_CRC()
    {
        var id = _test.CreateExtent();
        var data = TestStore.Bytes(5 * Block);
        _test.Append(id, 0, data.AsSpan(0, 100));
        _test.Append(id, 100, data.AsSpan(100, 4 * Block));
        Assert.Equal(0u, _test.StoredCrc(id, 0));
        for (var block = 1; block < 4; block++) Assert.Equal(Crc32.Compute(data.AsSpan(block * Block, Block)), _test.StoredCrc(id, block));
        Assert.Equal(0u, _test.StoredCrc(id, 4));
    }

    [Fact]
    public void A_known_CRC_is_set_to_unknown_before_the_data_changes()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        var calls = new List<string>();
        _test.Disk.Fault = call =>
        {
            if (call.Operation == DiskOperation.Write) calls.Add($"{call.Name} {call.Count}");
            return null;
        };
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, 0, TestStore.Bytes(Block, 2), Crc32.Compute(TestStore.Bytes(Block, 2)), false));
        Assert.Equal(["EXTENT_CRC 4", $"{id} {Block}", "EXTENT_CRC 4"], calls);
    }

    [Fact]
    public void A_fresh_block_costs_no_write_to_forget_its_CRC()
    {
        var id = _test.CreateExtent();
        var writes = 0;
        _test.Disk.Fault = call =>
        {
            if (call.Operation == DiskOperation.Write) writes++;
            return null;
        };
        _test.Append(id, 0, TestStore.Bytes(100));
        Assert.Equal(1, writes);
        _test.Append(id, 100, TestStore.Bytes(100));
        Assert.Equal(2, writes);
    }

    [Fact]
    public void A_stale_CRC_of_an_earlier_extent_of_the_same_id_is_forgotten_by_the_first_write()
    {
        var stale = new byte[4096];
        stale.AsSpan().Fill(0xAB);
        using (var file = _test.Disk.TryOpen(TestStore.PathOf("EXTENT_CRC"))!) file.Write(2000 * 4096, stale);
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(new ExtentId(2000)));
        _test.Append(new ExtentId(2000), 0, TestStore.Bytes(100));
        Assert.Equal(0u, _test.StoredCrc(new ExtentId(2000), 0));
        Assert.Equal(0xABABABABu, _test.StoredCrc(new ExtentId(2000), 1));
        Assert.Equal(TestStore.Bytes(100), _test.Read(new ExtentId(2000), 0, 100));
    }

    [Fact]
    public void A_refused_write_on_a_full_disk_leaves_nothing_behind_and_can_be_repeated()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(10_000));
        var free = _test.Disk.CapacityBytes;
        _test.Disk.CapacityBytes = _test.Disk.CapacityBytes - _test.Disk.Space("/disk").FreeBytes + 3 * 4096;
        Assert.Equal(StorageError.NoSpace, _test.Store.Append(id, 10_000, TestStore.Bytes(100_000, 2), 0, false, out var watermark));
        Assert.Equal(10_000, watermark);
        Assert.Equal(TestStore.Bytes(10_000), _test.FileBytes(id.ToString()));
        _test.Disk.CapacityBytes = free;
        _test.Append(id, 10_000, TestStore.Bytes(100_000, 2));
        _test.KillAndReopen();
        Assert.Equal(110_000, _test.Store.Find(id)!.Value.Size);
        Assert.Equal(TestStore.Bytes(100_000, 2), _test.Read(id, 10_000, 100_000));
    }

    [Fact]
    public void A_full_disk_under_the_CRC_file_costs_the_CRC_and_not_the_append()
    {
        var id = _test.CreateExtent();
        _test.Disk.Fault = call => call is { Operation: DiskOperation.Write, Name: "EXTENT_CRC" } ? DiskFault.NoSpace : null;
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.Disk.Fault = null;
        Assert.Equal(0u, _test.StoredCrc(id, 0));
        _test.KillAndReopen();
        Assert.Equal(TestStore.Bytes(Block), _test.Read(id, 0, Block));
    }

    [Fact]
    public void A_full_disk_before_the_data_refuses_the_write_untouched()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.Disk.Fault = call => call is { Operation: DiskOperation.Write, Name: "EXTENT_CRC" } ? DiskFault.NoSpace : null;
        Assert.Equal(StorageError.NoSpace, _test.Store.Overwrite(id, 0, new byte[10], 0, false));
        _test.Disk.Fault = null;
        Assert.Equal(TestStore.Bytes(Block), _test.Read(id, 0, Block));
    }

    [Fact]
    public void A_media_error_is_thrown_and_the_watermark_stays()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(5000));
        _test.Disk.Fault = call => call.Operation == DiskOperation.Write ? DiskFault.MediaError with { BytesBefore = 4096 } : null;
        Assert.True(Assert.Throws<DiskFaultException>(() => _test.Append(id, 5000, TestStore.Bytes(9000))).IsMediaError);
        _test.Disk.Fault = null;
        Assert.Equal(5000, _test.Store.Find(id)!.Value.Size);
        Assert.Equal(5000 + 9000, _test.Append(id, 5000, TestStore.Bytes(9000, 3)));
        Assert.Equal(TestStore.Bytes(9000, 3), _test.Read(id, 5000, 9000));
    }

    [Fact]
    public void A_failed_sync_is_thrown_although_the_bytes_count()
    {
        var id = _test.CreateExtent();
        _test.Disk.Fault = call => call.Operation == DiskOperation.Sync ? DiskFault.MediaError : null;
        Assert.Throws<DiskFaultException>(() => _test.Append(id, 0, TestStore.Bytes(10), sync: true));
        _test.Disk.Fault = null;
        Assert.Equal(10, _test.Store.Find(id)!.Value.Size);
    }

    [Fact]
    public void A_synced_append_survives_every_power_cut_with_its_name_and_its_id()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var test = new TestStore(seed, s => s with { BlockCrcsAreHints = true });
            var id = test.CreateExtent();
            test.Append(id, 0, TestStore.Bytes(Block), sync: true);
            test.Append(id, Block, TestStore.Bytes(50_000, 2), sync: true);
            test.Append(id, Block + 50_000, TestStore.Bytes(50_000, 3));
            test.Disk.PowerCut();
            test.Reopen();
            Assert.Equal(TestStore.Bytes(Block), test.Read(id, 0, Block));
            Assert.Equal(TestStore.Bytes(50_000, 2), test.Read(id, Block, 50_000));
            Assert.Equal(StorageError.None, test.Store.AllocateExtentId(out var next));
            Assert.True(next.Value > id.Value, $"seed {seed}: id {next} after {id}");
        }
    }

    [Fact]
    public void An_overwrite_changes_bytes_and_neither_watermark_nor_modify_time()
    {
        var id = _test.CreateExtent();
        var data = TestStore.Bytes(300_000);
        _test.Append(id, 0, data);
        var before = _test.Store.Find(id)!.Value;
        _test.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, 131_000, TestStore.Bytes(500, 2), 0, sync: true));
        TestStore.Bytes(500, 2).CopyTo(data, 131_000);
        Assert.Equal(data, _test.Read(id, 0, data.Length));
        Assert.Equal(before, _test.Store.Find(id)!.Value);
    }

    [Fact]
    public void An_overwrite_behind_the_watermark_lengthens_the_file_and_counts_after_a_restart()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        _test.Append(id, Block, TestStore.Bytes(1000, 2));
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, 3 * Block, TestStore.Bytes(Block, 3), Crc32.Compute(TestStore.Bytes(Block, 3)), false));
        Assert.Equal(Block + 1000, _test.Store.Find(id)!.Value.Size);
        _test.KillAndReopen();
        Assert.Equal(4 * Block, _test.Store.Find(id)!.Value.Size);
        Assert.Equal(TestStore.Bytes(Block), _test.Read(id, 0, Block));
        Assert.Equal(TestStore.Bytes(1000, 2), _test.Read(id, Block, 2 * Block)[..1000]);
        Assert.Equal(TestStore.Bytes(Block, 3), _test.Read(id, 3 * Block, Block));
    }

    [Fact]
    public void An_overwrite_outside_an_extent_s_largest_size_or_of_an_id_that_no_extent_has_is_refused()
    {
        var id = _test.CreateExtent();
        Assert.Equal(StorageError.BadArgument, _test.Store.Overwrite(new ExtentId(0), 0, [1], 0, false));
        Assert.Equal(StorageError.BadArgument, _test.Store.Overwrite(new ExtentId(65), 0, [1], 0, false));
        Assert.Equal(StorageError.BadArgument, _test.Store.Overwrite(new ExtentId(1), ExtentLimits.TinyBytesMax, [1], 0, false));
        Assert.Equal(StorageError.BadArgument, _test.Store.Overwrite(id, ExtentLimits.NormalBytesMax, [1], 0, false));
        Assert.Equal(StorageError.BadArgument, _test.Store.Overwrite(id, -1, [1], 0, false));
        Assert.Equal(StorageError.BadArgument, _test.Store.Overwrite(id, 0, [], 0, false));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.Overwrite(new ExtentId(9999), 0, [1], 0, false));
    }

    [Fact]
    public void An_overwrite_of_a_tiny_extent_replaces_bytes_and_leaves_its_end_where_it_is()
    {
        Assert.Equal(StorageError.None, _test.Store.AcquireTiny(out var tiny, out var offset));
        var data = TestStore.Bytes(5000, 1);
        Assert.Equal(StorageError.None, _test.Store.Append(tiny, offset, data, Crc32.Compute(data), sync: false, out var watermark));

        Assert.Equal(StorageError.None, _test.Store.Overwrite(tiny, offset + 100, [1, 2, 3], 0, sync: true));

        var expected = data.ToArray();
        ((byte[])[1, 2, 3]).CopyTo(expected, 100);
        var read = new byte[data.Length];
        Assert.Equal(StorageError.None, _test.Store.Read(tiny, offset, read, out _));
        Assert.Equal(expected, read);
        Assert.Equal(watermark, _test.Store.Find(tiny)!.Value.Size);
    }
}
