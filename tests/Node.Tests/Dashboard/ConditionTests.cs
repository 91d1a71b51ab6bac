using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Raft;

namespace CubeActors.Node.Tests;

/// <summary>What of a node calls for attention, and since when.</summary>
public sealed class ConditionTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DiskFigures Disk = new("/data/disk1", DiskState.Ready, 1000, 300, 650, 50, 1, 1, "");
    private static readonly PartitionFigures Partition = ScriptedInspection.Figures;
    private static readonly NodeStatus Well = new(NodePhase.Ready, [], 4, "127.0.0.11:17310", [Disk], [Partition]);

    private readonly ConditionBook _book = new();

    [Fact]
    public void A_node_that_is_well_has_none() => Assert.Empty(Condition.Of(Well, null, [Member(Reachability.Reachable), Member(Reachability.Unknown)]));

    [Fact]
    public void Each_trouble_of_a_disk_is_told_in_its_own_words_and_the_worst_alone()
    {
        Assert.Equal(
            ["Disk /data/disk1 is lost", "Disk /data/disk1 is unavailable", "Disk /data/disk1 had I/O errors", "Disk /data/disk1 loads slowly", "Disk /data/disk1 is full", "Disk /data/disk1 is decommissioned"],
            new[]
            {
                Disk with { State = DiskState.Unavailable, IsLost = true }, Disk with { State = DiskState.Unavailable, Reason = "no such directory" }, Disk with { FailedPartitions = [7], StalledLoads = 1 },
                Disk with { StalledLoads = 1 }, Disk with { Available = 0 }, Disk with { IsDecommissioned = true },
            }.Select(disk => Assert.Single(Condition.Of(Well with { Disks = [disk] }, null, [])).Title));
    }

    [Fact]
    public void Partitions_that_cannot_be_used_are_named_with_the_first_reason_a_few_of_them()
    {
        var broken = Enumerable.Range(1, 7).Select(id => Partition with { Id = new PartitionId((ulong)id), State = PartitionState.Unavailable, Reason = "META is damaged" }).ToList();
        var condition = Assert.Single(Condition.Of(Well with { Partitions = broken }, null, []));
        Assert.Equal((ConditionSeverity.Bad, "7 partitions unavailable", "1, 2, 3, 4, 5, ...: META is damaged"), (condition.Severity, condition.Title, condition.Text));
    }

    [Fact]
    public void A_member_that_raft_does_not_hear_is_a_warning_and_the_worst_come_first()
    {
        var all = Condition.Of(Well with { Disks = [Disk with { IsDecommissioned = true }], Partitions = [Partition with { State = PartitionState.Unavailable }] }, null, [Member(Reachability.Unreachable)]);
        Assert.Equal([ConditionSeverity.Bad, ConditionSeverity.Warning, ConditionSeverity.Note], all.Select(condition => condition.Severity));
        Assert.Equal("Node 127.0.0.12:17310 is not reachable", all[1].Title);
    }

    [Fact]
    public void A_group_that_elects_is_no_trouble_and_one_that_cannot_is()
    {
        var leaderless = Condition.Of(Well with { Partitions = [Partition with { Raft = () => new RaftGroupStatus(RaftRole.Candidate, default, 3, 0, 0, 0, default, []) }] }, null, []);
        Assert.Equal(Condition.LeaderlessKey, Assert.Single(leaderless).Key);
        Assert.Empty(_book.Look(leaderless, At));
        Assert.Empty(_book.Look(leaderless, At + Condition.LeaderlessPatience - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(At, Assert.Single(_book.Look(leaderless, At + Condition.LeaderlessPatience)).Since);
        Assert.Empty(_book.Look([], At + Condition.LeaderlessPatience));
        Assert.Empty(_book.Look(leaderless, At + (2 * Condition.LeaderlessPatience))); // it begins anew
    }

    [Fact]
    public void A_condition_keeps_its_beginning_until_it_is_gone_or_nobody_has_looked()
    {
        var condition = Condition.Of(Well, null, [Member(Reachability.Unreachable)]);
        Assert.Equal((At, "warning"), (Assert.Single(_book.Look(condition, At)).Since, _book.Look(condition, At)[0].Severity));
        Assert.Equal(At, Assert.Single(_book.Look(condition, At.AddSeconds(5))).Since);
        _book.Forget();
        Assert.Equal(At.AddSeconds(60), Assert.Single(_book.Look(condition, At.AddSeconds(60))).Since);
    }

    private static ClusterMember Member(Reachability reachability) => new(new NodeId(5), "127.0.0.12:17310", "127.0.0.12:17330", 3, 1, 2, reachability, null, null, 4);
}
