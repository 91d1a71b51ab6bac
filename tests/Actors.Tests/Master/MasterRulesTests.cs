using System.Net;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>The small decisions around the masters.</summary>
public sealed class MasterRulesTests
{
    private static readonly NodeIdentity Identity = new(IPAddress.Parse("10.0.0.5"), false, 17310, 17810, "17330", "17340", "default", 1, "");
    private static readonly NodeRecord Record = new(1, 7, "test", "10.0.0.5:17310", "17330", "17340");

    [Theory]
    [InlineData(MasterFailure.Refused, 1, "add datanode failed, err old mediaType 2 not equal to new 1, hint DataNode mediaType not match", true)]
    [InlineData(MasterFailure.Refused, 1, "add datanode failed, err zoneName [a] not equal [b], hint DataNode mediaType not match", true)]
    [InlineData(MasterFailure.Refused, 1, "add datanode failed, err raft is busy, hint DataNode mediaType not match", false)]
    [InlineData(MasterFailure.Refused, 2, "parameter error (mediaType)", false)] // retried for ever, as by CubeFS
    [InlineData(MasterFailure.Refused, 42, "invalid client id key", false)]
    [InlineData(MasterFailure.Unreachable, 0, "mediaType", false)]
    [InlineData(MasterFailure.BadReply, 0, "zoneName", false)]
    public void Only_a_wrong_zone_or_media_type_is_final(MasterFailure failure, int code, string message, bool isFinal) =>
        Assert.Equal(isFinal, RegistrationRules.IsFinal(new MasterException(failure, message, code)));

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3:17310")]
    [InlineData("", null)]
    [InlineData("fe80::1", null)]
    [InlineData("10", null)]
    [InlineData("0.0.0.0", null)]
    [InlineData("master.example", null)]
    public void A_node_that_does_not_know_its_address_takes_only_an_IPv4_one(string seen, string? expected)
    {
        Assert.Equal(expected is not null, RegistrationRules.TryName(Identity with { LocalAddress = null }, new ClusterInfo { Ip = seen }, out var address));
        Assert.Equal(expected ?? "", address);
        Assert.True(RegistrationRules.TryName(Identity, new ClusterInfo { Ip = seen }, out address));
        Assert.Equal("10.0.0.5:17310", address); // the configured one wins
    }

    [Fact]
    public void The_record_of_an_earlier_run_counts_for_the_same_address_and_ports()
    {
        Assert.True(RegistrationRules.Fits(Record, Identity));
        Assert.True(RegistrationRules.Fits(Record with { Address = "10.0.0.9:17310" }, Identity with { LocalAddress = null }));
        Assert.False(RegistrationRules.Fits(Record with { Address = "10.0.0.9:17310" }, Identity));
        Assert.False(RegistrationRules.Fits(Record with { Address = "10.0.0.5:17311" }, Identity));
        Assert.False(RegistrationRules.Fits(Record with { Address = "here" }, Identity with { LocalAddress = null }));
        Assert.False(RegistrationRules.Fits(Record with { RaftHeartbeatPort = "17331" }, Identity));
        Assert.False(RegistrationRules.Fits(Record with { RaftReplicaPort = "17341" }, Identity));
    }

    [Theory]
    [InlineData(0UL, 20000)]
    [InlineData(1UL, 5)]
    [InlineData(6UL, 6)]
    [InlineData(ulong.MaxValue, 20000)]
    public void Repairs_at_a_time_are_kept_within_their_bounds(ulong asked, int expected) =>
        Assert.Equal(new ClusterLimits(3, expected, 1000), ClusterLimits.From(new ClusterInfo { DataNodeAutoRepairLimitRate = asked, DataNodeDeleteLimitRate = 3 }));

    [Fact]
    public void A_master_that_knows_an_address_under_two_ids_is_not_believed_about_it()
    {
        var ids = KnownNodes.Ids(
        [
            Node("10.0.0.1:17310", 1), Node("10.0.0.2:17310", 2), Node("10.0.0.2:17310", 3), Node("10.0.0.2:17310", 2), Node("", 4), Node("10.0.0.3:17310", 0), Node("10.0.0.1:17310", 1),
        ]);

        Assert.Equal([("10.0.0.1:17310", 1UL)], ids.Select(node => (node.Key, node.Value.Value)));
    }

    [Fact]
    public void Enough_is_settled_when_every_disk_is_listed_and_99_of_100_partitions_have_ended_loading()
    {
        DiskFigures Disk(DiskState state, int found, int settled) => new($"/{found}-{settled}-{state}", state, 1, 0, 1, 0, found, settled, "");

        Assert.True(ReportReadiness.IsSettled([], 0.99));
        Assert.False(ReportReadiness.IsSettled([Disk(DiskState.Ready, 100, 100), Disk(DiskState.Opening, -1, 0)], 0.99));
        Assert.False(ReportReadiness.IsSettled([Disk(DiskState.Ready, 50, 50), Disk(DiskState.Loading, 50, 48)], 0.99));
        Assert.True(ReportReadiness.IsSettled([Disk(DiskState.Ready, 50, 50), Disk(DiskState.Loading, 50, 49)], 0.99));
        Assert.True(ReportReadiness.IsSettled([Disk(DiskState.Unavailable, -1, 0), Disk(DiskState.Ready, 0, 0)], 0.99));
    }

    [Fact]
    public void Processors_are_busy_with_all_but_idling_and_waiting_for_disks()
    {
        Assert.True(CpuTimes.TryParse("cpu  100 10 50 800 40 0 0 0 5 5\ncpu0 1 1 1 1", out var before));
        Assert.Equal(new CpuTimes(160, 1000), before);
        Assert.True(CpuTimes.TryParse("cpu  150 10 50 840 50 0 0 0 9 9", out var after));
        Assert.Equal(50, CpuTimes.Percent(before, after));
        Assert.Equal(0, CpuTimes.Percent(after, before));
        Assert.Equal(0, CpuTimes.Percent(after, after));
        foreach (var none in (string?[])[null, "", "cpu", "cpu 1 2", "cpu 1 2 x 4 5", "cpu0 1 2 3 4 5", "cpu -1 2 3 4 5"]) Assert.False(CpuTimes.TryParse(none, out _));
    }

    [Fact]
    public void The_busiest_of_the_last_minute_are_named_as_a_master_takes_names_apart()
    {
        var window = new OperationWindow();
        var (one, two) = (Partition(1, "/a"), Partition(20, "/a"));
        one.Operations!.Add(CountedOperation.Write);
        window.Turn([one, two]);

        for (var i = 0; i < 3; i++) one.Operations.Add(CountedOperation.Write);
        two.Operations!.Add(CountedOperation.Write);
        two.Operations.Add(CountedOperation.ReadRepair);
        var recent = window.Turn([one, two]);

        Assert.Equal([("dp_1_Write", "Write", 3), ("dp_20_ReadRepair", "ReadRepair", 1), ("dp_20_Write", "Write", 1)], recent.Partitions.Select(count => (count.Name, count.Op, count.Count)));
        Assert.Equal([("/a", "Write", 4), ("/a", "ReadRepair", 1)], recent.Disks.Select(count => (count.Name, count.Op, count.Count)));
        Assert.Empty(window.Turn([one, two]).Partitions); // nothing was done since
    }

    [Fact]
    public void A_replica_that_was_loaded_anew_is_counted_from_there()
    {
        var window = new OperationWindow();
        var before = Partition(1, "/a");
        for (var i = 0; i < 5; i++) before.Operations!.Add(CountedOperation.Read);
        window.Turn([before]);
        var after = Partition(1, "/a");
        after.Operations!.Add(CountedOperation.Read);

        Assert.Equal([1], window.Turn([after]).Partitions.Select(count => count.Count));
    }

    [Fact]
    public void No_more_than_100_are_told()
    {
        var partitions = Enumerable.Range(1, 120).Select(id => Partition((ulong)id, "/a")).ToList();
        foreach (var partition in partitions) partition.Operations!.Add(CountedOperation.Create);

        Assert.Equal(100, new OperationWindow().Turn(partitions).Partitions.Length);
    }

    private static PartitionFigures Partition(ulong id, string disk) =>
        new(new PartitionId(id), "vol", disk, PartitionState.Serving, 1, 0, 64, 70, [], [], "", () => null) { Operations = new OperationCounts() };

    private static DataNodeEntry Node(string address, ulong id) => new() { Addr = address, Id = new NodeId(id) };
}
