using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class TinyTests
{
    private static readonly ExtentId One = new(1);
    private readonly TestStore _test = new();

    [Fact]
    public void Objects_start_at_pages_and_the_file_keeps_its_odd_end()
    {
        Assert.Equal(8192, _test.Append(One, 0, TestStore.Bytes(5000)));
        Assert.Equal(16384, _test.Append(One, 8192, TestStore.Bytes(5000, 2)));
        Assert.Equal(13192, _test.FileBytes("1").Length);
        Assert.Equal(16384, _test.Store.Find(One)!.Value.Size);
        Assert.Equal(ExtentLimits.NormalBytesMax, _test.Store.Find(One)!.Value.SnapshotEnd);
        _test.KillAndReopen();
        Assert.Equal(16384, _test.Store.Find(One)!.Value.Size);
        Assert.Equal(TestStore.Bytes(5000, 2), _test.Read(One, 8192, 5000));
        Assert.Equal(StorageError.EndOfExtent, _test.Store.Read(One, 8192, new byte[5001], out _));
        Assert.Empty(_test.FileBytes("EXTENT_CRC"));
    }

    [Fact]
    public void A_write_beside_the_watermark_or_to_4_TiB_is_refused()
    {
        _test.Append(One, 0, [1]);
        Assert.Equal(StorageError.NotAtWatermark, _test.Store.Append(One, 1, [1], 0, false, out var watermark));
        Assert.Equal(4096, watermark);
        Assert.Equal(StorageError.ExtentFull, _test.Store.Append(One, ExtentLimits.TinyBytesMax - 1, [1], 0, false, out _));
        Assert.Equal(StorageError.NotAtWatermark, _test.Store.Append(One, ExtentLimits.TinyBytesMax - 2, [1], 0, false, out _));
    }

    [Fact]
    public void A_fresh_primary_has_64_writers_and_each_extent_one()
    {
        var taken = new HashSet<ulong>();
        for (var i = 0; i < 64; i++)
        {
            Assert.Equal(StorageError.None, _test.Store.AcquireTiny(out var id, out var offset));
            Assert.True(taken.Add(id.Value));
            Assert.Equal(0, offset);
        }
        Assert.Equal(StorageError.NoTinyExtent, _test.Store.AcquireTiny(out _, out _));
        _test.Append(new ExtentId(9), 0, [1]);
        _test.Store.ReleaseTiny(new ExtentId(9), succeeded: true);
        _test.Store.ReleaseTiny(new ExtentId(9), succeeded: true);
        _test.Store.ReleaseTiny(new ExtentId(8), succeeded: false);
        Assert.Equal((1, 1), (_test.Store.TinyAvailable, _test.Store.TinyBroken));
        Assert.Equal(StorageError.None, _test.Store.AcquireTiny(out var again, out var next));
        Assert.Equal((new ExtentId(9), 4096L), (again, next));
    }

    [Fact]
    public void After_a_restart_and_on_a_follower_all_are_broken_until_promoted()
    {
        _test.CloseAndReopen();
        Assert.Equal((0, 64), (_test.Store.TinyAvailable, _test.Store.TinyBroken));
        Assert.Equal(StorageError.NoTinyExtent, _test.Store.AcquireTiny(out _, out _));
        _test.Store.PromoteTiny([new ExtentId(7), new ExtentId(3), new ExtentId(7), new ExtentId(1025)]);
        Assert.Equal((2, 62), (_test.Store.TinyAvailable, _test.Store.TinyBroken));
        Assert.Equal(StorageError.None, _test.Store.AcquireTiny(out var first, out _));
        Assert.Equal(new ExtentId(7), first);
        _test.Store.PromoteTiny([first]); // its writer has it
        Assert.Equal(1, _test.Store.TinyAvailable);
        Assert.True(_test.Store.TryTakeBrokenTiny(out var broken));
        Assert.Equal(new ExtentId(1), broken);
        Assert.Equal(1, _test.Store.DemoteTiny(10));
        Assert.Equal((0, 62), (_test.Store.TinyAvailable, _test.Store.TinyBroken));
        var follower = new TestStore(settings: s => s with { TinyAvailableAtOnce = false });
        Assert.Equal(0, follower.Store.TinyAvailable);
    }

    [Fact]
    public void A_write_that_does_not_fit_leaves_the_file_at_its_old_end()
    {
        _test.Append(One, 0, TestStore.Bytes(100));
        _test.Disk.CapacityBytes -= _test.Disk.Space("/disk").FreeBytes - 2 * 4096;
        Assert.Equal(StorageError.NoSpace, _test.Store.Append(One, 4096, TestStore.Bytes(100_000), 0, false, out var watermark));
        Assert.Equal((4096L, 100), (watermark, _test.FileBytes("1").Length));
        _test.Disk.CapacityBytes = long.MaxValue / 4;
        Assert.Equal(4096 + 8192, _test.Append(One, 4096, TestStore.Bytes(5000)));
    }

    [Fact]
    public void A_deleted_object_is_a_hole_with_a_record_and_its_neighbours_stay()
    {
        _test.Append(One, 0, TestStore.Bytes(5000));
        _test.Append(One, 8192, TestStore.Bytes(6000, 2));
        _test.Append(One, 16384, TestStore.Bytes(10, 3));
        Assert.Equal(StorageError.None, _test.Store.Punch(One, 8192, 6000));
        Assert.Equal(24, _test.Store.TinyDeleteLogBytes);
        Assert.Equal(StorageError.None, _test.Store.Punch(One, 8192, 6000));
        Assert.Equal(24, _test.Store.TinyDeleteLogBytes);
        Assert.Equal(TestStore.Bytes(5000), _test.Read(One, 0, 5000));
        Assert.Equal(new byte[6000], _test.Read(One, 8192, 6000));
        Assert.Equal(TestStore.Bytes(10, 3), _test.Read(One, 16384, 10));
        Assert.Equal(20480, _test.Store.Find(One)!.Value.Size);
        Assert.Equal(StorageError.None, _test.Store.Punch(One, 16384, 10));
        _test.KillAndReopen();
        Assert.Equal(20480, _test.Store.Find(One)!.Value.Size);
        Assert.Equal(48, _test.Store.TinyDeleteLogBytes);
    }

    [Theory]
    [InlineData(0, 8193, StorageError.TinyRecovering)]
    [InlineData(8192, 1, StorageError.TinyRecovering)]
    [InlineData(5000, 4000, StorageError.TinyRecovering)]
    [InlineData(100, 10, StorageError.BadArgument)]
    [InlineData(-4096, 10, StorageError.BadArgument)]
    [InlineData(0, -1, StorageError.BadArgument)]
    [InlineData(long.MaxValue - 4095, long.MaxValue, StorageError.TinyRecovering)]
    [InlineData(4096, 0, StorageError.None)]
    public void A_punch_is_checked_before_anything_is_touched(long offset, long size, StorageError expected)
    {
        _test.Append(One, 0, TestStore.Bytes(5000));
        Assert.Equal(expected, _test.Store.Punch(One, offset, size));
        Assert.Equal(TestStore.Bytes(5000), _test.Read(One, 0, 5000));
        Assert.Empty(_test.FileBytes("TINYEXTENT_DELETE"));
    }

    [Fact]
    public void Runs_of_data_and_holes_are_told_apart_and_a_hole_can_be_appended()
    {
        _test.Append(One, 0, TestStore.Bytes(5000));
        Assert.Equal(StorageError.None, _test.Store.AppendTinyHole(One, 8192, 12288, out var watermark));
        Assert.Equal(20480, watermark);
        _test.Append(One, 20480, TestStore.Bytes(10));
        Assert.Equal(StorageError.None, _test.Store.FindRun(One, 4096, out var isHole, out var length));
        Assert.Equal((false, 4096L), (isHole, length));
        Assert.Equal(StorageError.None, _test.Store.FindRun(One, 8192, out isHole, out length));
        Assert.Equal((true, 12288L), (isHole, length));
        Assert.Equal(StorageError.None, _test.Store.FindRun(One, 20480, out isHole, out length));
        Assert.Equal((false, 10L), (isHole, length));
        Assert.Equal(StorageError.None, _test.Store.FindRun(One, 20490, out _, out length));
        Assert.Equal(0, length);
        Assert.Equal(StorageError.NotAtWatermark, _test.Store.AppendTinyHole(One, 0, 4096, out _));
        Assert.Equal(StorageError.BadArgument, _test.Store.AppendTinyHole(One, 24576, 100, out _));
        Assert.Equal(StorageError.BadArgument, _test.Store.AppendTinyHole(new ExtentId(1025), 0, 4096, out _));
        Assert.Equal(StorageError.ExtentFull, _test.Store.AppendTinyHole(One, 24576, ExtentLimits.TinyBytesMax, out _));
    }

    [Fact]
    public void Tiny_extents_cannot_be_deleted_whole() => Assert.Equal(StorageError.BadArgument, _test.Store.Delete(One));

    [Fact]
    public void The_queues_keep_their_order_and_lose_no_id()
    {
        var random = new Random(5);
        var queues = new TinyExtentQueues(allAvailable: false);
        var taken = new List<ExtentId>();
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(5))
            {
                case 0 when queues.TryTake(out var id): taken.Add(id); break;
                case 1 when queues.TryTakeBroken(out var id): taken.Add(id); break;
                case 2 when taken.Count > 0:
                    var back = taken[random.Next(taken.Count)];
                    taken.Remove(back);
                    queues.Settle(back, random.Next(2) == 0);
                    break;
                case 3: queues.Promote(new ExtentId((ulong)random.Next(0, 70))); break;
                case 4: queues.Demote(random.Next(3)); break;
            }
            Assert.Equal(64, queues.AvailableCount + queues.BrokenCount + taken.Count);
        }
    }

    [Fact]
    public void A_media_error_is_thrown_and_the_extent_can_be_used_again()
    {
        _test.Append(One, 0, TestStore.Bytes(100));
        _test.Disk.Fault = call => call.Operation == DiskOperation.PunchHole ? DiskFault.MediaError : null;
        Assert.Throws<DiskFaultException>(() => _test.Store.Punch(One, 0, 100));
        _test.Disk.Fault = null;
        Assert.Equal(StorageError.None, _test.Store.Punch(One, 0, 100));
    }
}
