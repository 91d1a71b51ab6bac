using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>Rates and quantiles of the dashboard: what was counted between two looks.</summary>
public sealed class RateTests
{
    private static readonly LatencyBounds Bounds = LatencyBounds.Operations; // 1, 50, 250, 500, 2500, ... microseconds
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    [Theory]
    [InlineData(0.5, 150)] // in the middle of 50 to 250
    [InlineData(1.0, 250)]
    public void Durations_count_as_spread_over_their_bucket(double share, double microseconds) =>
        Assert.Equal(microseconds, LatencyQuantile.Of(Bounds, Counts((2, 100)), share));

    [Fact]
    public void What_lies_above_all_buckets_is_as_long_as_the_last_and_nothing_has_no_quantile()
    {
        Assert.Equal(5_000_000, LatencyQuantile.Of(Bounds, Counts((12, 1)), 0.99));
        Assert.Null(LatencyQuantile.Of(Bounds, Counts(), 0.99));
    }

    [Fact]
    public void A_few_slow_ones_show_in_the_99th_and_not_in_the_median()
    {
        var counts = Counts((1, 98), (8, 2));
        Assert.InRange(LatencyQuantile.Of(Bounds, counts, 0.5)!.Value, 1, 50);
        Assert.InRange(LatencyQuantile.Of(Bounds, counts, 0.99)!.Value, 50_000, 250_000);
    }

    [Fact]
    public void A_point_is_what_happened_a_second_between_two_looks()
    {
        var before = Counters(appends: 10, written: 1000, read: 0, clientDone: 5, clientBusy: 1, repaired: 0, cpu: 2);
        var after = Counters(appends: 30, written: 5000, read: 200, clientDone: 25, clientBusy: 2, repaired: 4096, cpu: 3);
        var (point, disks) = RatePoint.Between(before, after, At, TimeSpan.FromSeconds(2))!.Value;
        Assert.Equal((10, 2000, 100, 0.5), (point.Append.PerSecond, point.WrittenBytes, point.ReadBytes, point.Cpu));
        Assert.Equal((0, null), (point.Read.PerSecond, point.Read.P99));
        Assert.NotNull(point.Append.P99);
        Assert.Equal([new WorkRate("client", 20, 1)], point.Work); // both disks
        Assert.Equal([new WorkRate("client", 10, 0.5)], disks[0].Work);
        Assert.Equal([new MovedRate("repair", 4096)], point.Moved);
    }

    [Fact]
    public void Counters_that_went_back_are_of_another_life_and_make_no_point()
    {
        var before = Counters(appends: 10, written: 5000, read: 0, clientDone: 5, clientBusy: 1, repaired: 0, cpu: 2);
        Assert.Null(RatePoint.Between(before, before with { WrittenBytes = 10 }, At, TimeSpan.FromSeconds(1)));
        Assert.Null(RatePoint.Between(before, before, At, TimeSpan.Zero));
    }

    [Fact]
    public void Requests_are_told_apart_by_the_names_that_CubeFS_gives_them()
    {
        Assert.Equal(
            (TrafficKind.Append, TrafficKind.Overwrite, TrafficKind.Read, TrafficKind.Delete),
            (TrafficKinds.Of("OpWrite"), TrafficKinds.Of("OpSyncRandomWriteVer"), TrafficKinds.Of("OpStreamFollowerRead"), TrafficKinds.Of("OpBatchDeleteExtent")));
        Assert.Null(TrafficKinds.Of("OpDataNodeHeartbeat"));
    }

    private static NodeCounters Counters(long appends, long written, long read, long clientDone, double clientBusy, long repaired, double cpu) => new(
        Bounds, [Counts((2, appends)), Counts(), Counts(), Counts()], written, read,
        new Dictionary<(string, string), (long, double)> { [("/d1", "client")] = (clientDone, clientBusy), [("/d2", "client")] = (clientDone, clientBusy) },
        new Dictionary<(string, string), long> { [("/d1", "repair")] = repaired, [("/d2", "repair")] = repaired }, cpu, 0);

    private static long[] Counts(params ReadOnlySpan<(int Bucket, long Count)> some)
    {
        var counts = new long[Bounds.Microseconds.Count + 1];
        foreach (var (bucket, count) in some) counts[bucket] = count;
        return counts;
    }
}
