namespace CubeActors.ControlPlane.Tests;

public sealed class PlacementTests
{
    private static List<Candidate> Nodes(int count) => [.. Enumerable.Range(1, count).Select(node => new Candidate(Build.Address(node), 0))];

    private static List<IReadOnlyList<string>> Place(int nodes, int replicas, int partitions, int seed)
    {
        var random = new Random(seed);
        var placed = new List<IReadOnlyList<string>>();
        for (var i = 0; i < partitions; i++)
        {
            var candidates = Nodes(nodes).ConvertAll(node => node with { Replicas = placed.Count(hosts => hosts.Contains(node.Address)) });
            placed.Add(Placement.Choose(candidates, replicas, placed, random));
        }

        return placed;
    }

    [Theory]
    [InlineData(3, 3, 1)]
    [InlineData(3, 9, 3)]
    [InlineData(4, 12, 2)]
    [InlineData(5, 10, 1)]
    public void Two_replicas_cover_all_pairs_of_nodes_evenly(int nodes, int partitions, int timesEach)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var pairs = Place(nodes, 2, partitions, seed).GroupBy(hosts => string.Join('+', hosts.Order())).ToList();
            Assert.True(pairs.Count == nodes * (nodes - 1) / 2, $"seed {seed}: {pairs.Count} pairs");
            Assert.All(pairs, pair => Assert.Equal(timesEach, pair.Count()));
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(11)]
    public void Two_replicas_never_use_a_pair_twice_more_than_another(int partitions)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var counts = Place(4, 2, partitions, seed).GroupBy(hosts => string.Join('+', hosts.Order())).Select(pair => pair.Count()).ToList();
            Assert.True(counts.Max() - counts.Min() <= 1, $"seed {seed}: {string.Join(' ', counts)}");
        }
    }

    [Fact]
    public void Three_replicas_on_three_nodes_give_each_node_the_lead_equally_often()
    {
        var leads = Place(3, 3, 9, seed: 1).GroupBy(hosts => hosts[0]).ToList();
        Assert.Equal(3, leads.Count);
        Assert.All(leads, lead => Assert.Equal(3, lead.Count()));
    }

    [Fact]
    public void Replicas_of_one_partition_never_share_an_address()
    {
        var candidates = Nodes(3).Concat(Nodes(3)).ToList(); // each twice
        Assert.Equal(3, Placement.Choose(candidates, 3, [], new Random(1)).Distinct().Count());
        Assert.Empty(Placement.Choose([.. Nodes(1), .. Nodes(1)], 2, [], new Random(1)));
    }

    [Fact]
    public void The_least_loaded_node_takes_a_single_replica()
    {
        List<Candidate> candidates = [new(Build.Address(1), 5), new(Build.Address(2), 3), new(Build.Address(3), 4)];
        Assert.Equal([Build.Address(2)], Placement.Choose(candidates, 1, [], new Random(1)));
    }

    [Fact]
    public void Too_few_nodes_give_no_hosts_at_all() => Assert.Empty(Placement.Choose(Nodes(2), 3, [], new Random(1)));

    [Fact]
    public void The_same_seed_places_the_same() =>
        Assert.Equal(Place(5, 3, 20, seed: 7).SelectMany(hosts => hosts), Place(5, 3, 20, seed: 7).SelectMany(hosts => hosts));
}
