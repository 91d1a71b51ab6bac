using CubeActors.Protocol;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What the master lists for this node, and what becomes of directories that it does not list.</summary>
public sealed class RosterTests : NodeScenario
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private RosterAnswer _list = Answers.Nothing;
    private Exception? _failure;
    private int _asked;

    public RosterTests() => Roster = _ =>
    {
        _asked++;
        return _failure is null ? Task.FromResult(_list) : Task.FromException<RosterAnswer>(_failure);
    };

    [Fact]
    public void A_partition_that_the_master_does_not_know_is_set_aside_after_the_second_equal_answer_and_not_before()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        _list = Answers.Of((1, "/disk0"));
        StartWithoutMaster();

        Register();
        Assert.Equal((1, PartitionState.Serving), (_asked, StateOf(2)));
        Advance(Period);

        Assert.Equal((2, PartitionState.Serving), (_asked, StateOf(1)));
        Assert.Null(StateOf(2));
        Assert.Null(Gates.Find(TestDisk.Id(2)));
        Assert.Equal([TestDisk.NameOf(1), $"expired_{TestDisk.NameOf(2)}"], disk.PartitionNames);
        Assert.Empty(Board.Disk("/disk0")!.Backups); // only backups are reported
    }

    [Fact]
    public void A_directory_is_renamed_only_when_nobody_is_inside_any_more()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        _list = Answers.Of((1, "/disk0"));
        StartWithoutMaster();
        var inside = GateOf(2);
        Assert.True(inside.TryEnter());

        Register();
        Advance(Period);

        Assert.Null(Gates.Find(TestDisk.Id(2))); // withdrawn
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        inside.Exit();
        Until(() => StateOf(2) is null, "the partition is set aside");
        Assert.Equal([TestDisk.NameOf(1), $"expired_{TestDisk.NameOf(2)}"], disk.PartitionNames);
    }

    [Fact]
    public void An_empty_list_expires_nothing_however_often_it_comes()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        Register();
        Advance(TimeSpan.FromMinutes(30));

        Assert.True(_asked > 10);
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.Equal((PartitionState.Serving, PartitionState.Serving), (StateOf(1), StateOf(2)));
    }

    [Fact]
    public void Calls_that_fail_expire_nothing_and_are_repeated()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        _failure = new Client.MasterException(Client.MasterFailure.Unreachable, "no master answers");
        StartWithoutMaster();

        Register();
        Advance(TimeSpan.FromMinutes(5));

        Assert.True(_asked > 10);
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        _failure = null;
        _list = Answers.Of((1, "/disk0"));
        Advance(2 * Period);
        Assert.Equal([TestDisk.NameOf(1), $"expired_{TestDisk.NameOf(2)}"], disk.PartitionNames);
    }

    [Fact]
    public void Answers_that_differ_from_time_to_time_expire_nothing()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        _list = Answers.Of((1, "/disk0"));
        Register();

        for (ulong i = 0; i < 20; i++)
        {
            _list = Answers.Of((1, "/disk0"), (100 + i, "/disk9"));
            Advance(Period);
        }

        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Fact]
    public void A_partition_that_the_master_has_on_another_disk_becomes_a_backup()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        _list = Answers.Of((1, "/disk0"), (2, "/disk7"));
        StartWithoutMaster();

        Register();
        Advance(Period);

        var now = Time.GetUtcNow().ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([$"backup_{TestDisk.NameOf(2)}-{now}", TestDisk.NameOf(1)], disk.PartitionNames);
        var backup = Assert.Single(Board.Disk("/disk0")!.Backups);
        Assert.Equal(("127.0.0.11:17310", "/disk0", TestDisk.Id(2)), (backup.Addr, backup.Disk, backup.PartitionId));
    }

    [Fact]
    public void A_partition_that_was_created_in_this_run_is_never_compared()
    {
        var disk = AddDisk().WithPartitions(1);
        _list = Answers.Of((1, "/disk0"));
        StartWithoutMaster();
        Create(2);

        Register();
        Advance(TimeSpan.FromMinutes(10));

        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.Equal(PartitionState.Serving, StateOf(2));
    }

    [Fact]
    public void A_rename_that_fails_leaves_the_partition_unavailable_and_nothing_lost()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        _list = Answers.Of((1, "/disk0"));
        StartWithoutMaster();
        disk.Fails = call => call.Operation == DiskOperation.Rename && call.Name == TestDisk.NameOf(2) ? DiskFault.MediaError : null;

        Register();
        Advance(Period);

        Assert.Equal((PartitionState.Serving, PartitionState.Unavailable), (StateOf(1), StateOf(2)));
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Fact]
    public void An_id_on_two_disks_waits_for_the_master_which_says_the_copy_that_serves()
    {
        var first = AddDisk("/disk0").WithPartitions(1);
        var second = AddDisk("/disk1").WithPartitions(1);
        _list = Answers.Of((1, "/disk1"));
        first.Threads.Hold();
        second.Threads.Hold();
        StartWithoutMaster();
        first.Threads.RunNext(); // both are listed before a store is open
        second.Threads.RunNext();
        first.Threads.Resume();
        second.Threads.Resume();
        RunUntilIdle();
        Assert.Equal(PartitionState.Unavailable, StateOf(1));
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.True(Gate.IsStarted);
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(1)], first.PartitionNames.Concat(second.PartitionNames));

        Register();
        Advance(Period);

        Assert.Equal((PartitionState.Serving, "/disk1"), (StateOf(1), Board.Partition(TestDisk.Id(1))!.DiskPath));
        Assert.StartsWith("backup_", Assert.Single(first.PartitionNames));
        Assert.Equal([TestDisk.NameOf(1)], second.PartitionNames);
    }

    [Fact]
    public void When_a_partition_is_deleted_its_second_copy_is_set_aside_and_does_not_come_to_life()
    {
        AddDisk("/disk0").WithPartitions(1);
        var second = AddDisk("/disk1").WithPartitions(1);
        second.Threads.Hold();
        StartWithoutMaster();
        second.Threads.Resume();
        RunUntilIdle();

        var reply = Delete(1);
        Until(() => reply.Answers.Count == 1, "the deletion is answered");
        RunUntilIdle();

        Assert.Equal("ok", reply.Answer);
        Assert.Null(StateOf(1));
        Assert.StartsWith("backup_", Assert.Single(second.PartitionNames));
    }

    [Fact]
    public void What_the_master_expects_and_no_disk_has_is_shown_as_lacking()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        _list = Answers.Of((1, "/disk0"), (2, "/disk0"), (3, "/disk0"));
        StartWithoutMaster();

        Register();
        Assert.Equal([TestDisk.Id(3)], Board.Lack.InMemory);
        Assert.Empty(Board.Lack.InDisk);

        disk.Files.Rename(disk.DirectoryOf(2), "/disk0/moved-by-somebody");
        Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([TestDisk.Id(2)], Board.Lack.InDisk);
    }

    [Fact]
    public void What_was_set_aside_goes_after_its_time_and_backups_not_before_the_master_has_named_it()
    {
        Settings = Settings with { Storage = Settings.Storage with { SpacePeriod = TimeSpan.FromHours(1), ProbePeriod = TimeSpan.FromHours(1) } };
        var disk = AddDisk();
        var (expired, backup) = ($"expired_{TestDisk.NameOf(3)}", $"backup_{TestDisk.NameOf(2)}-20300101000000");
        disk.Files.CreateDirectory($"/disk0/{expired}");
        disk.Files.CreateDirectory($"/disk0/{backup}");
        Advance(TimeSpan.FromDays(7) - TimeSpan.FromHours(1));
        StartWithoutMaster();

        Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Equal([backup, expired], disk.PartitionNames);
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([backup], disk.PartitionNames);
        Advance(TimeSpan.FromHours(1));
        Assert.Equal([TestDisk.Id(2)], Board.Disk("/disk0")!.Backups.Select(known => known.PartitionId)); // no heartbeat yet

        BackupTimeout = TimeSpan.FromHours(170);
        Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Single(Board.Disk("/disk0")!.Backups);
        Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(Board.Disk("/disk0")!.Backups);
        Assert.Empty(disk.PartitionNames);
    }

    [Fact]
    public void What_a_run_before_has_set_aside_is_found_again()
    {
        var disk = AddDisk().WithPartitions(1);
        disk.Files.CreateDirectory($"/disk0/backup_{TestDisk.NameOf(5)}-20200101000000");
        BackupTimeout = TimeSpan.FromHours(168);

        StartWithoutMaster();
        Assert.Equal([TestDisk.Id(5)], Board.Disk("/disk0")!.Backups.Select(backup => backup.PartitionId));
        Advance(TimeSpan.FromMinutes(5));

        Assert.Empty(Board.Disk("/disk0")!.Backups);
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);
    }
}
