using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>What masters order of disks and of the places of partitions.</summary>
public sealed class DiskTaskTests : NodeScenario
{
    private string Stamp => Time.GetUtcNow().ToString("yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void A_forced_deletion_keeps_the_directory_as_a_backup_and_reports_it()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();

        var reply = Delete(1, force: true);
        Until(() => reply.Answers.Count == 1, "the deletion is answered");

        Assert.Equal("ok", reply.Answer);
        Assert.Null(StateOf(1));
        Assert.Equal([$"backup_{TestDisk.NameOf(1)}-{Stamp}", TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.Equal([TestDisk.Id(1)], Board.Disk("/disk0")!.Backups.Select(backup => backup.PartitionId));
        Assert.Equal((1, 1), (Board.Disk("/disk0")!.PartitionsFound, Board.Disk("/disk0")!.PartitionsSettled));
        Assert.Equal("ok", Delete(1, force: true).Answer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_partition_with_errors_is_deleted_by_its_directory_and_dropped_from_the_errors(bool force)
    {
        var disk = AddDisk().WithPartitions(1, 2).WithErrors(1, 3);
        StartWithoutMaster();
        Assert.Equal([1UL], Board.Disk("/disk0")!.FailedPartitions);

        var reply = Delete(1, force);
        Until(() => reply.Answers.Count == 1, "the deletion is answered");

        Assert.Equal("ok", reply.Answer);
        Assert.Empty(Board.Disk("/disk0")!.FailedPartitions);
        Assert.Null(Board.Disk("/disk0")!.BadSince);
        Assert.Equal(force ? [$"backup_{TestDisk.NameOf(1)}-{Stamp}", TestDisk.NameOf(2)] : [TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Fact]
    public void A_deletion_after_a_fault_waits_until_the_store_is_closed()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        inside.Owner.Tell(new PartitionActor.DiskFaulted(new DiskFaultException("read", "/disk0", LinuxError.Io)), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();

        var reply = Delete(1);
        Assert.Empty(reply.Answers);
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);
        inside.Exit();
        Until(() => reply.Answers.Count == 1, "the deletion is answered");

        Assert.Equal("ok", reply.Answer);
        Assert.Empty(disk.PartitionNames);
        Assert.Equal(0, disk.Files.OpenFiles);
    }

    [Fact]
    public void A_damaged_partition_that_is_deleted_is_kept_as_a_backup_for_whoever_looks()
    {
        var disk = AddDisk().WithPartitions(1, 2).WithDamagedMeta(1);
        StartWithoutMaster();

        Assert.Equal("ok", Delete(1).Answer);

        Assert.Null(StateOf(1));
        Assert.Equal([$"backup_{TestDisk.NameOf(1)}-{Stamp}", TestDisk.NameOf(2)], disk.PartitionNames);
    }

    [Fact]
    public void A_deletion_ends_a_loading_that_is_under_way_and_one_that_has_not_begun()
    {
        Settings = Settings with { Storage = Settings.Storage with { LoadsPerDisk = 1 } };
        var disk = AddDisk().WithPartitions(1, 2, 3);
        disk.Threads.Hold();
        StartWithoutMaster();
        disk.Threads.RunNext(); // listed; the first one is being loaded
        var (loading, waiting) = (Delete(1), Delete(3));
        disk.Threads.Resume();
        RunUntilIdle();

        Assert.Equal(("ok", "ok"), (loading.Answer, waiting.Answer));
        Assert.Equal((null, PartitionState.Serving, null), (StateOf(1), StateOf(2), StateOf(3)));
        Assert.Equal([TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.True(Gate.IsStarted);
    }

    [Fact]
    public void A_creation_that_is_overtaken_by_its_deletion_is_refused_and_nothing_is_left()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Threads.Hold();
        var create = Create(1);
        var delete = Delete(1);
        disk.Threads.Resume();
        RunUntilIdle();

        Assert.Equal("refused: partition 1 is deleted instead", create.Answer);
        Assert.Equal("ok", delete.Answer);
        Assert.Null(StateOf(1));
        Assert.Empty(disk.PartitionNames);
    }

    [Fact]
    public void A_creation_during_a_deletion_of_the_same_id_waits_for_it()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        var delete = Delete(1);
        var create = Create(1);
        Assert.Empty(create.Answers);

        inside.Exit();
        Until(() => create.Answers.Count == 1, "the creation is answered");

        Assert.Equal(("ok", "ok /disk0"), (delete.Answer, create.Answer));
        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.NotSame(inside.Store, GateOf(1).Store);
    }

    [Fact]
    public void A_creation_that_has_waited_too_long_for_a_deletion_is_not_made_behind_the_masters_back()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());
        Delete(1);
        var create = Create(1);

        Advance(TimeSpan.FromSeconds(26));
        Assert.StartsWith("refused: no answer within 25 s", create.Answer);
        inside.Exit();
        Until(() => StateOf(1) is null, "the deletion is done");
        RunUntilIdle();

        Assert.Null(StateOf(1));
    }

    [Fact]
    public void A_backup_is_taken_back_the_newest_first()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        disk.Files.CreateDirectory($"/disk0/backup_{TestDisk.NameOf(1)}-20200101000000");
        var deleted = Delete(1, force: true);
        Until(() => deleted.Answers.Count == 1, "the deletion is answered");

        Assert.Equal("ok", TakeBack(1).Answer);

        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Equal([$"backup_{TestDisk.NameOf(1)}-20200101000000", TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.Empty(Board.Disk("/disk0")!.Backups);
        Assert.Equal("refused: partition is already loaded", TakeBack(1).Answer);
        Assert.Equal("refused: dp(9) root not found in dir(/disk0)", TakeBack(9).Answer);
        Assert.Equal("ok /disk0", Create(9).Answer); // nothing stands in its place
    }

    [Fact]
    public void All_backups_of_a_disk_are_removed_by_order_and_no_other()
    {
        var disk = AddDisk("/disk0").WithPartitions(1);
        var other = AddDisk("/disk1");
        foreach (var name in new[] { $"backup_{TestDisk.NameOf(5)}-20300101000000", $"backup_{TestDisk.NameOf(5)}-20300101000001", $"expired_{TestDisk.NameOf(6)}" })
        {
            disk.Files.CreateDirectory($"/disk0/{name}");
            disk.Files.OpenOrCreate($"/disk0/{name}/65", FilePermission.Data).Dispose();
        }

        other.Files.CreateDirectory($"/disk1/backup_{TestDisk.NameOf(5)}-20300101000000");
        StartWithoutMaster();
        Assert.Equal(2, Board.Disk("/disk0")!.Backups.Count);

        Assert.Equal("ok", Order(Opcode.DeleteBackupDirectories).Answer);

        Assert.Equal([TestDisk.NameOf(1), $"expired_{TestDisk.NameOf(6)}"], disk.PartitionNames);
        Assert.Empty(Board.Disk("/disk0")!.Backups);
        Assert.Single(other.PartitionNames);
    }

    [Theory]
    [InlineData(Opcode.RecoverBadDisk)]
    [InlineData(Opcode.QueryBadDiskRecoverProgress)]
    [InlineData(Opcode.DeleteBackupDirectories)]
    [InlineData(Opcode.DeleteLostDisk)]
    [InlineData(Opcode.ReloadDisk)]
    public void An_unknown_disk_is_refused(Opcode opcode)
    {
        AddDisk();
        StartWithoutMaster();

        Assert.Equal("refused: disk /nowhere is none of this node's disks", Order(opcode, "/nowhere").Answer);
    }

    [Fact]
    public void A_disk_is_marked_as_decommissioned_as_the_heartbeat_says_and_remembers_it()
    {
        var disk = AddDisk("/disk0");
        AddDisk("/disk1");
        StartWithoutMaster();
        Supervisor.Tell(new MasterLink.DisksDecommissioned(["/disk0"]), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();
        Assert.Equal([true, false], Board.Disks.Select(known => known.IsDecommissioned));
        Assert.NotNull(disk.Files.Stat("/disk0/decommissionDiskMark"));
        var changes = disk.Files.Changes;

        Supervisor.Tell(new MasterLink.DisksDecommissioned(["/disk0"]), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();
        Assert.Equal(changes, disk.Files.Changes); // a heartbeat every six seconds costs nothing

        Supervisor.Tell(new MasterLink.DisksDecommissioned([]), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();
        Assert.Equal([false, false], Board.Disks.Select(known => known.IsDecommissioned));
        Assert.Null(disk.Files.Stat("/disk0/decommissionDiskMark"));
    }

    [Fact]
    public void A_mark_that_could_not_be_written_is_tried_again_with_the_next_heartbeat()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Fails = call => call.Name == DiskRoot.DecommissionMark ? DiskFault.NoSpace : null;
        Supervisor.Tell(new MasterLink.DisksDecommissioned(["/disk0"]), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();
        Assert.False(Board.Disk("/disk0")!.IsDecommissioned);

        disk.Fails = null;
        Supervisor.Tell(new MasterLink.DisksDecommissioned(["/disk0"]), Akka.Actor.ActorRefs.NoSender);
        RunUntilIdle();

        Assert.True(Board.Disk("/disk0")!.IsDecommissioned);
    }

    [Fact]
    public void The_figures_of_a_disk_follow_its_reserves()
    {
        const long Gib = 1L << 30;
        var disk = AddDisk().WithPartitions(1, 2);
        disk.Files.CapacityBytes = 100 * Gib;
        disk.ReadOnlyBelowBytes = 20 * Gib;
        StartWithoutMaster();
        Advance(TimeSpan.FromSeconds(5));

        var figures = Board.Disk("/disk0")!;
        Assert.Equal(80UL << 30, figures.Total);
        Assert.Equal((20UL << 30, 2UL * TestDisk.PartitionBytes), (figures.ReadOnlyBelow, figures.Allocated));
        Assert.Equal(figures.Total - figures.Allocated, figures.Unallocated);
        Assert.Equal(figures.Total, figures.Used + figures.Available);
        Assert.True(figures.IsWritable);

        disk.Files.CapacityBytes = 15 * Gib; // below what makes it read-only, above its own reserve
        Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((false, 0UL), (Board.Disk("/disk0")!.IsWritable, Board.Disk("/disk0")!.Available));
        Assert.True(GateOf(1).Flags.HasSpace); // what exists writes on
        Assert.Equal("refused: No disk space to create a data partition", Create(3).Answer);
    }

    [Fact]
    public void What_a_replica_that_is_being_filled_still_needs_is_not_available_to_others()
    {
        var disk = AddDisk().WithPartitions(1, 2).WithRebuild(1);
        StartWithoutMaster();
        Advance(TimeSpan.FromSeconds(5));
        var space = disk.Files.Space("/disk0");
        var used = Board.Partition(TestDisk.Id(1))!.Used;

        // Until somebody knows how much the others hold, all that it may.
        Assert.Equal((ulong)(space.AvailableBytes - (TestDisk.PartitionBytes - used)), Board.Disk("/disk0")!.Available);

        Board.Write(Board.Partition(TestDisk.Id(1))! with { LeaderBytes = used + 5000 });
        Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((ulong)(space.AvailableBytes - 5000), Board.Disk("/disk0")!.Available);
        Assert.Equal(Board.Disk("/disk0")!.Total, Board.Disk("/disk0")!.Used + Board.Disk("/disk0")!.Available);
    }

    private RecordedReply TakeBack(ulong number) =>
        Send(Opcode.RecoverBackupDataReplica, new RecoverBackupReplicaRequest { PartitionId = new PartitionId(number), Disk = "/disk0" }, MasterJson.Default.RecoverBackupReplicaRequest);
}
