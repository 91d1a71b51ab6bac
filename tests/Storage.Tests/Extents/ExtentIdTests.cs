using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class ExtentIdTests
{
    private readonly TestStore _test = new();

    private ExtentId Next()
    {
        Assert.Equal(StorageError.None, _test.Store.AllocateExtentId(out var id));
        return id;
    }

    private void WriteMeta(ulong baseId, ulong end)
    {
        var bytes = new byte[ExtentMetaRecord.Bytes];
        new ExtentMetaRecord(baseId, end).Write(bytes);
        _test.WriteFile("EXTENT_META", bytes);
    }

    [Fact]
    public void The_first_id_is_1025_and_its_base_is_synced_before_it_is_handed_out()
    {
        var synced = new List<string>();
        _test.Disk.Fault = call =>
        {
            if (call.Operation is DiskOperation.Sync or DiskOperation.Allocate) synced.Add($"{call.Operation} {call.Name} {call.Offset}+{call.Count}");
            return null;
        };
        Assert.Equal(new ExtentId(1025), Next());
        Assert.Equal(["Allocate EXTENT_CRC 4198400+4096000", "Sync EXTENT_META 0+0"], synced);
        for (var i = 1; i < ExtentIdAllocator.BatchIds; i++) Next();
        Assert.Equal(2, synced.Count);
        Next();
        Assert.Equal(3, synced.Count);
    }

    [Fact]
    public void No_id_comes_twice_over_kills_and_power_cuts()
    {
        var seen = new HashSet<ulong>();
        for (var round = 0; round < 30; round++)
        {
            for (var i = 0; i < round * 7 % 90; i++) Assert.True(seen.Add(Next().Value));
            if (round % 3 == 0) _test.CloseAndReopen();
            else if (round % 3 == 1) _test.KillAndReopen();
            else
            {
                _test.Disk.PowerCut();
                _test.Reopen();
            }
        }
    }

    [Fact]
    public void A_clean_stop_skips_no_id()
    {
        var last = Next();
        _test.CloseAndReopen();
        Assert.Equal(new ExtentId(last.Value + 1), Next());
    }

    [Theory] // base stored, largest extent found, first id handed out
    [InlineData(1025UL, 0UL, 1026UL)]
    [InlineData(1025UL, 3000UL, 3001UL)]
    [InlineData(5000UL, 3000UL, 5001UL)]
    [InlineData(7UL, 0UL, 1025UL)]
    public void The_base_is_the_largest_of_what_is_stored_and_what_is_found(ulong stored, ulong found, ulong expected)
    {
        _test.Store.Close();
        WriteMeta(stored, 2025);
        if (found > 0) _test.WriteFile(found.ToString(), [1]);
        _test.Reopen();
        Assert.Equal(new ExtentId(expected), Next());
    }

    [Fact]
    public void A_damaged_record_is_replaced_by_what_is_found_and_noted()
    {
        _test.Store.Close();
        _test.WriteFile("2000", [1]);
        _test.WriteFile("EXTENT_META", TestStore.Bytes(20));
        _test.Reopen();
        Assert.Single(_test.Store.Notes);
        Assert.Equal(new ExtentId(2001), Next());
        _test.KillAndReopen();
        Assert.Empty(_test.Store.Notes);
    }

    [Fact]
    public void A_base_above_the_limit_hands_out_nothing_and_can_be_seen()
    {
        _test.Store.Close();
        WriteMeta(ulong.MaxValue, ulong.MaxValue);
        _test.Reopen();
        Assert.Equal(ulong.MaxValue, _test.Store.BaseExtentId);
        Assert.Equal(StorageError.ExtentLimit, _test.Store.AllocateExtentId(out _));
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(new ExtentId(1025)));
    }

    [Fact]
    public void Ids_of_other_replicas_raise_the_base_and_never_lower_it()
    {
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(new ExtentId(9000)));
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(new ExtentId(1500)));
        Assert.Equal(9000UL, _test.Store.BaseExtentId);
        Assert.Equal(new ExtentId(9001), Next());
        _test.Store.Delete(new ExtentId(9000));
        _test.KillAndReopen();
        Assert.True(Next().Value > 9001);
    }

    [Fact]
    public void Only_ids_of_normal_extents_can_be_created_and_each_once()
    {
        foreach (var id in new ulong[] { 0, 1, 64, 65, 1024, (1UL << 30) + 1, ulong.MaxValue })
            Assert.Equal(StorageError.BadArgument, _test.Store.CreateExtent(new ExtentId(id)));
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(new ExtentId(1025)));
        Assert.Equal(StorageError.ExtentExists, _test.Store.CreateExtent(new ExtentId(1025)));
        _test.WriteFile("1026", []);
        Assert.Equal(StorageError.ExtentExists, _test.Store.CreateExtent(new ExtentId(1026)));
    }

    [Theory]
    [InlineData(DiskOperation.Write)]
    [InlineData(DiskOperation.Allocate)]
    public void A_full_disk_hands_out_no_id_that_is_not_durable(DiskOperation full)
    {
        _test.Disk.Fault = call => call.Operation == full ? DiskFault.NoSpace : null;
        Assert.Equal(StorageError.NoSpace, _test.Store.AllocateExtentId(out _));
        Assert.Equal(StorageError.NoSpace, _test.Store.CreateExtent(new ExtentId(1025)));
        _test.Disk.Fault = null;
        Assert.Equal(new ExtentId(1025), Next());
    }

    [Fact]
    public void A_full_directory_creates_no_extent()
    {
        var id = Next();
        _test.Disk.Fault = call => call.Operation == DiskOperation.Create ? DiskFault.NoSpace : null;
        Assert.Equal(StorageError.NoSpace, _test.Store.CreateExtent(id));
        _test.Disk.Fault = null;
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(id));
    }

    [Fact]
    public void At_60000_extents_no_id_is_handed_out()
    {
        _test.Store.Close();
        for (var id = 1025; id < 1025 + ExtentLimits.ExtentCountMax - 64 - 1; id++) _test.Disk.TryCreate(TestStore.PathOf(id.ToString()))!.Dispose();
        _test.Reopen();
        _test.CreateExtent();
        Assert.Equal(StorageError.ExtentLimit, _test.Store.AllocateExtentId(out _));
    }

    [Fact]
    public void An_unsynced_failure_hands_out_nothing()
    {
        _test.Disk.Fault = call => call.Operation == DiskOperation.Sync ? DiskFault.MediaError : null;
        Assert.Throws<DiskFaultException>(() => _test.Store.AllocateExtentId(out _));
    }
}
