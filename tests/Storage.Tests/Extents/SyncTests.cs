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
}
