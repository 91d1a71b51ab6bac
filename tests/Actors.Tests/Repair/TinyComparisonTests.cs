using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>What lists of tiny extents come to. Source: storage-and-repair 4.4.</summary>
public sealed class TinyComparisonTests
{
    private const string A = "10.0.0.1:17310", B = "10.0.0.2:17310", C = "10.0.0.3:17310";

    [Fact]
    public void What_is_equally_long_everywhere_is_equal_and_nothing_is_to_be_done()
    {
        var comparison = Compare([1, 2], (A, [(1, 0), (2, 8192)]), (B, [(1, 0), (2, 8192)]), (C, [(1, 0), (2, 8192)]));
        Assert.Equal([1ul, 2ul], comparison.Equal.Select(id => id.Value));
        Assert.Empty(comparison.Tasks);
        Assert.Equal("", comparison.Reason);
    }

    [Fact]
    public void Of_different_lengths_the_longest_is_the_source_and_the_first_of_several()
    {
        var comparison = Compare([1], (A, [(1, 4096)]), (B, [(1, 8192)]), (C, [(1, 8192)]));
        Assert.Empty(comparison.Equal);
        var task = Assert.Single(comparison.Tasks);
        Assert.Equal(A, task.Key);
        Assert.Equal((1ul, 8192ul, B), (task.Value[0].Extent.Value, task.Value[0].Size, task.Value[0].Source));
    }

    [Fact]
    public void Every_shorter_replica_gets_a_task_of_its_own()
    {
        var comparison = Compare([1, 2], (A, [(1, 8192), (2, 0)]), (B, [(1, 4096), (2, 0)]), (C, [(1, 0), (2, 4096)]));
        Assert.Equal([A, B, C], comparison.Tasks.Keys.Order());
        Assert.Equal([(1ul, A), (2ul, C)], comparison.Tasks[B].Select(extent => (extent.Extent.Value, extent.Source!)));
        Assert.Equal([(2ul, C)], comparison.Tasks[A].Select(extent => (extent.Extent.Value, extent.Source!)));
    }

    [Fact]
    public void A_replica_that_did_not_answer_leaves_all_unequal_but_known_differences_are_repaired()
    {
        var comparison = TinyComparison.Of([new(1), new(2)], [List(A, (1, 0), (2, 4096)), new TinyList(B, null), List(C, (1, 0), (2, 0))]);
        Assert.Empty(comparison.Equal);
        Assert.Equal(C, Assert.Single(comparison.Tasks).Key);
        Assert.Contains(B, comparison.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replica_that_does_not_list_an_extent_leaves_it_unequal_without_a_task()
    {
        var comparison = Compare([1], (A, [(1, 0)]), (B, []));
        Assert.Equal([1ul], comparison.Unequal.Select(id => id.Value));
        Assert.Empty(comparison.Tasks);
        Assert.NotEqual("", comparison.Reason);
    }

    [Fact]
    public void Alone_a_replica_is_equal_to_itself() => Assert.Single(Compare([7], (A, [(7, 4096)])).Equal);

    [Theory]
    [InlineData(0, 64)]
    [InlineData(5, 64)]
    [InlineData(6, 10)]
    public void All_ids_are_taken_where_few_take_writes_and_ten_otherwise(int available, int taken) => Assert.Equal(taken, TinyComparison.IdsToTake(available));

    private static TinyComparison Compare(ulong[] ids, params (string Host, (ulong Id, long Size)[] Sizes)[] lists) =>
        TinyComparison.Of([.. ids.Select(id => new ExtentId(id))], [.. lists.Select(list => List(list.Host, list.Sizes))]);

    private static TinyList List(string host, params (ulong Id, long Size)[] sizes) => new(host, sizes.ToDictionary(one => new ExtentId(one.Id), one => one.Size));
}
