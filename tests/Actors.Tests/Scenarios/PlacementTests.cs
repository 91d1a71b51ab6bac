using CubeActors.Protocol.Master;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Partitions that a master creates and deletes.</summary>
public sealed class PlacementTests : NodeScenario
{
    [Fact]
    public void A_created_partition_serves_and_the_answer_names_its_disk()
    {
        var disk = AddDisk();
        StartWithoutMaster();

        Assert.Equal("ok /disk0", Create(1).Answer);

        Assert.Equal(PartitionState.Serving, StateOf(1));
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);
        var gate = GateOf(1);
        Assert.Equal(("vol", GateFlags.Open), (gate.Volume, gate.Flags));
        Assert.Equal(["127.0.0.11:17310", "127.0.0.12:17310"], gate.Hosts);
        Assert.Equal(2, Board.Partition(TestDisk.Id(1))!.Peers.Count);
    }

    [Fact]
    public void Only_the_first_host_writes_to_tiny_extents_of_a_new_partition_at_once()
    {
        AddDisk();
        StartWithoutMaster();
        var asFollower = CreateRequest(2) with { Hosts = ["127.0.0.12:17310", "127.0.0.11:17310"] };

        Create(1);
        Create(asFollower);

        Assert.Equal(Storage.StorageError.None, GateOf(1).Store.AcquireTiny(out _, out _));
        Assert.Equal(Storage.StorageError.NoTinyExtent, GateOf(2).Store.AcquireTiny(out _, out _));
    }

    [Fact]
    public void A_decommissioned_disk_takes_no_partition_and_without_another_the_request_is_refused()
    {
        AddDisk("/disk0");
        AddDisk("/disk1");
        StartWithoutMaster();

        for (ulong id = 1; id <= 10; id++)
            Assert.Equal("ok /disk1", Create(CreateRequest(id) with { DecommissionedDisks = ["/disk0"] }).Answer);
        Assert.Equal("refused: No disk space to create a data partition", Create(CreateRequest(11) with { DecommissionedDisks = ["/disk0", "/disk1"] }).Answer);
        Assert.Null(StateOf(11));
    }

    [Fact]
    public void The_same_creation_again_is_a_success_and_makes_nothing_new()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        Create(1);
        var changes = disk.Files.Changes;

        Assert.Equal("ok /disk0", Create(1).Answer);

        Assert.Equal(changes, disk.Files.Changes);
    }

    [Fact]
    public void Another_creation_under_the_same_id_is_refused_the_order_of_hosts_included()
    {
        AddDisk();
        StartWithoutMaster();
        Create(1);
        var request = CreateRequest(1);

        foreach (var other in new[]
        {
            request with { VolumeId = "other" },
            request with { Hosts = [.. request.Hosts.Reverse()] },
            request with { Members = [.. request.Members.Take(1)] },
        })
            Assert.StartsWith("refused: partition 1 exists already with other hosts, peers or volume", Create(other).Answer);
    }

    [Fact]
    public void A_creation_that_comes_again_while_the_first_one_runs_ends_as_the_first_one_and_another_one_is_refused()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Threads.Hold();

        var first = Create(1);
        var again = Create(1);
        Assert.Contains("is being created or closed", Create(CreateRequest(1) with { VolumeId = "other" }).Answer);
        Assert.Null(first.Answer);
        disk.Threads.Resume();
        RunUntilIdle();

        Assert.Equal(("ok /disk0", "ok /disk0"), (first.Answer, again.Answer));
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);
    }

    [Fact]
    public void Requests_that_this_version_cannot_fulfil_are_refused_by_reason()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        var request = CreateRequest(1);

        foreach (var (bad, why) in new (CreateDataPartitionRequest, string)[]
        {
            (request with { PartitionTyp = 1 }, "partition type 1 is not supported"),
            (request with { PartitionId = default }, "partition id, size and volume must be set"),
            (request with { PartitionSize = 0 }, "partition id, size and volume must be set"),
            (request with { VolumeId = "" }, "partition id, size and volume must be set"),
            (request with { Hosts = [] }, "0 hosts"),
            (request with { CreateType = 2 }, "CreateType 2 is unknown"),
            (request with { CreateType = 1, Hosts = request.Hosts.Take(1).ToList() }, "no other host to fill it from"),
            (request with { VerSeq = 9 }, "snapshots are not supported"),
        })
        {
            var answer = Create(bad).Answer;
            Assert.StartsWith("refused: ", answer);
            Assert.Contains(why, answer);
        }

        Assert.Empty(Board.Partitions);
        Assert.Empty(disk.PartitionNames);
    }

    [Fact]
    public void A_creation_for_which_the_disk_has_no_room_is_refused_and_leaves_nothing_behind()
    {
        var disk = AddDisk();
        StartWithoutMaster();
        disk.Fails = call => call.Operation == DiskOperation.Write && call.Path.Contains("datapartition_1_", StringComparison.Ordinal) ? DiskFault.NoSpace : null;

        var refused = Create(1).Answer;

        Assert.StartsWith("refused: ", refused);
        Assert.Contains("errno 28", refused);
        Assert.Null(StateOf(1));
        Assert.Empty(disk.PartitionNames);
        Assert.Equal(0, disk.Files.OpenFiles);
        disk.Fails = null;
        Assert.Equal("ok /disk0", Create(1).Answer); // the master tries again
    }

    [Fact]
    public void A_deletion_waits_until_nobody_is_inside_and_then_the_directory_is_gone()
    {
        var disk = AddDisk().WithPartitions(1, 2);
        StartWithoutMaster();
        var inside = GateOf(1);
        Assert.True(inside.TryEnter());

        var reply = Delete(1);
        Assert.Empty(reply.Answers);
        Assert.Equal(PartitionState.Closing, StateOf(1));
        Assert.Null(Gates.Find(TestDisk.Id(1)));
        Assert.False(inside.TryEnter());
        Assert.Equal([TestDisk.NameOf(1), TestDisk.NameOf(2)], disk.PartitionNames);
        var again = Delete(1); // the master repeats what it has no answer to
        Assert.Empty(again.Answers);

        inside.Exit();
        Until(() => reply.Answers.Count == 1, "the deletion is answered");

        Assert.Equal(("ok", "ok"), (reply.Answer, again.Answer));
        Assert.Null(StateOf(1));
        Assert.Equal([TestDisk.NameOf(2)], disk.PartitionNames);
        Assert.Equal(PartitionState.Serving, StateOf(2));
        Assert.Equal("ok", Delete(1).Answer); // again: it is not there, as wanted
    }

    [Fact]
    public void An_id_that_was_deleted_can_be_created_anew()
    {
        AddDisk().WithPartitions(1);
        StartWithoutMaster();
        var deleted = Delete(1);
        Until(() => deleted.Answers.Count == 1, "the deletion is answered");

        Assert.Equal("ok /disk0", Create(1).Answer);
        Assert.Equal(PartitionState.Serving, StateOf(1));
    }

    [Fact]
    public void A_deletion_that_the_disk_fails_is_refused_and_the_replica_shows_as_unavailable()
    {
        var disk = AddDisk().WithPartitions(1);
        StartWithoutMaster();
        disk.Fails = call => call.Operation == DiskOperation.Rename && call.Name == TestDisk.NameOf(1) ? DiskFault.MediaError : null;

        var reply = Delete(1);
        Until(() => reply.Answers.Count == 1, "the deletion is answered");

        Assert.StartsWith("refused: Rename", reply.Answer);
        Assert.Equal(PartitionState.Unavailable, StateOf(1));
        Assert.Equal([TestDisk.NameOf(1)], disk.PartitionNames);
    }

    [Fact]
    public void An_unknown_partition_counts_as_deleted_only_when_every_disk_has_said_what_it_holds()
    {
        AddDisk("/disk0");
        var slow = AddDisk("/disk1").WithPartitions(9);
        slow.Threads.Hold();
        StartWithoutMaster();

        Assert.Equal("refused: Disks on data node 127.0.0.11:17310 are not loaded completed", Delete(5).Answer);
        slow.Threads.Resume();
        RunUntilIdle();
        Assert.Equal("ok", Delete(5).Answer);
        Assert.Equal([TestDisk.NameOf(9)], slow.PartitionNames);
    }
}
