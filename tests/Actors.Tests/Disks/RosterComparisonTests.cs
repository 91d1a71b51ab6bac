using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Answers of masters as tests write them.</summary>
internal static class Answers
{
    public static readonly RosterAnswer Nothing = new([], [], [], []);

    /// <summary>Partitions, each with the disk it lies on.</summary>
    public static RosterAnswer Of(params (ulong Id, string Disk)[] replicas) => new(
        [.. replicas.Select(replica => new PartitionId(replica.Id))],
        [.. replicas.Select(replica => new PartitionOnDisk { PartitionId = new PartitionId(replica.Id), Disk = replica.Disk })], [], []);
}

public sealed class RosterComparisonTests
{
    private static readonly RosterAnswer List = Answers.Of((1, "/disk0"), (2, "/disk1"));

    [Theory]
    [InlineData(1, "Serve")]
    [InlineData(2, "SetAside")]
    [InlineData(3, "Expire")]
    public void A_directory_on_disk0_is_judged_by_the_list_and_its_path(ulong id, string verdict) =>
        Assert.Equal(verdict, RosterComparison.Judge(new PartitionId(id), "/disk0", List).ToString());

    [Fact]
    public void An_empty_list_decides_nothing() => Assert.Equal(RosterVerdict.Undecided, RosterComparison.Judge(new PartitionId(1), "/disk0", Answers.Nothing));

    [Fact]
    public void A_list_without_paths_sets_nothing_aside()
    {
        var list = List with { OnDisks = [] };

        Assert.Equal(RosterVerdict.Serve, RosterComparison.Judge(new PartitionId(2), "/disk0", list));
        Assert.Equal(RosterVerdict.Expire, RosterComparison.Judge(new PartitionId(3), "/disk0", list));
    }

    [Fact]
    public void A_replica_that_was_never_reported_from_a_disk_is_left_alone()
    {
        var list = List with { Partitions = [.. List.Partitions, new PartitionId(3)] };

        Assert.Equal(RosterVerdict.Undecided, RosterComparison.Judge(new PartitionId(3), "/disk0", list));
    }

    [Fact]
    public void A_path_is_compared_byte_for_byte() => Assert.Equal(RosterVerdict.SetAside, RosterComparison.Judge(new PartitionId(1), "/disk0/", List));

    [Theory]
    [InlineData("/disk0", 0, true)]
    [InlineData("/disk0", 1, false)]
    [InlineData("/disk2", 0, false)] // a new disk
    public void A_disk_without_a_directory_on_which_the_master_has_partitions_is_the_wrong_one(string disk, int found, bool isWrong) =>
        Assert.Equal(isWrong, RosterComparison.IsWrongDisk(disk, found, List));

    [Fact]
    public void What_is_in_the_list_and_not_here_is_lacking_in_order_and_once()
    {
        var list = List with { Partitions = [new PartitionId(9), new PartitionId(2), new PartitionId(9), new PartitionId(1)] };

        Assert.Equal([new PartitionId(1), new PartitionId(9)], RosterComparison.Lacking(list, [new PartitionId(2)]));
    }

    [Fact]
    public void Only_the_same_answer_twice_in_a_row_is_believed()
    {
        var confirmation = new RosterConfirmation();

        Assert.False(confirmation.Confirms(List));
        Assert.False(confirmation.Confirms(Answers.Of((1, "/disk0"))));
        Assert.False(confirmation.Confirms(List));
        Assert.True(confirmation.Confirms(Answers.Of((2, "/disk1"), (1, "/disk0")))); // the order is nothing
        Assert.True(confirmation.Confirms(List));
        Assert.False(confirmation.Confirms(Answers.Of((1, "/disk0"), (2, "/disk0")))); // another disk
    }

    [Fact]
    public void An_empty_answer_or_a_failed_call_begins_anew()
    {
        var confirmation = new RosterConfirmation();
        Assert.False(confirmation.Confirms(Answers.Nothing));
        Assert.False(confirmation.Confirms(Answers.Nothing));

        Assert.False(confirmation.Confirms(List));
        Assert.False(confirmation.Confirms(Answers.Nothing));
        Assert.False(confirmation.Confirms(List));
        confirmation.Fail();
        Assert.False(confirmation.Confirms(List));
        Assert.True(confirmation.Confirms(List));
    }
}
