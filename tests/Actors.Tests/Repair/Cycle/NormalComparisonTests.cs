using System.Globalization;
using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>
/// Every rule by which a repair leader decides who fetches what from whom. Source: storage-and-repair 4.4 and 4.9, CubeFS
/// datanode/data_partition_repair.go prepareRepairTasks. A case is a table: a line a replica that answered, the leader's first, with
/// <c>id=bytes</c> for each extent that it lists; then what comes out of it, a line a replica that gets something to do.
/// </summary>
public sealed class NormalComparisonTests
{
    [Theory]
    [InlineData("equal copies need nothing", "A 1025=100 1026=0|B 1025=100 1026=0|C 1025=100 1026=0", "")]
    [InlineData("nobody has anything", "A|B|C", "")]
    [InlineData("a leader alone needs nothing", "A 1025=100", "")]
    [InlineData("a shorter follower fetches from the leader", "A 1025=100|B 1025=40|C 1025=100", "B 1025 40>100 from A")]
    [InlineData("the first of the longest is the source, the leader before all", "A 1025=100|B 1025=100|C 1025=40", "C 1025 40>100 from A")]
    [InlineData("a longer follower wins over the leader", "A 1025=40|B 1025=100|C 1025=40", "A 1025 40>100 from B|C 1025 40>100 from B")]
    [InlineData("of two longest followers the first in the order of the hosts is the source", "A 1025=1|C 1025=100|B 1025=100", "A 1025 1>100 from C")]
    [InlineData("three lengths: all fetch from the longest", "A 1025=10|B 1025=30|C 1025=20", "A 1025 10>30 from B|C 1025 20>30 from B")]
    [InlineData("a missing extent is created and filled", "A 1025=100|B|C 1025=100", "B 1025 create>100 from A")]
    [InlineData("missing on two", "A|B|C 1025=100", "A 1025 create>100 from C|B 1025 create>100 from C")]
    [InlineData("an empty extent is created too", "A 1025=0|B|C 1025=0", "B 1025 create>0 from A")]
    [InlineData("an empty one is filled", "A 1025=0|B 1025=7|C", "A 1025 0>7 from B|C 1025 create>7 from B")]
    [InlineData("a whole extent", "A 1025=134217728|B 1025=134217727", "B 1025 134217727>134217728 from A")]
    [InlineData("each replica lacks something else", "A 1025=1 1027=3|B 1026=2 1027=3|C 1025=1 1026=2",
        "A 1026 create>2 from B|B 1025 create>1 from A|C 1027 create>3 from A")]
    [InlineData("an extent that one is deleting is left alone everywhere", "A 1025=100 1026=5|B 1025=deleted 1026=9|C", "A 1026 5>9 from B|C 1026 create>9 from B")]
    [InlineData("the leader's own list may say so too", "A 1025=deleted|B 1025=100|C", "")]
    [InlineData("data of snapshots is left alone everywhere", "A 1025=100|B 1025=snapshot|C 1025=40", "")]
    [InlineData("a replica that did not answer is neither source nor target", "A 1025=40|C 1025=50", "A 1025 40>50 from C")]
    public void Who_fetches_what_from_whom(string rule, string lists, string expected) =>
        Assert.True(expected == Text(Compare(lists)), $"{rule}: {Text(Compare(lists))}");

    [Theory]
    [InlineData("what the leader deleted is created nowhere", "A|B 1025=100|C", "1025", "")]
    [InlineData("nor made longer", "A|B 1025=100|C 1025=40", "1025", "")]
    [InlineData("what is beside it is repaired", "A|B 1025=100 1026=5|C 1025=40", "1025", "A 1026 create>5 from B|C 1026 create>5 from B")]
    [InlineData("a delete of something else changes nothing", "A 1025=100|B", "1026", "B 1025 create>100 from A")]
    public void A_delete_at_the_leader_stands(string rule, string lists, string deleted, string expected)
    {
        var ids = deleted.Split(' ').Select(id => new ExtentId(ulong.Parse(id, CultureInfo.InvariantCulture))).ToHashSet();
        var rest = Text(Compare(lists).Without(ids));
        Assert.True(expected == rest, $"{rule}: {rest}");
    }

    [Fact]
    public void Counted_are_all_extents_and_those_left_alone()
    {
        var comparison = Compare("A 1025=1 1026=deleted 1027=3|B 1026=2 1028=1|C 1029=snapshot");
        Assert.Equal((5, 2), (comparison.Extents, comparison.LeftAlone));
        Assert.Equal([1025ul, 1027ul, 1028ul], comparison.Lagging.Select(id => id.Value).Order());
    }

    [Fact]
    public void Sixty_thousand_extents_of_three_replicas_are_compared_in_one_go()
    {
        const int Count = 60_000;
        var whole = List("A", Enumerable.Range(0, Count).Select(i => new Watermark { Extent = new ExtentId(1025ul + (ulong)i), Size = 1000 }));
        var half = List("B", Enumerable.Range(0, Count / 2).Select(i => new Watermark { Extent = new ExtentId(1025ul + ((ulong)i * 2)), Size = 1000 }));
        var comparison = NormalComparison.Of([whole, half, List("C", [])]);
        Assert.Equal((Count / 2, Count), (comparison.Lags["B"].Count, comparison.Lags["C"].Count));
        Assert.All(comparison.Lags["B"], lag => Assert.Equal((ExtentLag.Missing, 0ul), (lag.Has, lag.Extent.Value % 2)));
    }

    private static NormalComparison Compare(string lists) => NormalComparison.Of([.. lists.Split('|').Select(line => line.Split(' ')).Select(words => List(words[0], words[1..].Select(Extent)))]);

    private static Watermark Extent(string text)
    {
        var (id, size) = (text[..text.IndexOf('=')], text[(text.IndexOf('=') + 1)..]);
        var extent = new Watermark { Extent = new ExtentId(ulong.Parse(id, CultureInfo.InvariantCulture)) };
        return size switch
        {
            "deleted" => extent with { Size = 500, IsDeleted = true },
            "snapshot" => extent with { Size = 500, SnapshotEnd = Watermark.NoSnapshot + 4096 },
            _ => extent with { Size = ulong.Parse(size, CultureInfo.InvariantCulture) },
        };
    }

    /// <summary>The list as it comes over the wire.</summary>
    private static NormalList List(string host, IEnumerable<Watermark> extents)
    {
        Assert.True(NormalList.TryRead(host, WatermarkBinary.Write([.. extents]), out var list, out var problem), problem);
        return list;
    }

    private static string Text(NormalComparison comparison) => string.Join('|', comparison.Lags.OrderBy(share => share.Key, StringComparer.Ordinal).SelectMany(
        share => share.Value.Select(lag => $"{share.Key} {lag.Extent} {(lag.IsMissing ? "create" : lag.Has)}>{lag.Size} from {lag.Source}")));
}
