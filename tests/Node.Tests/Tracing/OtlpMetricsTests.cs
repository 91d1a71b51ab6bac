using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>Metrics by OTLP have the names, units and values of the page.</summary>
public sealed class OtlpMetricsTests
{
    [Fact]
    public void Counters_gauges_and_histograms_keep_their_kind_their_unit_and_their_labels()
    {
        var sink = new OtlpMetrics(new OtlpResource("192.0.2.1:17310", ""), TelemetrySamples.At.AddSeconds(-60), TelemetrySamples.At);
        sink.Begin(new MetricFamily("a_bytes_total", MetricType.Counter, MetricUnit.Bytes, "A.", ["disk"]));
        sink.Sample(5, "/d1");
        sink.Sample(6, "/d2");
        sink.Single(new MetricFamily("b", MetricType.Gauge, MetricUnit.Count, "B.", []), -1.5);
        sink.Begin(new MetricFamily("c_seconds", MetricType.Histogram, MetricUnit.Seconds, "C.", ["op"]));
        sink.Histogram(new LatencySnapshot(LatencyBounds.Requests, [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4], 3_000_000, 0), "OpWrite");

        var metrics = new ProtoFields(sink.ToBytes()).Message(1).Message(2).Messages(2).ToList();
        Assert.Equal(["a_bytes_total", "b", "c_seconds"], metrics.Select(metric => metric.Text(1)));
        Assert.Equal(["By", "", "s"], metrics.Select(metric => metric.Text(3)));

        var sum = metrics[0].Message(7);
        Assert.Equal((2UL, 1UL), (sum.Number(2), sum.Number(3)));
        Assert.Equal([("/d1", 5.0), ("/d2", 6.0)], sum.Messages(1).Select(point => (point.Attributes(7)["disk"], point.Double(4))));
        Assert.Equal(60_000_000_000UL, sum.Messages(1).First() is var first ? first.Number(3) - first.Number(2) : 0);
        Assert.Equal(-1.5, metrics[1].Message(5).Message(1).Double(4));

        var histogram = metrics[2].Message(9);
        var point = histogram.Message(1);
        Assert.Equal((2UL, 7UL, 3.0, "OpWrite"), (histogram.Number(2), point.Number(4), point.Double(5), point.Attributes(9)["op"]));
        Assert.Equal([1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 4], point.Fixed(6));
        Assert.Equal((10, 0.00005), (point.Fixed(7).Count, BitConverter.Int64BitsToDouble((long)point.Fixed(7)[0])));
    }
}
