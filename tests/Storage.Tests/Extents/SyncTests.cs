using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>What Sync promises also while others are about to make something durable.</summary>
public sealed class SyncTests
{
    private readonly TestStore _test = new(settings: s => s with { OpenExtentsMax = 1, BlockCrcsAreHints = true });

    private int CountDuring(DiskOperation operation, string name, Action act, Action during)
    {
        var (count, inside) = (0, false);
        _test.Disk.Fault = call =>
        {
            if (call.Operation != operation || call.Name != name) return null;
            count++;
            if (inside) return null;
            inside = true;
            during();
            return null;
        };
        act();
        _test.Disk.Fault = null;
        return count;
    }

    [Fact]
    public void A_sync_does_not_pass_over_an_extent_that_is_just_being_evicted()
    {
        var first = _test.CreateExtent();
        _test.Append(first, 0, TestStore.Bytes(1000));
        var syncs = CountDuring(DiskOperation.Sync, first.ToString(), () => _test.CreateExtent(), () => _test.Store.Sync());
        Assert.Equal(2, syncs);
    }

    [Fact]
    public void A_sync_does_not_rely_on_a_directory_sync_that_has_not_returned()
    {
        _test.CreateExtent();
        Assert.Equal(2, CountDuring(DiskOperation.SyncDirectory, "datapartition_7_1073741824", () => _test.Store.Sync(), () => _test.Store.Sync()));
        Assert.Equal(0, CountDuring(DiskOperation.SyncDirectory, "datapartition_7_1073741824", () => _test.Store.Sync(), () => { }));
    }

    [Fact]
    public void After_a_sync_everything_survives_every_power_cut()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var test = new TestStore(seed, s => s with { OpenExtentsMax = 1, BlockCrcsAreHints = true });
            var ids = Enumerable.Range(0, 4).Select(_ => test.CreateExtent()).ToArray();
            foreach (var id in ids) test.Append(id, 0, TestStore.Bytes(200_000, (int)id.Value));
            test.Append(new Protocol.ExtentId(5), 0, TestStore.Bytes(9000));
            Assert.Equal(StorageError.None, test.Store.Delete(ids[3]));
            test.Store.Sync();
            test.Append(ids[0], 200_000, TestStore.Bytes(100));
            test.Disk.PowerCut();
            test.Reopen();
            foreach (var id in ids[..3]) Assert.Equal(TestStore.Bytes(200_000, (int)id.Value), test.Read(id, 0, 200_000));
            Assert.Equal(TestStore.Bytes(9000), test.Read(new Protocol.ExtentId(5), 0, 9000));
            Assert.Null(test.Store.Find(ids[3]));
            Assert.Equal(8, test.Store.NormalDeleteLogBytes);
        }
    }

    [Fact]
    public void A_failed_sync_is_thrown_and_asked_for_again()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(10));
        _test.Disk.Fault = call => call.Operation == DiskOperation.SyncDirectory ? DiskFault.MediaError : null;
        Assert.Throws<Runtime.DiskFaultException>(() => _test.Store.Sync());
        Assert.Equal(1, CountDuring(DiskOperation.SyncDirectory, "datapartition_7_1073741824", () => _test.Store.Sync(), () => { }));
    }

    [Fact]
    public void A_sync_that_runs_beside_a_write_is_not_taken_for_one_behind_it()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(128 * 1024));
        _test.Store.Sync();
        CountDuring(DiskOperation.Write, id.ToString(), () => _test.Append(id, 128 * 1024, TestStore.Bytes(128 * 1024)), () => _test.Store.Sync());
        Assert.Equal(1, CountDuring(DiskOperation.Sync, id.ToString(), () => _test.Store.Sync(), () => { }));

        CountDuring(DiskOperation.Write, "EXTENT_CRC", () => _test.Append(id, 256 * 1024, TestStore.Bytes(128 * 1024)), () => _test.Store.Sync());
        Assert.Equal(1, CountDuring(DiskOperation.Sync, "EXTENT_CRC", () => _test.Store.Sync(), () => { }));
    }

    [Fact]
    public void A_store_that_was_not_written_is_not_synced_again()
    {
        Assert.True(_test.Store.Sync());
        var changes = new List<string>();
        _test.Disk.Fault = call =>
        {
            if (call.Operation is DiskOperation.Sync or DiskOperation.SyncDirectory) changes.Add($"{call.Operation} {call.Name}");
            return null;
        };
        _test.Store.Sync();
        Assert.Empty(changes);

        var id = _test.CreateExtent();
        changes.Clear();
        _test.Append(id, 0, TestStore.Bytes(128 * 1024));
        Assert.Equal(StorageError.None, _test.Store.Delete(id));
        _test.Store.Sync();
        Assert.Equal(["Sync EXTENT_CRC", "Sync NORMALEXTENT_DELETE", "SyncDirectory datapartition_7_1073741824"], changes.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Opening_syncs_nothing_and_what_a_killed_process_left_becomes_durable_with_the_first_synced_append_or_sync()
    {
        foreach (var byAppend in new[] { true, false })
        {
            var test = new TestStore(settings: s => s with { BlockCrcsAreHints = true });
            var id = test.CreateExtent();
            test.Append(id, 0, TestStore.Bytes(1000));
            test.Disk.Kill();
            var syncs = 0;
            test.Disk.Fault = call =>
            {
                if (call.Operation is DiskOperation.Sync or DiskOperation.SyncDirectory) syncs++;
                return null;
            };
            test.Reopen();
            Assert.Equal(0, syncs);

            if (byAppend) test.Append(id, 1000, TestStore.Bytes(1000, seed: 2), sync: true);
            else test.Store.Sync();
            test.Disk.PowerCut();
            test.Reopen();
            Assert.NotNull(test.Store.Find(id)); // its name
            if (byAppend) Assert.Equal([.. TestStore.Bytes(1000), .. TestStore.Bytes(1000, seed: 2)], test.Read(id, 0, 2000));
        }
    }

    [Fact]
    public void What_was_found_durable_is_not_synced_at_all_until_something_is_written()
    {
        _test.Store.Close();
        _test.Settings = _test.Settings with { FoundIsDurable = true };
        var syncs = 0;
        _test.Disk.Fault = call =>
        {
            if (call.Operation is DiskOperation.Sync or DiskOperation.SyncDirectory) syncs++;
            return null;
        };
        _test.Reopen();
        _test.Store.Sync();
        _test.Store.Close();
        Assert.Equal(0, syncs);
    }
}
