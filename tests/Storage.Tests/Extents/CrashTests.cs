using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>
/// Goal: whenever the process dies, the next one finds every acknowledged byte and a directory that keeps the rules.
/// Method: one script of every kind of change, cut before (or inside) each single change that reaches the disk.
/// </summary>
public sealed class CrashTests
{
    private const int Block = ExtentLimits.BlockBytes;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_kill_at_any_change_loses_nothing_that_was_acknowledged(bool tearWrites)
    {
        var changes = 0;
        for (var at = 0; at <= changes; at++)
        {
            var test = new TestStore(settings: s => s with { OpenExtentsMax = 2 });
            var model = new StoreModel();
            var start = test.Disk.Changes;
            (test.Disk.CrashAt, test.Disk.CrashTearsWrites) = (at == 0 ? null : start + at - 1, tearWrites);
            try
            {
                Script(test, model);
                Assert.Equal(0, at); // the first round counts the changes and must end
                changes = test.Disk.Changes - start;
                test.Reopen();
            }
            catch (SimulatedCrashException)
            {
                test.KillAndReopen();
            }
            model.Check(test, $"killed at change {at - 1} of {changes}");
            model.AdoptPending(test);
            AfterTheCrash(test, model, at);
        }
        Assert.True(changes > 40, $"only {changes} changes");
    }

    [Fact]
    public void A_second_kill_while_the_store_is_opened_again_loses_nothing_either()
    {
        for (var at = 0; at < 30; at++)
        {
            var test = new TestStore(settings: s => s with { OpenExtentsMax = 2 });
            var model = new StoreModel();
            test.Disk.CrashAt = test.Disk.Changes + 23;
            Assert.Throws<SimulatedCrashException>(() => Script(test, model));
            test.Disk.Kill();
            using (var log = test.Disk.TryOpen(TestStore.PathOf("TINYEXTENT_DELETE"))!) log.Write(log.Length, new byte[5]);
            test.Disk.DeleteFile(TestStore.PathOf("40"));
            test.Disk.CrashAt = test.Disk.Changes + at;
            try
            {
                test.Reopen();
            }
            catch (SimulatedCrashException)
            {
                test.KillAndReopen();
            }
            model.Check(test, $"second kill at {at}");
        }
    }

    private static void Script(TestStore test, StoreModel model)
    {
        var first = Create(test, model);
        Append(test, model, first, TestStore.Bytes(Block, 1));
        Append(test, model, first, TestStore.Bytes(100, 2));
        Append(test, model, first, TestStore.Bytes(3 * Block, 3), sync: true);
        Overwrite(test, model, first, 0, TestStore.Bytes(Block, 4));
        Overwrite(test, model, first, Block + 50_000, TestStore.Bytes(2 * Block, 5));
        Assert.Equal(StorageError.None, test.Store.AcquireTiny(out var tiny, out _));
        Append(test, model, tiny, TestStore.Bytes(5000, 6));
        Append(test, model, tiny, TestStore.Bytes(9000, 7), sync: true);
        Punch(test, model, tiny, 0, 5000);
        var second = Create(test, model);
        var third = Create(test, model); // more than may be open: one is evicted
        Append(test, model, second, TestStore.Bytes(2 * Block, 8));
        Append(test, model, third, TestStore.Bytes(2 * Block, 9));
        Append(test, model, first, TestStore.Bytes(10, 10));
        Punch(test, model, first, 4096, Block);
        model.BeginDelete(second);
        Assert.Equal(StorageError.None, test.Store.Delete(second));
        model.Commit(deleted: true);
        test.Clock.Advance(ExtentStore.CrcQuietTime * 2);
        Assert.Equal(StorageError.None, test.Store.RefreshExtentCrc(first, 1, out _));
        Append(test, model, first, TestStore.Bytes(1000, 11));
        test.Store.Sync();
        test.Store.Close();
    }

    /// <summary>The store must not only hold what it held: it must go on working.</summary>
    private static void AfterTheCrash(TestStore test, StoreModel model, int seed)
    {
        foreach (var id in model.Ids.Where(id => !id.IsTiny).ToArray())
        {
            Append(test, model, id, TestStore.Bytes(Block, seed));
            Overwrite(test, model, id, 0, TestStore.Bytes(Block, seed + 1));
        }
        var next = Create(test, model);
        Append(test, model, next, TestStore.Bytes(70_000, seed), sync: true);
        test.KillAndReopen();
        model.Check(test, $"after crash {seed}");
    }

    private static ExtentId Create(TestStore test, StoreModel model)
    {
        Assert.Equal(StorageError.None, test.Store.AllocateExtentId(out var id));
        model.BeginCreate(id);
        Assert.Equal(StorageError.None, test.Store.CreateExtent(id));
        model.Commit();
        return id;
    }

    private static void Append(TestStore test, StoreModel model, ExtentId id, byte[] data, bool sync = false)
    {
        model.BeginAppend(id, data);
        test.Append(id, test.Store.Find(id)!.Value.Size, data, sync);
        model.Commit();
    }

    private static void Overwrite(TestStore test, StoreModel model, ExtentId id, long offset, byte[] data)
    {
        model.BeginOverwrite(id, offset, data.AsSpan(0, (int)Math.Min(data.Length, model[id].Length - offset)));
        var part = data.AsSpan(0, (int)Math.Min(data.Length, model[id].Length - offset));
        Assert.Equal(StorageError.None, test.Store.Overwrite(id, offset, part, Crc32.Compute(part), false));
        model.Commit();
    }

    private static void Punch(TestStore test, StoreModel model, ExtentId id, long offset, long size)
    {
        model.BeginPunch(id, offset, size);
        Assert.Equal(StorageError.None, test.Store.Punch(id, offset, size));
        model.Commit();
    }
}
