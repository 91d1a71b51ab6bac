using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class ListTests
{
    private const int Block = ExtentLimits.BlockBytes;
    private readonly TestStore _test = new();

    [Fact]
    public void A_normal_extent_is_listed_when_it_was_quiet_for_more_than_60_seconds()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(10));
        _test.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(_test.Store.ListQuietNormal());
        _test.Clock.Advance(TimeSpan.FromSeconds(1));
        var record = Assert.Single(_test.Store.ListQuietNormal());
        Assert.Equal((id, 10L, ExtentLimits.NormalBytesMax), (record.Id, record.Size, record.SnapshotEnd));
        _test.Append(id, 10, TestStore.Bytes(10));
        Assert.Empty(_test.Store.ListQuietNormal());
    }

    [Fact]
    public void Tiny_extents_are_listed_as_asked_for()
    {
        _test.Append(new ExtentId(7), 0, TestStore.Bytes(5000));
        var wanted = new HashSet<ExtentId> { new(7), new(8), new(1025), new(90) };
        Assert.Equal([(new ExtentId(7), 8192L), (new ExtentId(8), 0L)], _test.Store.ListTiny(wanted).Select(r => (r.Id, r.Size)));
    }

    [Fact]
    public void Lists_are_by_id_and_sums_count_tiny_watermarks_and_snapshot_data()
    {
        _test.Store.Close();
        using (var file = _test.Disk.OpenOrCreate(TestStore.PathOf("1030"))) file.Write(ExtentLimits.NormalBytesMax, new byte[8192]);
        _test.Reopen();
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(new ExtentId(2000)));
        _test.Append(new ExtentId(2000), 0, TestStore.Bytes(100));
        _test.Append(new ExtentId(7), 0, TestStore.Bytes(5000));
        Assert.Equal(Enumerable.Range(1, 64).Append(1030).Append(2000), _test.Store.List().Select(r => (int)r.Id.Value));
        var snapshot = ExtentLimits.NormalBytesMax + 8192;
        Assert.Equal((2000UL, 100 + 8192 + snapshot), _test.Store.Totals());
        Assert.Equal(8192 + snapshot, _test.Store.LogicalBytesUpTo(new ExtentId(1999)));
        Assert.Equal(8192, _test.Store.LogicalBytesUpTo(new ExtentId(64)));
    }

    [Fact]
    public void Used_bytes_are_sizes_of_normal_and_occupied_bytes_of_tiny_extents_measured_once_a_minute()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(100_000));
        _test.Append(new ExtentId(7), 0, TestStore.Bytes(9000));
        _test.Append(new ExtentId(7), 12288, TestStore.Bytes(9000));
        _test.Store.Punch(new ExtentId(7), 0, 9000);
        Assert.Equal(0, _test.Store.RefreshUsedBytes());
        _test.Clock.Advance(ExtentStore.UsageInterval);
        Assert.Equal(100_000 + 12288, _test.Store.RefreshUsedBytes());
        Assert.Equal(100_000 + 12288, _test.Store.UsedBytes);
        _test.KillAndReopen();
        Assert.Equal(100_000 + 12288, _test.Store.UsedBytes);
    }

    [Fact]
    public void The_extent_CRC_needs_ten_quiet_minutes_and_falls_back_to_0_with_every_change()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(300_000));
        _test.Clock.Advance(ExtentStore.CrcQuietTime);
        Assert.Equal(StorageError.None, _test.Store.RefreshExtentCrc(id, 5, out var crc));
        Assert.Equal(0u, crc);
        _test.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(StorageError.None, _test.Store.RefreshExtentCrc(id, 5, out crc));
        Assert.NotEqual(0u, crc);
        _test.Store.Overwrite(id, 0, [1], 0, false);
        Assert.Equal((0u, 0UL), (_test.Store.Find(id)!.Value.Crc, _test.Store.Find(id)!.Value.CrcApplyId));
        Assert.Equal(StorageError.None, _test.Store.RefreshExtentCrc(id, 6, out var next));
        Assert.NotEqual(crc, next);
        _test.Store.Punch(id, 4096, 4096);
        Assert.Equal(0u, _test.Store.Find(id)!.Value.Crc);
        Assert.Equal(StorageError.BadArgument, _test.Store.RefreshExtentCrc(new ExtentId(1), 6, out _));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.RefreshExtentCrc(new ExtentId(7777), 6, out _));
    }

    [Fact]
    public void An_extent_CRC_over_a_block_that_cannot_be_read_is_not_made_up()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(300_000));
        _test.Clock.Advance(ExtentStore.CrcQuietTime + TimeSpan.FromSeconds(1));
        using (var file = _test.Disk.TryOpen(TestStore.PathOf(id.ToString()))!) file.SetLength(280_000);
        Assert.Equal(StorageError.EndOfExtent, _test.Store.RefreshExtentCrc(id, 5, out _));
        Assert.Equal(0u, _test.Store.Find(id)!.Value.Crc);
    }
}
