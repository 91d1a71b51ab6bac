using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>What is left of a repair task when all that no sound leader sends is taken out, and how a tiny extent is cut into packets.</summary>
public sealed class RepairPlanTests
{
    private const string Self = "10.0.0.1:17310", Leader = "10.0.0.2:17310";
    private static readonly string[] Hosts = [Leader, Self, "10.0.0.3:17310"];

    [Fact]
    public void What_is_created_and_filled_is_one_item_and_of_two_lengths_the_greater_counts()
    {
        var plan = Plan(RepairTask.Normal, create: [Of(1025, 10)], repair: [Of(1025, 10), Of(1025, 20), Of(1026, 5)]);
        Assert.Equal([new RepairItem(new(1025), 20, Leader, true), new RepairItem(new(1026), 5, Leader, false)], plan.Items);
        Assert.Equal(0, plan.Refused);
    }

    [Fact]
    public void The_example_of_the_specification_is_a_plan()
    {
        Assert.True(RepairTask.TryRead(
            """{"TaskType":1,"ExtentsToBeCreated":[],"ExtentsToBeRepaired":[{"deleted":false,"Crc":0,"fileId":1025,"size":131077,"modTime":0,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0,"src":"10.0.0.2:17310"}],"LeaderTinyDeleteRecordFileSize":48,"LeaderAddr":"10.0.0.2:17310"}"""u8,
            out var task));
        Assert.Equal([new RepairItem(new(1025), 131077, Leader, false)], RepairPlan.Of(task, Hosts, Self).Items);
    }

    public static TheoryData<byte, ulong, ulong, ulong, string?> Unsound => new()
    {
        { 1, 5, 10, Watermark.NoSnapshot, Leader },                    // tiny in a task for normal ones
        { 0, 1025, 4096, Watermark.NoSnapshot, Leader },
        { 2, 1025, 10, Watermark.NoSnapshot, Leader },
        { 1, 65, 10, Watermark.NoSnapshot, Leader },                   // no id of an extent
        { 1, 1024, 10, Watermark.NoSnapshot, Leader },
        { 1, ulong.MaxValue, 10, Watermark.NoSnapshot, Leader },
        { 1, 1025, 134217729, Watermark.NoSnapshot, Leader },          // longer than any
        { 1, 1025, ulong.MaxValue, Watermark.NoSnapshot, Leader },
        { 0, 5, 1UL << 42, Watermark.NoSnapshot, Leader },
        { 0, 5, 4097, Watermark.NoSnapshot, Leader },                  // off the grid
        { 1, 1025, 10, Watermark.NoSnapshot + 1, Leader },             // snapshots
        { 1, 1025, 10, Watermark.NoSnapshot, null },
        { 1, 1025, 10, Watermark.NoSnapshot, "somewhere" },
        { 1, 1025, 10, Watermark.NoSnapshot, "10.0.0.2" },
        { 1, 1025, 10, Watermark.NoSnapshot, Self },
        { 1, 1025, 10, Watermark.NoSnapshot, "10.0.0.9:17310" },       // no replica
    };

    [Theory]
    [MemberData(nameof(Unsound))]
    public void What_no_sound_leader_sends_is_left_out_and_counted(byte taskType, ulong extent, ulong size, ulong snapshotEnd, string? source)
    {
        var listed = new Watermark { Extent = new ExtentId(extent), Size = size, SnapshotEnd = snapshotEnd, Source = source };
        var plan = Plan(taskType, [], [listed]);
        Assert.Empty(plan.Items);
        Assert.Equal(1, plan.Refused);
        Assert.NotEqual("", plan.Reason);
    }

    [Theory]
    [InlineData(true, 8192L, 20480L, true, 8192L)]        // a hole, then data
    [InlineData(true, 8192L, 8192L, true, 8192L)]
    [InlineData(true, 5000L, 5000L, true, 8192L)]         // the last one reaches to the next page
    [InlineData(true, 5000L, 20480L, true, 4096L)]        // data begins within a page: the hole ends before it
    [InlineData(true, 100L, 20480L, false, 4096L)]
    [InlineData(true, 1L << 30, 1L << 31, true, 134217728L)]
    [InlineData(false, 77824L, 1L << 20, false, 77824L)]
    [InlineData(false, 200000L, 1L << 20, false, 131072L)]
    [InlineData(false, 5L, 5L, false, 5L)]                // the end of the file
    [InlineData(false, 5L, 20480L, false, 4096L)]         // zeros up to the grid
    [InlineData(false, 8192L, 4096L, false, 4096L)]       // no more than was asked for
    public void A_tiny_extent_is_cut_into_pages(bool isHole, long found, long wanted, bool expectedHole, long expectedBytes) =>
        Assert.Equal(new TinyRuns.Run(expectedHole, expectedBytes), TinyRuns.Next(isHole, found, wanted, 524288));

    [Fact]
    public void Records_of_other_than_tiny_extents_are_not_kept()
    {
        var records = new byte[24 * 4];
        ulong[] ids = [5, 1025, 0, 64];
        for (var i = 0; i < ids.Length; i++) new TinyDeleteRecord(new ExtentId(ids[i]), 4096, 7).Write(records.AsSpan(i * 24));
        Assert.Equal(48, TinyRecordSync.Keep(records));
        Assert.Equal((byte)5, records[7]);
        Assert.Equal((byte)64, records[31]);
    }

    [Theory]
    [InlineData(0, 4194303, 0)]
    [InlineData(0, 4194312, 4194312)]
    [InlineData(100000000, 48, 0)]
    [InlineData(0, long.MaxValue, 67108848)]
    public void A_log_that_is_little_behind_is_left_and_no_number_makes_it_take_more_than_its_share(long own, long leader, long taken) =>
        Assert.Equal(taken, TinyRecordSync.BytesToTake(own, leader));

    [Fact]
    public void Tries_are_spaced_out_and_end()
    {
        var settings = new RepairSettings();
        var pauses = Enumerable.Range(1, 4).Select(tries => RepairReactions.PauseAfter(RepairFailureKind.Lost, ResultCode.None, tries, 0, settings)).ToList();
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), null], pauses);
        Assert.Null(RepairReactions.PauseAfter(RepairFailureKind.Refused, ResultCode.NotExist, 1, 0, settings));
        Assert.Null(RepairReactions.PauseAfter(RepairFailureKind.Refused, ResultCode.TryOtherAddress, 1, 0, settings));
        Assert.Equal(settings.TokenPause, RepairReactions.PauseAfter(RepairFailureKind.Refused, ResultCode.ReadRepairAgain, 23, 23, settings));
        Assert.Null(RepairReactions.PauseAfter(RepairFailureKind.Refused, ResultCode.ReadRepairAgain, 24, 24, settings));
    }

    private static Watermark Of(ulong extent, long size) => RepairRequests.Listed(extent, size, Leader);

    private static RepairPlan Plan(byte taskType, Watermark[] create, Watermark[] repair) =>
        RepairPlan.Of(new RepairTask { TaskType = taskType, ExtentsToBeCreated = create, ExtentsToBeRepaired = repair, LeaderAddr = Leader }, Hosts, Self);
}
