using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>When a copy is complete, extent by extent.</summary>
public sealed class RebuildComparisonTests
{
    private static readonly ExtentId Last = new(1100);
    private readonly Dictionary<ulong, long> _here = [];
    private readonly HashSet<ExtentId> _deleted = [];
    private readonly List<Watermark> _there = [];
    private RebuildSizes _sizes = new("127.0.0.1:17310") { Last = Last };

    [Fact]
    public void It_is_complete_when_every_extent_is_as_long_as_there_by_its_id()
    {
        There(1025, 100, 1026, 50, 3, 8192);
        Here(1025, 100, 1026, 51, 3, 8192, 1027, 7);
        Assert.Null(WhyNot());
        Here(1026, 49);
        Assert.Equal("extent 1026 has 49 of 50 bytes", WhyNot());
        _here.Remove(1025);
        Assert.Equal("2 extents are shorter than there; extent 1025 has 0 of 100 bytes", WhyNot());
    }

    [Fact]
    public void One_of_another_id_with_the_same_size_does_not_stand_for_it()
    {
        There(1025, 100);
        Here(1026, 100);
        Assert.Equal("extent 1025 has 0 of 100 bytes", WhyNot());
    }

    [Fact]
    public void A_tiny_extent_that_is_shorter_is_waited_for()
    {
        There(3, 8192);
        Here(3, 4096);
        Assert.Equal("extent 3 has 4096 of 8192 bytes", WhyNot());
    }

    [Fact]
    public void What_was_deleted_here_is_not_waited_for_and_its_bytes_neither()
    {
        There(1025, 100, 1026, 50);
        Here(1025, 100);
        _deleted.Add(new ExtentId(1026));
        Assert.Null(WhyNot());
        Assert.Equal(50, Compare().DeletedBytes);
        _sizes = _sizes with { Target = 151, SourceBytes = 150, Own = 100 };
        Assert.Equal("100 of 151 bytes are here", Compare().WhyNotComplete(_sizes));
    }

    [Fact]
    public void What_was_deleted_there_is_of_no_concern()
    {
        There(1025, 100);
        _there[0] = _there[0] with { IsDeleted = true };
        Assert.Null(Compare().WhyNotComplete(_sizes));
    }

    [Fact]
    public void Extents_that_were_made_after_the_first_question_count_too_but_not_in_the_sums()
    {
        There(1101, 100);
        Assert.Equal(("extent 1101 has 0 of 100 bytes", 0L), (Compare().First, Compare().ListedBytes));
    }

    [Fact]
    public void A_list_that_leaves_out_what_is_there_is_not_believed_for_two_minutes()
    {
        There(1025, 100);
        Here(1025, 100, 1026, 50);
        _sizes = _sizes with { Target = 150, SourceBytes = 150, Own = 150 };
        Assert.Contains("lists 100 of its 150 bytes", Compare().WhyNotComplete(_sizes));
        Assert.Null(Compare().WhyNotComplete(_sizes with { UnlistedRounds = RebuildSizes.UnlistedRoundsMax }));
    }

    [Fact]
    public void A_size_that_no_extent_has_is_never_reached()
    {
        _there.Add(new Watermark { Extent = new ExtentId(1025), Size = ulong.MaxValue });
        Here(1025, long.MaxValue);
        Assert.Equal(1, Compare().Lacking);
        Assert.True(Compare().ListedBytes > 0);
    }

    private void There(params long[] pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2) _there.Add(new Watermark { Extent = new ExtentId((ulong)pairs[i]), Size = (ulong)pairs[i + 1] });
    }

    private void Here(params long[] pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2) _here[(ulong)pairs[i]] = pairs[i + 1];
    }

    private RebuildComparison Compare() => RebuildComparison.Of(_there, Last, id => _here.TryGetValue(id.Value, out var size) ? size : null, _deleted);

    /// <summary>With sums that fit.</summary>
    private string? WhyNot()
    {
        var sum = _there.Sum(extent => (long)extent.Size);
        return Compare().WhyNotComplete(_sizes with { Target = sum, SourceBytes = sum, Own = Math.Max(sum - Compare().DeletedBytes, _here.Values.Sum()) });
    }
}
