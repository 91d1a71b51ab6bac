namespace CubeActors.Actors.Tests;

/// <summary>How far a copy is, from what its source says from round to round.</summary>
public sealed class RebuildSizesTests
{
    private const long PartitionBytes = 1 << 30;
    private static readonly RebuildSizes Asked = RebuildSizes.Unknown.From("127.0.0.1:17310").WithTotals(1100, 1000);

    [Fact]
    public void The_share_is_what_is_here_of_what_was_there_at_first()
    {
        var sizes = Asked.With(1000, 4096, 250, PartitionBytes);
        Assert.Equal((0.25, 4096L, false), (sizes.Share, sizes.SourceUsed, sizes.IsReached));
        sizes = sizes.With(3000, 4096, 500, PartitionBytes); // it has grown, and that is not waited for
        Assert.Equal((0.5, 1000L), (sizes.Share, sizes.Target));
    }

    [Fact]
    public void A_source_that_shrinks_takes_the_target_with_it()
    {
        var sizes = Asked.With(400, 0, 100, PartitionBytes);
        Assert.Equal((400L, 0.25), (sizes.Target, sizes.Share));
        Assert.True(sizes.With(100, 0, 100, PartitionBytes).IsReached);
    }

    [Fact]
    public void The_share_never_falls_and_never_says_that_it_is_done()
    {
        var sizes = Asked.With(1000, 0, 600, PartitionBytes).With(1000, 0, 500, PartitionBytes);
        Assert.Equal(0.6, sizes.Share);
        Assert.Equal(0.6, sizes.From("127.0.0.3:17310").WithTotals(9000, 9000).With(9000, 0, 500, PartitionBytes).Share);
        Assert.Equal(RebuildSizes.SizeReached, sizes.With(1000, 0, 1000, PartitionBytes).Share);
        Assert.Equal(RebuildSizes.SizeReached, Asked.WithTotals(1100, 1_000_000).With(1_000_000, 0, 999_999, PartitionBytes).Share);
        Assert.Equal(RebuildSizes.SizeReached, sizes.With(1000, 0, 5000, PartitionBytes).Share);
    }

    /// <summary>A master that is told less by the next start, or nothing new for two hours, takes the copy for a broken one.</summary>
    [Fact]
    public void What_masters_are_told_is_what_META_holds_and_grows_in_steps()
    {
        var meta = new Storage.PartitionMeta { Volume = "vol", Partition = new(1), PartitionBytes = PartitionBytes, IsBeingRebuilt = true };
        Assert.Equal(0, RebuildSizes.ToldOf(meta));
        Assert.Same(meta, Asked.With(1_000_000, 0, 0, PartitionBytes).Tell(meta));
        meta = Asked.With(1000, 0, 250, PartitionBytes).Tell(meta);
        Assert.Equal((2500u, 0.25), (meta.CopyShare, RebuildSizes.ToldOf(meta)));

        var bigger = RebuildSizes.Unknown.From("127.0.0.1:17310").WithTotals(1100, 1_000_000);
        Assert.Same(meta, bigger.With(1_000_000, 0, 1000, PartitionBytes).Tell(meta)); // the next start, and the source has grown
        Assert.Same(meta, bigger.With(1_000_000, 0, 250_999, PartitionBytes).Tell(meta));
        Assert.Equal(2510u, bigger.With(1_000_000, 0, 251_000, PartitionBytes).Tell(meta).CopyShare);
        meta = bigger.With(1_000_000, 0, 1_000_000, PartitionBytes).Tell(meta with { CopyShare = 9998 });
        Assert.Equal((9999u, RebuildSizes.SizeReached), (meta.CopyShare, RebuildSizes.ToldOf(meta)));
        Assert.Equal(RebuildSizes.SizeReached, RebuildSizes.ToldOf(meta with { CopyShare = uint.MaxValue })); // whatever META says
        var member = meta with { IsBeingRebuilt = false, CopyShare = 0 };
        Assert.Same(member, bigger.With(1_000_000, 0, 500_000, PartitionBytes).Tell(member));
    }

    [Fact]
    public void Of_an_empty_partition_the_totals_are_asked_for_each_time_and_nothing_is_waited_for()
    {
        Assert.True(RebuildSizes.Unknown.NeedsTotals);
        var sizes = RebuildSizes.Unknown.From("127.0.0.1:17310").WithTotals(64, 0).With(0, 0, 0, PartitionBytes);
        Assert.Equal((true, true, RebuildSizes.SizeReached), (sizes.NeedsTotals, sizes.IsToBeCompared, sizes.Share));
        Assert.False(Asked.NeedsTotals);
    }

    [Fact]
    public void Another_source_is_asked_anew()
    {
        Assert.Same(Asked, Asked.From("127.0.0.1:17310"));
        Assert.True(Asked.From("127.0.0.3:17310").NeedsTotals);
    }

    [Fact]
    public void Numbers_that_no_replica_has_neither_overflow_nor_end_the_copy()
    {
        var sizes = RebuildSizes.Unknown.From("127.0.0.1:17310").WithTotals(ulong.MaxValue, ulong.MaxValue).With(ulong.MaxValue, ulong.MaxValue, 1000, PartitionBytes);
        Assert.Equal((false, PartitionBytes), (sizes.IsReached, sizes.SourceUsed));
        Assert.InRange(sizes.Share, 0, 0.001);
        Assert.True(sizes.With(1000, 77, 1000, PartitionBytes).IsReached); // it tells the truth again
    }

    [Fact]
    public void A_copy_that_stands_still_is_compared_now_and_then_all_the_same()
    {
        var sizes = Asked.With(1000, 0, 900, PartitionBytes);
        for (var round = 0; round < RebuildSizes.StillRoundsMax; round++)
        {
            Assert.False(sizes.IsToBeCompared);
            sizes = sizes.With(1000, 0, 900, PartitionBytes);
        }

        Assert.True(sizes.IsToBeCompared);
        Assert.False(sizes.With(1000, 0, 900, PartitionBytes).IsToBeCompared); // not in each round: the lists are long
        Assert.Equal(0, sizes.With(1000, 0, 901, PartitionBytes).StillRounds);
    }
}
