using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>The rules of storage-and-repair 1.12 (holes) and 2.14 (watermarks at load), each by its number. The hole maps stand in <see cref="LoadTests"/>.</summary>
public sealed class RecoveryRuleTests
{
    private const long MiB = 1 << 20;
    private readonly TestStore _test = new();

    [Fact]
    public void Rule_1_12_zeros_are_written_as_data_and_never_become_a_hole_or_a_reserved_range()
    {
        var calls = new List<DiskOperation>();
        var id = _test.CreateExtent();
        _test.Disk.Fault = call =>
        {
            if (call.Name == $"{id}") calls.Add(call.Operation);
            return null;
        };

        _test.Append(id, 0, new byte[3 * 131072]);
        Assert.Equal(StorageError.None, _test.Store.Overwrite(id, 131072, new byte[131072], Crc32.Compute(new byte[131072]), sync: true));
        _test.Store.Sync();

        Assert.DoesNotContain(calls, call => call is DiskOperation.PunchHole or DiskOperation.Allocate or DiskOperation.SetLength);
        var status = _test.Disk.Stat(TestStore.PathOf($"{id}"))!.Value;
        Assert.Equal((3 * 131072, 3 * 131072), (status.Length, status.AllocatedBytes));
    }

    [Fact]
    public void Rule_1_12_an_extent_of_zeros_keeps_its_watermark_over_a_restart()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, new byte[3 * 131072]);

        _test.KillAndReopen();

        Assert.Equal(3 * 131072, _test.Store.Find(id)!.Value.Size);
    }

    [Fact]
    public void Rule_1_12_a_disk_that_cannot_punch_its_CRC_file_fails_every_delete_which_is_done_all_the_same()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(1000));
        _test.Disk.Fault = call => call is { Operation: DiskOperation.PunchHole, Name: "EXTENT_CRC" } ? DiskFault.MediaError : null;

        Assert.True(Assert.Throws<DiskFaultException>(() => _test.Store.Delete(id)).IsMediaError);

        _test.Disk.Fault = null;
        Assert.Equal(StorageError.None, _test.Store.Delete(id)); // the file goes first, as in CubeFS
        Assert.Null(_test.Store.Find(id));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(13192, 16384)]
    public void Rule_2_14_a_tiny_extent_is_as_long_as_its_file_rounded_up_to_pages(int length, long expected)
    {
        _test.Store.Close();
        _test.WriteFile("5", TestStore.Bytes(length));

        _test.Reopen();

        Assert.Equal(expected, _test.Store.Find(new ExtentId(5))!.Value.Size);
        Assert.Equal(length, _test.Disk.Stat(TestStore.PathOf("5"))!.Value.Length); // the file keeps its odd end
    }

    [Fact]
    public void Rule_2_14_modify_time_is_that_of_the_file()
    {
        var id = _test.CreateExtent();
        _test.Clock.Advance(TimeSpan.FromHours(3));
        _test.Append(id, 0, TestStore.Bytes(10));
        var modified = _test.Clock.GetUtcNow().ToUnixTimeSeconds();
        _test.Clock.Advance(TimeSpan.FromHours(3));

        _test.KillAndReopen();

        Assert.Equal(modified, _test.Store.Find(id)!.Value.ModifiedSeconds);
    }

    [Fact]
    public void Rule_2_14_a_longer_file_than_the_others_have_is_not_cut_and_counts()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(1000));
        _test.Store.Close();
        using (var file = _test.Disk.TryOpen(TestStore.PathOf($"{id}"))!) file.Write(1000, TestStore.Bytes(777, seed: 2)); // a write that nobody acknowledged

        _test.Reopen();

        Assert.Equal(1777, _test.Store.Find(id)!.Value.Size);
        Assert.Equal(TestStore.Bytes(777, seed: 2), _test.Read(id, 1000, 777));
        Assert.Equal(1777 + 10, _test.Append(id, 1777, TestStore.Bytes(10)));
    }

    [Fact]
    public void Rule_2_14_a_tail_of_written_zeros_is_data()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(4096));
        _test.Store.Close();
        using (var file = _test.Disk.TryOpen(TestStore.PathOf($"{id}"))!) file.Write(4096, new byte[8192]);

        _test.Reopen();

        Assert.Equal(4096 + 8192, _test.Store.Find(id)!.Value.Size);
    }

    [Fact]
    public void Rule_2_14_the_first_use_of_an_extent_finds_what_the_list_said()
    {
        _test.Store.Close();
        using (var file = _test.Disk.OpenOrCreate(TestStore.PathOf("1025")))
        {
            file.SetLength(130 * MiB);
            file.Write(0, TestStore.Bytes(5 * (int)MiB));
            file.Write(128 * MiB, TestStore.Bytes(2 * (int)MiB));
        }

        _test.Reopen();
        var listed = _test.Store.Find(new ExtentId(1025))!.Value;
        _test.Read(new ExtentId(1025), 0, 100);

        Assert.Equal((5 * MiB, 130 * MiB), (listed.Size, listed.SnapshotEnd));
        Assert.Equal(listed, _test.Store.Find(new ExtentId(1025))!.Value);
    }

    [Fact]
    public void Rule_2_14_a_file_without_holes_is_not_opened_at_load()
    {
        var id = _test.CreateExtent();
        _test.Append(id, 0, TestStore.Bytes(100_000));
        _test.Store.Close();
        var opened = 0;
        _test.Disk.Fault = call =>
        {
            if (call.Operation == DiskOperation.Open && call.Name == $"{id}") opened++;
            return null;
        };

        _test.Reopen();

        Assert.Equal((0, 100_000), (opened, _test.Store.Find(id)!.Value.Size));
    }
}
