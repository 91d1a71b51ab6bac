namespace CubeActors.Actors.Tests;

public sealed class LatencySeriesTests
{
    private const long TicksPerSecond = 1_000_000; // a tick is a microsecond

    [Fact]
    public void A_value_falls_into_the_first_bucket_whose_bound_it_does_not_exceed()
    {
        var series = Series();
        foreach (var microseconds in (long[])[0, 1, 2, 50, 51, 5_000_000, 5_000_001]) series.Record(microseconds);
        var latency = series.Read(LatencyBounds.Operations, TicksPerSecond);
        Assert.Equal([2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], latency.Counts);
        Assert.Equal((7, 10_000_105.0, 0), (latency.Count, latency.SumMicroseconds, latency.Bytes));
    }

    [Fact]
    public void Several_of_one_duration_count_as_many_and_their_bytes_once()
    {
        var series = Series();
        series.Record(100, times: 3, bytes: 1000);
        var latency = series.Read(LatencyBounds.Operations, TicksPerSecond);
        Assert.Equal((3, 300.0, 1000), (latency.Count, latency.SumMicroseconds, latency.Bytes));
    }

    [Fact]
    public void Sums_are_microseconds_whatever_a_tick_is()
    {
        var series = new LatencySeries(LatencyBounds.Operations.InTicks(1_000_000_000));
        series.Record(50_000); // nanoseconds
        var latency = series.Read(LatencyBounds.Operations, 1_000_000_000);
        Assert.Equal((1, 50.0), (latency.Counts[1], latency.SumMicroseconds));
    }

    [Fact]
    public void Nothing_is_lost_when_many_threads_record()
    {
        var series = Series();
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 10_000; i++) series.Record(3, bytes: 2);
        });
        var latency = series.Read(LatencyBounds.Operations, TicksPerSecond);
        Assert.Equal((80_000, 240_000.0, 160_000), (latency.Count, latency.SumMicroseconds, latency.Bytes));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var series = Series();
        series.Record(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) series.Record(i, bytes: i);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static LatencySeries Series() => new(LatencyBounds.Operations.InTicks(TicksPerSecond));
}
