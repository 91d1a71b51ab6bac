using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class DeleteTests
{
    private const int Block = ExtentLimits.BlockBytes;
    private readonly TestStore _test = new();

    [Fact]
    public void A_deleted_extent_is_gone_with_its_CRC_record_and_deleting_again_is_success()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(Block));
        Assert.Equal(StorageError.None, _test.Store.Delete(id));
        Assert.Equal(StorageError.None, _test.Store.Delete(id));
        Assert.Equal(StorageError.None, _test.Store.Punch(id, 0, 10));
        Assert.Equal(StorageError.ExtentDeleted, _test.Store.Read(id, 0, new byte[1], out _));
        Assert.Null(_test.Store.Find(id));
        Assert.Null(_test.Disk.Stat(TestStore.PathOf(id.ToString())));
        Assert.Equal(0u, _test.StoredCrc(id, 0));
        Assert.Equal(8, _test.Store.NormalDeleteLogBytes);
        Assert.Equal(64, _test.Store.ExtentCount);
    }

    [Fact]
    public void A_tombstone_lasts_four_hours_and_not_over_a_restart()
    {
        var id = _test.CreateExtent();
        _test.Store.Delete(id);
        _test.Clock.Advance(Tombstones.Retention - TimeSpan.FromSeconds(1));
        Assert.True(_test.Store.WasRecentlyDeleted(id));
        _test.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_test.Store.WasRecentlyDeleted(id));
        var next = _test.CreateExtent();
        _test.Store.Delete(next);
        _test.KillAndReopen();
        Assert.False(_test.Store.WasRecentlyDeleted(next));
    }

    /// <summary>While a replica is filled a delete may come before what it deletes; the repair that brings it was ordered before.</summary>
    [Fact]
    public void A_delete_of_what_is_not_here_is_remembered_for_repairs_and_refuses_no_create_of_a_client()
    {
        var id = new ExtentId(1200);
        Assert.Equal(StorageError.None, _test.Store.Delete(id));
        Assert.True(_test.Store.WasRecentlyDeleted(id));
        Assert.Equal([id], _test.Store.FindDeleted([id, new ExtentId(1201)]));
        Assert.Equal(0, _test.Store.NormalDeleteLogBytes);
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(id));
        _test.Clock.Advance(Tombstones.Retention);
        Assert.False(_test.Store.WasRecentlyDeleted(id));
    }

    [Fact]
    public void Of_too_many_tombstones_the_oldest_are_forgotten()
    {
        var tombstones = new Tombstones(_test.Clock, max: 3);
        foreach (var id in (ulong[])[1100, 1101, 1100, 1102, 1103])
        {
            tombstones.Add(new ExtentId(id));
            _test.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([1100ul, 1102, 1103], new ulong[] { 1100, 1101, 1102, 1103 }.Where(id => tombstones.Contains(new ExtentId(id))));
    }

    [Fact]
    public void The_whole_size_from_the_start_deletes_a_normal_extent_and_a_part_makes_a_hole()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(3 * Block));
        Assert.NotEqual(0u, _test.StoredCrc(id, 0));
        Assert.Equal(StorageError.None, _test.Store.Punch(id, 4096, 5000));
        Assert.Equal(0u, _test.StoredCrc(id, 0));
        Assert.NotEqual(0u, _test.StoredCrc(id, 1));
        Assert.Equal(new byte[5000], _test.Read(id, 4096, 5000));
        Assert.Equal(24, _test.Store.TinyDeleteLogBytes);
        Assert.Equal(StorageError.TinyRecovering, _test.Store.Punch(id, ExtentLimits.NormalBytesMax, 4096));
        Assert.Equal(StorageError.BadArgument, _test.Store.Punch(id, 100, 5));
        Assert.Equal(StorageError.None, _test.Store.Punch(id, 0, 3 * Block));
        Assert.Null(_test.Store.Find(id));
    }

    [Fact]
    public void A_reader_finishes_on_the_file_that_is_deleted_under_it()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(5000));
        var bytes = new byte[5000];
        _test.Disk.Fault = call =>
        {
            if (call is not { Operation: DiskOperation.Read }) return null;
            _test.Disk.Fault = null;
            Assert.Equal(StorageError.None, _test.Store.Delete(id));
            return null;
        };
        Assert.Equal(StorageError.None, _test.Store.Read(id, 0, bytes, out _));
        Assert.Equal(TestStore.Bytes(5000), bytes);
    }

    [Fact]
    public void On_a_full_disk_a_delete_still_frees_the_extent()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(5000));
        _test.Disk.Fault = call => call is { Operation: DiskOperation.Write, Name: "NORMALEXTENT_DELETE" } ? DiskFault.NoSpace : null;
        Assert.Equal(StorageError.NoSpace, _test.Store.Delete(id));
        _test.Disk.Fault = null;
        Assert.Null(_test.Disk.Stat(TestStore.PathOf(id.ToString())));
        Assert.Equal(StorageError.None, _test.Store.Delete(id));
    }

    [Fact]
    public void A_delete_that_the_disk_refuses_leaves_the_extent_as_it_was()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(5000));
        _test.Disk.Fault = call => call.Operation == DiskOperation.Delete ? DiskFault.MediaError : null;
        Assert.Throws<DiskFaultException>(() => _test.Store.Delete(id));
        _test.Disk.Fault = null;
        Assert.Equal(TestStore.Bytes(5000), _test.Read(id, 0, 5000));
    }

    [Fact]
    public void Torn_delete_logs_are_filled_up_so_that_later_records_are_readable()
    {
        var id = _test.CreateExtent();
        _test.Append(new ExtentId(1), 0, TestStore.Bytes(100));
        _test.Store.Close();
        _test.WriteFile("TINYEXTENT_DELETE", new byte[30]);
        _test.WriteFile("NORMALEXTENT_DELETE", new byte[9]);
        _test.Reopen();
        Assert.Equal(48, _test.Store.TinyDeleteLogBytes);
        Assert.Equal(9, _test.Store.NormalDeleteLogBytes);
        _test.Store.Punch(new ExtentId(1), 0, 100);
        _test.Store.Delete(id);
        Assert.Equal(72, _test.Store.TinyDeleteLogBytes);
        Assert.Equal(24, _test.Store.NormalDeleteLogBytes);
        var record = new byte[100];
        Assert.Equal(24, _test.Store.ReadTinyDeleteLog(48, record));
        Assert.Equal("000000000000000100000000000000000000000000000064", Convert.ToHexStringLower(record.AsSpan(0, 24)));
        Assert.Equal(8, _test.Store.ReadNormalDeleteLog(16, record));
        Assert.Equal(0, _test.Store.ReadNormalDeleteLog(24, record));
    }

    [Fact]
    public void Delete_records_of_a_peer_are_appended_whole_or_refused()
    {
        Assert.Equal(StorageError.BadArgument, _test.Store.AppendTinyDeleteLog(new byte[25]));
        Assert.Equal(StorageError.None, _test.Store.AppendTinyDeleteLog(new byte[48]));
        Assert.Equal(48, _test.Store.TinyDeleteLogBytes);
    }
}
