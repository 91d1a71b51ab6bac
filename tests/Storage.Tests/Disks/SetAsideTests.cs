using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

public sealed class SetAsideTests
{
    private const string Root = "/disk";
    private static readonly PartitionId Id = new(7);
    private static readonly DateTime Noon = new(2030, 1, 2, 12, 0, 0);
    private readonly ManualClock _clock = new();
    private readonly SimulatedFileSystem _disk;

    public SetAsideTests()
    {
        _disk = new SimulatedFileSystem(clock: _clock);
        _disk.MakeDirectories(Root);
    }

    [Fact]
    public void A_backup_says_when_it_was_made_and_every_one_gets_a_name_of_its_own()
    {
        using var root = Open();
        Make(root);
        Assert.Equal("backup_datapartition_7_5-20300102120000", root.BackUp(Id, 5, Noon)!.Value.Name);
        Make(root);
        Assert.Equal("backup_datapartition_7_5-20300102120001", root.BackUp(Id, 5, Noon)!.Value.Name);
        Assert.Null(root.BackUp(Id, 5, Noon)); // there is nothing left to set aside
    }

    [Fact]
    public void A_partition_expires_once_and_the_second_time_becomes_a_backup_so_that_neither_replaces_the_other()
    {
        using var root = Open();
        Make(root);
        Assert.Equal("expired_datapartition_7_5", root.Expire(Id, 5, Noon)!.Value.Name);
        Make(root);
        Assert.Equal("backup_datapartition_7_5-20300102120000", root.Expire(Id, 5, Noon)!.Value.Name);
        Assert.Equal(["backup_datapartition_7_5-20300102120000", "expired_datapartition_7_5"], Partitions(root));
    }

    [Fact]
    public void Taking_back_gives_a_backup_its_name_again_unless_the_partition_is_there()
    {
        using var root = Open();
        Make(root);
        var backup = root.BackUp(Id, 5, Noon)!.Value;
        Assert.Equal(new RootEntry(RootEntryKind.Partition, "datapartition_7_5", Id, 5), root.TakeBack(backup));
        Assert.Null(root.TakeBack(backup));

        var again = root.BackUp(Id, 5, Noon)!.Value;
        Make(root);
        Assert.Throws<StorageCorruptException>(() => root.TakeBack(again));
        Assert.Equal(["backup_datapartition_7_5-20300102120000", "datapartition_7_5"], Partitions(root));
    }

    [Theory]
    [InlineData("2030-01-09 11:59:59", 0, false)]
    [InlineData("2030-01-09 12:00:00", 0, true)] // 168 hours are the least
    [InlineData("2030-01-09 12:00:00", 169, false)]
    [InlineData("2030-01-09 13:00:00", 169, true)]
    public void A_backup_is_due_by_the_time_in_its_name(string now, int timeoutHours, bool isDue) => Assert.Equal(isDue, SetAsideRetention.IsBackupDue(
        "backup_datapartition_7_5-20300102120000", TimeSpan.FromHours(timeoutHours), new DateTimeOffset(DateTime.Parse(now, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("backup_datapartition_7_5-1")]
    [InlineData("backup_datapartition_7_5-20301302120000")] // month 13
    [InlineData("backup_datapartition_7_5-20400102120000")] // in the future
    public void A_backup_whose_age_nobody_knows_is_never_due(string name) =>
        Assert.False(SetAsideRetention.IsBackupDue(name, TimeSpan.Zero, new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc));

    [Fact]
    public void What_expired_is_due_seven_days_after_it_got_its_name_whatever_its_age_before()
    {
        using var root = Open();
        Make(root);
        _clock.Advance(TimeSpan.FromDays(100));
        var expired = root.Expire(Id, 5, Noon)!.Value;
        var at = root.ChangedAt(expired)!.Value;

        Assert.False(SetAsideRetention.IsExpiredDue(at, _clock.GetUtcNow() + TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1)));
        Assert.True(SetAsideRetention.IsExpiredDue(at, _clock.GetUtcNow() + TimeSpan.FromDays(7)));
    }

    [Fact]
    public void Of_several_backups_the_one_nearest_to_now_is_taken_and_one_without_a_time_last()
    {
        RootEntry[] backups = [.. new[] { "1", "20300101120000", "20300102110000", "20290102120000" }.Select(time => RootEntry.Classify($"backup_datapartition_7_5-{time}"))];

        Assert.Equal("backup_datapartition_7_5-20300102110000", SetAsideRetention.Nearest(backups, Noon)!.Value.Name);
        Assert.Equal("backup_datapartition_7_5-1", SetAsideRetention.Nearest(backups[..1], Noon)!.Value.Name);
        Assert.Null(SetAsideRetention.Nearest([], Noon));
    }

    [Fact]
    public void Files_of_deleted_partitions_go_a_few_at_a_time_and_nothing_else_with_them()
    {
        using var root = Open();
        Make(root);
        for (var i = 1; i <= 20; i++) _disk.OpenOrCreate($"{Root}/datapartition_7_5/{i}").Dispose();
        _disk.CreateDirectory($"{Root}/datapartition_8_5");
        root.BeginDelete(Id, 5);

        Assert.False(root.FinishDeletes(namesMax: 8));
        Assert.False(root.FinishDeletes(namesMax: 8));
        Assert.True(root.FinishDeletes(namesMax: 8));
        Assert.Equal(["datapartition_8_5"], Partitions(root));
    }

    [Fact]
    public void The_mark_of_a_decommission_is_an_empty_file_that_survives()
    {
        using (var root = Open())
        {
            Assert.False(root.IsDecommissioned);
            root.MarkDecommissioned(true);
        }

        _disk.PowerCut();
        using (var root = Open())
        {
            Assert.True(root.IsDecommissioned);
            root.MarkDecommissioned(false);
        }

        _disk.PowerCut();
        using var last = Open();
        Assert.False(last.IsDecommissioned);
        Assert.Null(_disk.Stat($"{Root}/decommissionDiskMark"));
    }

    [Fact]
    public void A_probe_never_makes_the_file_whose_absence_says_that_the_disk_is_gone()
    {
        using var root = Open();
        Assert.True(root.TryProbe());
        _disk.DeleteFile($"{Root}/.diskStatus");

        Assert.False(root.TryProbe());
        Assert.Null(_disk.Stat($"{Root}/.diskStatus"));
    }

    [Theory]
    [InlineData(13, false)] // not permitted
    [InlineData(2, false)]
    [InlineData(LinuxError.Io, null)] // broken is not gone
    public void A_disk_that_cannot_be_asked_is_gone_or_broken_by_the_error(int errno, bool? isPresent)
    {
        using var root = Open();
        _disk.Fault = call => call is { Operation: DiskOperation.Stat, Name: ".diskStatus" } ? new DiskFault(errno) : null;

        if (isPresent is { } present) Assert.Equal(present, root.IsPresent());
        else Assert.True(Assert.Throws<DiskFaultException>(() => root.IsPresent()).IsMediaError);
    }

    [Fact]
    public void Errors_are_added_up_in_META_and_can_be_cleared()
    {
        using var root = Open();
        var meta = new PartitionMeta { Volume = "v", Partition = Id, PartitionBytes = 5, Hosts = ["10.0.0.1:17310"], IsRepairing = true };
        root.CreatePartition(meta, new ExtentStoreSettings(_clock)).Close();
        var entry = new RootEntry(RootEntryKind.Partition, "datapartition_7_5", Id, 5);

        Assert.Equal(2UL, root.CountErrors(entry, 2));
        Assert.Equal(3UL, root.CountErrors(entry, 1));
        var saved = PartitionMeta.Load(_disk, root.DirectoryOf(entry))!;
        Assert.Equal((3UL, true), (saved.DiskErrorCount, saved.IsRepairing));
        root.ClearErrors(entry);
        Assert.Equal(0UL, PartitionMeta.Load(_disk, root.DirectoryOf(entry))!.DiskErrorCount);
        _disk.CreateDirectory($"{Root}/datapartition_9_5"); // a creation that was cut short
        Assert.Null(root.CountErrors(new RootEntry(RootEntryKind.Partition, "datapartition_9_5", new PartitionId(9), 5), 1));
    }

    private DiskRoot Open() => DiskRoot.Open(_disk, Root, "boot-1", "node a, pid 1");

    private void Make(DiskRoot root)
    {
        _disk.CreateDirectory($"{Root}/datapartition_7_5");
        _disk.SyncDirectory(root.Path);
    }

    private static IEnumerable<string> Partitions(DiskRoot root) => root.List().Where(entry => entry.Kind != RootEntryKind.Other).Select(entry => entry.Name);
}
