using CubeActors.Protocol.Master;

namespace CubeActors.ControlPlane.Tests;

public sealed class StatusRulesTests
{
    private readonly PartitionRecord _partition = Build.Partition(1, 1, 2);
    private readonly LiveView _live = new(TimeSpan.FromSeconds(18));

    private void Hear(int node, DateTimeOffset at, params PartitionReport[] reports) => _live.Take(Build.Address(node), Build.Heartbeat(reports), [1], at);

    private sbyte StatusAfter(double seconds = 0) => StatusRules.StatusOf(_partition, _live, Build.Noon.AddSeconds(seconds));

    [Theory]
    [InlineData(2, 2, PartitionStatus.ReadWrite)]
    [InlineData(2, 1, PartitionStatus.ReadOnly)]
    [InlineData(2, 0, PartitionStatus.ReadOnly)]
    [InlineData(2, -1, PartitionStatus.ReadOnly)]
    [InlineData(0, 0, PartitionStatus.ReadOnly)]
    [InlineData(-1, -1, PartitionStatus.Unavailable)]
    public void The_status_follows_from_what_both_replicas_report(long first, long second, sbyte expected)
    {
        Hear(1, Build.Noon, Build.Report(1, first, isLeader: true));
        Hear(2, Build.Noon, Build.Report(1, second));
        Assert.Equal(expected, StatusAfter());
    }

    [Fact]
    public void Nothing_heard_means_unavailable() => Assert.Equal(PartitionStatus.Unavailable, StatusAfter());

    [Fact]
    public void One_node_heard_of_is_not_enough_to_write()
    {
        Hear(1, Build.Noon, Build.Report(1));
        Assert.Equal(PartitionStatus.ReadOnly, StatusAfter());
    }

    [Theory]
    [InlineData(Build.PartitionBytes - 1, PartitionStatus.ReadWrite)]
    [InlineData(Build.PartitionBytes, PartitionStatus.ReadOnly)]
    public void A_full_replica_ends_writing(long used, sbyte expected)
    {
        Hear(1, Build.Noon, Build.Report(1, isLeader: true));
        Hear(2, Build.Noon, Build.Report(1, used: (ulong)used));
        Assert.Equal(expected, StatusAfter());
    }

    [Theory]
    [InlineData(18, PartitionStatus.ReadWrite)]
    [InlineData(18.001, PartitionStatus.ReadOnly)]
    public void A_node_is_active_for_exactly_its_liveness(double seconds, sbyte expected)
    {
        Hear(1, Build.Noon, Build.Report(1));
        Hear(2, Build.Noon.AddSeconds(10), Build.Report(1, isLeader: true));
        Assert.Equal(expected, StatusAfter(seconds));
    }

    [Fact]
    public void A_replica_left_out_of_one_report_is_still_live_and_of_two_is_not()
    {
        Hear(1, Build.Noon, Build.Report(1, isLeader: true));
        Hear(2, Build.Noon, Build.Report(1));
        Hear(2, Build.Noon.AddSeconds(6));
        Assert.Equal(PartitionStatus.ReadWrite, StatusAfter(6));
        Hear(2, Build.Noon.AddSeconds(12));
        Assert.Equal(PartitionStatus.ReadOnly, StatusAfter(12));
        Hear(2, Build.Noon.AddSeconds(13), Build.Report(1));
        Assert.Equal(PartitionStatus.ReadWrite, StatusAfter(13));
    }

    [Fact]
    public void A_partition_that_has_just_been_created_is_writable_before_any_report_of_it()
    {
        Hear(1, Build.Noon);
        Hear(2, Build.Noon);
        _live.Created(_partition, Build.Noon);
        Assert.Equal(PartitionStatus.ReadWrite, StatusAfter(1));
    }

    [Fact]
    public void A_partition_that_never_had_a_leader_is_not_writable()
    {
        Hear(1, Build.Noon, Build.Report(1));
        Hear(2, Build.Noon, Build.Report(1));
        Assert.Equal(PartitionStatus.ReadOnly, StatusAfter());
    }

    [Theory]
    [InlineData(18, PartitionStatus.ReadWrite)]
    [InlineData(18.001, PartitionStatus.ReadOnly)]
    public void A_new_partition_has_18_seconds_to_find_its_first_leader(double seconds, sbyte expected)
    {
        _live.Created(_partition, Build.Noon);
        Hear(1, Build.Noon.AddSeconds(5), Build.Report(1));
        Hear(2, Build.Noon.AddSeconds(5), Build.Report(1));
        Assert.Equal(expected, StatusAfter(seconds));
    }

    [Theory]
    [InlineData(10, PartitionStatus.ReadWrite)]
    [InlineData(10.001, PartitionStatus.ReadOnly)]
    public void A_leader_that_is_gone_is_missed_after_10_seconds(double seconds, sbyte expected)
    {
        Hear(1, Build.Noon, Build.Report(1, isLeader: true));
        Hear(2, Build.Noon, Build.Report(1));
        Hear(1, Build.Noon.AddSeconds(1), Build.Report(1));
        Assert.Equal(expected, StatusAfter(seconds));
        Assert.Equal("", StatusRules.LeaderOf(_partition, _live, Build.Noon.AddSeconds(seconds)));
    }

    [Fact]
    public void A_change_of_the_leader_between_two_heartbeats_is_not_seen_by_writers()
    {
        Hear(1, Build.Noon, Build.Report(1, isLeader: true));
        Hear(2, Build.Noon, Build.Report(1));
        for (var seconds = 6; seconds <= 60; seconds += 6)
        {
            Hear(1, Build.Noon.AddSeconds(seconds), Build.Report(1, isLeader: seconds % 12 == 0));
            Assert.Equal(PartitionStatus.ReadWrite, StatusAfter(seconds));
            Hear(2, Build.Noon.AddSeconds(seconds + 1), Build.Report(1, isLeader: seconds % 12 != 0));
            Assert.Equal(PartitionStatus.ReadWrite, StatusAfter(seconds + 1));
        }
    }

    [Fact]
    public void The_leader_of_a_node_that_died_is_missed_when_the_node_is()
    {
        Hear(1, Build.Noon, Build.Report(1, isLeader: true));
        Hear(2, Build.Noon.AddSeconds(12), Build.Report(1));
        Assert.Equal(Build.Address(1), StatusRules.LeaderOf(_partition, _live, Build.Noon.AddSeconds(18)));
        Assert.Equal("", StatusRules.LeaderOf(_partition, _live, Build.Noon.AddSeconds(18.001)));
    }

    [Fact]
    public void Of_two_that_say_they_lead_the_one_that_said_it_last_does()
    {
        Hear(1, Build.Noon, Build.Report(1, isLeader: true));
        Hear(2, Build.Noon.AddSeconds(2), Build.Report(1, isLeader: true));
        Assert.Equal(Build.Address(2), StatusRules.LeaderOf(_partition, _live, Build.Noon.AddSeconds(3)));
        Hear(1, Build.Noon.AddSeconds(6), Build.Report(1, isLeader: true));
        Assert.Equal(Build.Address(1), StatusRules.LeaderOf(_partition, _live, Build.Noon.AddSeconds(6)));
    }

    [Fact]
    public void A_removed_replica_takes_the_grace_with_it()
    {
        _live.Created(_partition, Build.Noon);
        _live.Forget(1, Build.Address(1));
        Assert.False(_live.IsLed(_partition, Build.Noon));
    }

    [Theory]
    [InlineData(PartitionStage.Planned)]
    [InlineData(PartitionStage.Removing)]
    public void Only_a_created_partition_is_available(object stage)
    {
        Hear(1, Build.Noon, Build.Report(1));
        Hear(2, Build.Noon, Build.Report(1));
        Assert.Equal(PartitionStatus.Unavailable, StatusRules.StatusOf(_partition with { Stage = (PartitionStage)stage }, _live, Build.Noon));
    }

    [Fact]
    public void The_leader_is_the_live_replica_that_says_so()
    {
        Assert.Equal("", StatusRules.LeaderOf(_partition, _live, Build.Noon));
        Hear(1, Build.Noon, Build.Report(1));
        Hear(2, Build.Noon, Build.Report(1, isLeader: true));
        Assert.Equal(Build.Address(2), StatusRules.LeaderOf(_partition, _live, Build.Noon));
        Assert.Equal("", StatusRules.LeaderOf(_partition, _live, Build.Noon.AddSeconds(19)));
    }
}
