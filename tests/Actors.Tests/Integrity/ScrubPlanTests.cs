using CubeActors.Protocol;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What a walk through a disk does next, how fast, and whom it compares with.</summary>
public sealed class ScrubPlanTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 31, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Theory]
    [InlineData(0, 0, true, "3 from 0")] // the beginning
    [InlineData(3, 0, true, "5 from 0")]
    [InlineData(5, 1030, false, "5 from 1030")] // in the middle of one
    [InlineData(4, 1030, false, "5 from 0")] // that one is not here any more
    [InlineData(9, 0, true, "the end")]
    [InlineData(9, 1030, false, "9 from 1030")]
    public void It_goes_on_where_it_stood(ulong partition, ulong extent, bool isDone, string expected)
    {
        var record = ScrubRecord.None with { Partition = partition, Extent = extent, IsPartitionDone = isDone };
        var next = ScrubPlan.Next([new PartitionId(9), new PartitionId(3), new PartitionId(5)], record);
        Assert.Equal(expected, next is { } found ? $"{found.Partition} from {found.After}" : "the end");
    }

    [Fact]
    public void A_walk_begins_a_period_after_the_one_before_and_one_under_way_goes_on_at_once()
    {
        var done = ScrubRecord.None with { PassStarted = Now.AddDays(-10).ToUnixTimeSeconds(), IsPassDone = true };
        Assert.Equal(TimeSpan.FromDays(20), ScrubPlan.Wait(done, Now, Month));
        Assert.Equal(TimeSpan.Zero, ScrubPlan.Wait(done with { IsPassDone = false }, Now, Month));
        Assert.Equal(TimeSpan.Zero, ScrubPlan.Wait(ScrubRecord.None, Now, Month));
        Assert.True(ScrubPlan.Wait(done, Now.AddDays(60), Month) < TimeSpan.Zero);
        Assert.Equal(Month, ScrubPlan.Wait(done, Now.AddYears(-20), Month)); // the clock was set back
    }

    [Theory]
    [InlineData(0, 4 << 20, 256 << 10)]
    [InlineData(1L << 30, 4 << 20, 256 << 10)]
    [InlineData(4L << 40, 4 << 20, 1885308)] // 4 TiB in 27 days
    [InlineData(40L << 40, 4 << 20, 4 << 20)] // it takes longer, and says so
    [InlineData(1L << 30, 1000, 1000)] // what is allowed counts
    public void It_is_as_fast_as_it_must_be_to_be_through_in_time(long used, long max, long expected) => Assert.Equal(expected, ScrubPlan.RateOf(used, Month, max));

    [Theory]
    [InlineData(1025, 5000, 3600, true)]
    [InlineData(1025, 5000, 3599, false)] // appended to within the hour
    [InlineData(1025, 0, 9999, false)]
    [InlineData(3, 5000, 0, true)] // of a tiny one nobody knows when
    public void Cold_extents_are_due(ulong extent, long size, long age, bool expected)
    {
        var now = Now.ToUnixTimeSeconds();
        var record = new ExtentRecord(new ExtentId(extent), size, now - age, 0, 0, ExtentLimits.NormalBytesMax);
        Assert.Equal(expected, ScrubPlan.IsDue(record, now, TimeSpan.FromHours(1)));
        Assert.False(ScrubPlan.IsDue(record with { SnapshotEnd = ExtentLimits.NormalBytesMax + 1 }, now, TimeSpan.FromHours(1)));
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("c", "a")]
    [InlineData("x", null)]
    public void Each_replica_is_compared_with_the_next_one(string self, string? expected) => Assert.Equal(expected, ScrubPlan.Neighbour(["a", "b", "c"], self));

    [Fact]
    public void A_single_replica_has_nobody() => Assert.Null(ScrubPlan.Neighbour(["a"], "a"));

    [Fact]
    public async Task So_many_bytes_a_second_pass_and_what_was_not_used_is_not_saved_up()
    {
        var time = new VirtualTime();
        var pace = new ScrubPace(time) { BytesPerSecond = 1000 };
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(pace.TakeAsync(500, default).IsCompleted);
        var second = pace.TakeAsync(500, default).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await second.Soon();
        Assert.False(pace.TakeAsync(1, default).IsCompleted);
    }

    [Fact]
    public void The_record_comes_back_as_it_was_and_anything_else_is_none()
    {
        var disk = new SimulatedFileSystem();
        disk.MakeDirectories("/disk");
        Assert.Equal(ScrubRecord.None, ScrubRecord.Load(disk, "/disk"));
        var record = new ScrubRecord(ScrubRecord.CurrentFormat, 7, 1025, false, 1000, false, 500);
        record.Save(disk, "/disk");
        Assert.Equal(record, ScrubRecord.Load(disk, "/disk"));
        foreach (var text in (string[])["", "{", "null", """{"format":9}""", """{"format":1,"passStarted":-1}""", """{"format":1,"lastFullPass":99999999999999}"""])
        {
            using (var file = disk.OpenOrCreate($"/disk/{ScrubRecord.Name}", truncate: true)) file.Write(0, System.Text.Encoding.UTF8.GetBytes(text));
            Assert.Equal(ScrubRecord.None, ScrubRecord.Load(disk, "/disk"));
        }
    }
}
