using System.Text;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>What goes into one repair task, and its bytes. Source: storage-and-repair 4.2.</summary>
public sealed class RepairPartsTests
{
    private const string Self = "10.0.0.1:17310", Other = "10.0.0.3:17310";

    [Theory]
    [InlineData("1", 10, 100, "1")]
    [InlineData("", 10, 100, "")]
    [InlineData("1 1 1 1 1", 2, 100, "1 1|1 1|1")]
    [InlineData("40 40 40 40", 10, 100, "40 40|40 40")]
    [InlineData("60 50 50", 10, 100, "60|50 50")]
    [InlineData("500 1 1 500", 10, 100, "500|1 1|500")] // longer than a part may be: a part of its own
    [InlineData("0 0 0", 10, 100, "0 0 0")]
    public void A_part_ends_at_so_many_extents_or_bytes(string bytes, int extentsMax, long bytesMax, string expected)
    {
        var lags = bytes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => Lag(1025 + (ulong)i, ExtentLag.Missing, long.Parse(text, System.Globalization.CultureInfo.InvariantCulture))).ToList();
        Assert.Equal(expected, string.Join('|', RepairParts.Of(lags, extentsMax, bytesMax).Select(part => string.Join(' ', part.Select(lag => lag.Bytes)))));
    }

    [Fact]
    public void Only_missing_bytes_count() => Assert.Single(RepairParts.Of([Lag(1025, 134217000, 134217728), Lag(1026, 134217000, 134217728)], 10, 2000));

    [Fact]
    public void The_task_has_the_bytes_of_a_CubeFS_leader()
    {
        var task = RepairParts.TaskOf([Lag(1025, ExtentLag.Missing, 5000), Lag(1026, 10, 70)], Self);
        const string Missing = """{"deleted":false,"Crc":0,"fileId":1025,"size":5000,"modTime":0,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0,"src":"10.0.0.3:17310"}""";
        const string Short = """{"deleted":false,"Crc":0,"fileId":1026,"size":70,"modTime":0,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0,"src":"10.0.0.3:17310"}""";
        Assert.Equal(
            $$"""{"TaskType":1,"ExtentsToBeCreated":[{{Missing}}],"ExtentsToBeRepaired":[{{Missing}},{{Short}}],"LeaderTinyDeleteRecordFileSize":0,"LeaderAddr":"10.0.0.1:17310"}""",
            Encoding.UTF8.GetString(task.Write()));
    }

    [Fact]
    public void The_own_share_is_a_plan_ordered_by_source()
    {
        var plan = RepairParts.PlanOf([Lag(1025, ExtentLag.Missing, 5) with { Source = Other }, Lag(1026, 1, 5) with { Source = "10.0.0.2:17310" }, Lag(1027, 1, 5)]);
        Assert.Equal([(1026ul, false), (1025ul, true), (1027ul, false)], plan.Items.Select(item => (item.Extent.Value, item.MayCreate)));
        Assert.Equal(0, plan.Refused);
    }

    [Theory]
    [InlineData(Self, false, 0, null)]
    [InlineData("10.0.0.1:17311", false, 0, "another replica leads")] // the same address: another node (ODD-16)
    [InlineData("", false, 0, "another replica leads")]
    [InlineData(Other, false, 0, "another replica leads")]
    [InlineData(Self, true, 0, "being rebuilt")]
    [InlineData(Self, false, 1, "errors of its disk")]
    public void Only_a_whole_replica_that_stands_first_compares(string self, bool isBeingRebuilt, int errors, string? why)
    {
        var meta = Meta with { Hosts = [Self, Other], IsBeingRebuilt = isBeingRebuilt, DiskErrorCount = (ulong)errors };
        Assert.Contains(why ?? "", CycleRules.WhyNot(meta, self) ?? "", StringComparison.Ordinal);
        Assert.Equal(why is null, CycleRules.WhyNot(meta, self) is null);
    }

    [Fact]
    public void A_replica_without_others_compares_nothing() => Assert.NotNull(CycleRules.WhyNot(Meta with { Hosts = [Self] }, Self));

    [Fact]
    public void Errors_of_a_replica_that_is_being_rebuilt_call_for_somebody_each_time_the_limit_is_reached()
    {
        var errors = new RebuildErrors();
        Assert.False(errors.Add(3, isBeingRebuilt: true, limit: 5));
        Assert.True(errors.Add(2, isBeingRebuilt: true, limit: 5));
        Assert.Equal(5ul, errors.Count);
        Assert.False(errors.Add(4, isBeingRebuilt: true, limit: 5));
        Assert.True(errors.Add(9, isBeingRebuilt: true, limit: 5));
        Assert.False(errors.Add(9, isBeingRebuilt: false, limit: 5)); // whole again
        Assert.Equal(0ul, errors.Count);
        Assert.False(errors.Add(4, isBeingRebuilt: true, limit: 5));
    }

    private static PartitionMeta Meta => new() { Volume = "vol", Partition = new PartitionId(7), PartitionBytes = 1 << 30 };

    private static ExtentLag Lag(ulong id, long has, long size) => new(new ExtentId(id), has, size, Other);
}
