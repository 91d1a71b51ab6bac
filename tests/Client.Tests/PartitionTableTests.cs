using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Client.Tests;

public sealed class PartitionTableTests
{
    private readonly Random _random = new(1);

    [Fact]
    public void Only_writable_partitions_are_chosen_and_each_of_them_sometimes()
    {
        var table = Table(View(1, 2, "1.1.1.1:1"), View(2, 1, "1.1.1.1:1"), View(3, 2, "1.1.1.2:1"), View(4, -1, "1.1.1.3:1"), View(5, 0, "1.1.1.3:1"));
        Assert.Equal([1ul, 3ul], Chosen(table));
        Assert.Equal((5, 2), (table.Count, table.WritableCount));
    }

    [Fact]
    public void An_excluded_partition_is_still_found_for_reading()
    {
        var table = Table(View(1, 2, "1.1.1.1:1"), View(2, 2, "1.1.1.2:1"));
        table.Exclude(new PartitionId(1));
        Assert.Equal([2ul], Chosen(table));
        Assert.NotNull(table.Find(new PartitionId(1)));
        table.Exclude(new PartitionId(2));
        Assert.Empty(Chosen(table));
    }

    [Fact]
    public void The_only_writable_partition_cannot_be_excluded()
    {
        var table = Table(View(1, 2, "1.1.1.1:1"), View(2, 1, "1.1.1.2:1"));
        table.Exclude(new PartitionId(1));
        Assert.Equal([1ul], Chosen(table));
    }

    [Fact]
    public void A_dead_host_takes_all_its_partitions_with_it_unless_none_would_be_left()
    {
        var table = Table(View(1, 2, "1.1.1.1:1", "1.1.1.2:1"), View(2, 2, "1.1.1.3:1", "1.1.1.1:1"), View(3, 2, "1.1.1.2:1", "1.1.1.3:1"));
        table.ExcludeHost("1.1.1.1:1");
        Assert.Equal([3ul], Chosen(table));
        var together = Table(View(1, 2, "1.1.1.1:1", "1.1.1.2:1"), View(2, 2, "1.1.1.2:1", "1.1.1.1:1"));
        together.ExcludeHost("1.1.1.1:1");
        Assert.Equal([1ul, 2ul], Chosen(together));
    }

    [Fact]
    public void The_partition_to_avoid_is_the_last_choice_but_a_choice()
    {
        var table = Table(View(1, 2, "1.1.1.1:1"), View(2, 2, "1.1.1.2:1"));
        var first = table.Find(new PartitionId(1));
        for (var i = 0; i < 20; i++) Assert.Equal(2ul, table.Choose(_random, false, first)!.Id.Value);
        table.Exclude(new PartitionId(2));
        Assert.Equal(1ul, table.Choose(_random, false, first)!.Id.Value);
        table.Exclude(new PartitionId(1));
        Assert.Null(table.Choose(_random, false, first));
    }

    [Fact]
    public void Without_tiny_extents_a_partition_still_takes_normal_ones()
    {
        var table = Table(View(1, 2, "1.1.1.1:1"));
        table.ExcludeFromTiny(new PartitionId(1));
        Assert.Null(table.Choose(_random, tiny: true, null));
        Assert.NotNull(table.Choose(_random, tiny: false, null));
    }

    [Fact]
    public void A_partition_that_no_client_could_use_is_left_out()
    {
        Assert.Null(VolumePartition.From(View(0, 2, "1.1.1.1:1")));
        Assert.Null(VolumePartition.From(View(1, 2)));
        Assert.Null(VolumePartition.From(View(1, 2, "host:1")));
        Assert.Null(VolumePartition.From(View(1, 2, "1.1.1.1")));
        Assert.Null(VolumePartition.From(View(1, 2, "[::1]:1")));
        Assert.Null(VolumePartition.From(View(1, 2, "1.1.1.1:1", "1.1.1.1:1")));
        Assert.Null(VolumePartition.From(View(1, 2, "1.1.1.1:1") with { IsDiscard = true }));
        Assert.Null(VolumePartition.From(View(1, 2, [.. Enumerable.Range(1, 17).Select(i => $"1.1.1.1:{i}")])));
        Assert.False(VolumePartition.From(View(1, 2, "1.1.1.1:1") with { ReplicaNum = 3 })!.IsWritable);
    }

    [Theory]
    [InlineData(1, 127, "/")]
    [InlineData(2, 1, "1.1.1.2:1/")]
    [InlineData(3, 2, "1.1.1.2:1/1.1.1.3:1/")]
    public void The_chain_is_named_by_its_followers(int hosts, byte remaining, string arg)
    {
        var partition = VolumePartition.From(View(1, 2, [.. Enumerable.Range(1, hosts).Select(i => $"1.1.1.{i}:1")]))!;
        Assert.Equal("1.1.1.1:1", partition.ChainLeader);
        Assert.Equal(remaining, partition.RemainingFollowers);
        Assert.Equal(arg, System.Text.Encoding.ASCII.GetString(partition.FollowerArg));
    }

    private static PartitionTable Table(params DataPartitionView[] views) => new(views.Select(VolumePartition.From).OfType<VolumePartition>());

    private static DataPartitionView View(ulong id, sbyte status, params string[] hosts) =>
        new() { PartitionId = new PartitionId(id), Status = status, ReplicaNum = (byte)hosts.Length, Hosts = hosts };

    private List<ulong> Chosen(PartitionTable table) =>
        [.. Enumerable.Range(0, 100).Select(_ => table.Choose(_random, false, null)).OfType<VolumePartition>().Select(partition => partition.Id.Value).Distinct().Order()];
}
