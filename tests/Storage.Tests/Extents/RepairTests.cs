using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Storage.Tests;

/// <summary>What repair and fsck ask of a store beyond what clients do.</summary>
public sealed class RepairTests
{
    private readonly TestStore _test = new();

    [Fact]
    public void What_was_ever_deleted_is_known_to_repair_also_after_a_restart_and_four_hours()
    {
        var deleted = Enumerable.Range(0, 20_000).Select(number => new ExtentId(10_000 + (ulong)number)).ToList();
        foreach (var id in deleted)
        {
            Assert.Equal(StorageError.None, _test.Store.CreateExtent(id));
            Assert.Equal(StorageError.None, _test.Store.Delete(id));
        }

        var kept = _test.CreateExtent();
        Assert.Contains(deleted[0], _test.Store.FindDeleted([deleted[0], kept]));
        _test.Clock.Advance(Tombstones.Retention + TimeSpan.FromSeconds(1));
        _test.KillAndReopen();
        var found = _test.Store.FindDeleted([deleted[0], deleted[8191], deleted[8192], deleted[^1], kept, new ExtentId(5000)]);
        Assert.Equal([deleted[0], deleted[8191], deleted[8192], deleted[^1]], found.OrderBy(id => id.Value));
        Assert.Empty(_test.Store.FindDeleted([]));
    }

    [Fact]
    public void A_torn_record_at_the_end_of_the_log_hides_none_before_it()
    {
        var id = _test.CreateExtent();
        _test.Store.Delete(id);
        _test.Disk.Kill();
        using (var log = _test.Disk.TryOpen(TestStore.PathOf("NORMALEXTENT_DELETE"))!) log.Write(log.Length, [1, 2, 3]);
        _test.Reopen();
        Assert.Equal([id], _test.Store.FindDeleted([id]));
    }

    [Fact]
    public void A_deleted_extent_is_created_again_only_by_order()
    {
        var id = _test.CreateExtent();
        _test.Store.Delete(id);
        Assert.Equal(StorageError.ExtentDeleted, _test.Store.CreateExtent(id));
        Assert.Equal(StorageError.None, _test.Store.CreateExtent(id, evenIfDeleted: true));
        Assert.Equal(3, _test.Append(id, 0, [1, 2, 3]));
    }

    [Fact]
    public void The_length_of_a_tiny_extent_s_file_is_its_own_and_its_watermark_is_whole_pages()
    {
        var id = new ExtentId(1);
        _test.Append(id, 0, new byte[5000]);
        Assert.Equal(StorageError.None, _test.Store.FileLength(id, out var length));
        Assert.Equal((5000L, 8192L), (length, _test.Store.Find(id)!.Value.Size));
        Assert.Equal(StorageError.ExtentMissing, _test.Store.FileLength(new ExtentId(4711), out _));
        Assert.False(_test.Store.LacksTiny);
    }

    [Fact]
    public void Locks_last_until_all_are_lifted_and_not_over_a_restart()
    {
        var locks = _test.Store.Locks;
        var id = _test.CreateExtent();
        Assert.True(locks.TryLock(id, ExtentLockKind.Mark));
        Assert.Equal((true, false), (locks.IsLocked(id), locks.IsLockedForDelete(id)));
        Assert.True(locks.TryLock(id, ExtentLockKind.Delete));
        Assert.True(locks.IsLockedForDelete(id));
        locks.Clear();
        Assert.False(locks.IsLocked(id));
        locks.TryLock(id, ExtentLockKind.Delete);
        Assert.False(_test.KillAndReopen().Locks.IsLocked(id));
    }
}
