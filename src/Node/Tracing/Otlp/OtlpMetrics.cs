using System.Buffers.Binary;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>An ExportMetricsServiceRequest, with the same families as the page of Prometheus. Source: opentelemetry-proto metrics_service.proto and metrics.proto.</summary>
internal sealed class OtlpMetrics : IMetricSink
{
    private const int ResourceMetrics = 1, Resource = 1, ScopeMetrics = 2, Scope = 1, Metrics = 2;
    private const int Name = 1, Description = 2, Unit = 3, Gauge = 5, Sum = 7, HistogramField = 9;
    private const int DataPoints = 1, Temporality = 2, IsMonotonic = 3;
    private const int Cumulative = 2;
    private const int PointStart = 2, PointTime = 3, PointDouble = 4, PointAttributes = 7;
    private const int HistogramCount = 4, HistogramSum = 5, HistogramBuckets = 6, HistogramBounds = 7, HistogramAttributes = 9;

    private readonly ProtoWriter _writer = new();
    private readonly ulong _start;
    private readonly ulong _now;
    private readonly int _resource;
    private readonly int _scope;
    private MetricFamily? _family;
    private int _metric;
    private int _data;

    /// <param name="start">From when on counters count.</param>
    public OtlpMetrics(OtlpResource resource, DateTimeOffset start, DateTimeOffset now)
    {
        (_start, _now) = (OtlpFields.Nanoseconds(start), OtlpFields.Nanoseconds(now));
        _resource = _writer.Begin(ResourceMetrics);
        OtlpFields.Resource(_writer, Resource, resource);
        _scope = _writer.Begin(ScopeMetrics);
        OtlpFields.Scope(_writer, Scope);
    }

    /// <summary>The request. Nothing is taken afterwards.</summary>
    public byte[] ToBytes()
    {
        EndFamily();
        _writer.End(_scope);
        _writer.End(_resource);
        return _writer.Written.ToArray();
    }

    public void Begin(MetricFamily family)
    {
        EndFamily();
        _family = family;
        _metric = _writer.Begin(Metrics);
        _writer.Text(Name, family.Name);
        _writer.Text(Description, family.Help);
        if (UnitOf(family) is { Length: > 0 } unit) _writer.Text(Unit, unit);
        _data = _writer.Begin(family.Type switch { MetricType.Counter => Sum, MetricType.Gauge => Gauge, _ => HistogramField });
    }

    public void Sample(double value, params ReadOnlySpan<string> labels)
    {
        var point = _writer.Begin(DataPoints);
        _writer.Fixed(PointStart, _start);
        _writer.Fixed(PointTime, _now);
        _writer.Double(PointDouble, value);
        Attributes(PointAttributes, labels);
        _writer.End(point);
    }

    public void Histogram(LatencySnapshot latency, params ReadOnlySpan<string> labels)
    {
        var scale = _family!.Unit == MetricUnit.Microseconds ? 1 : 1e6;
        var point = _writer.Begin(DataPoints);
        _writer.Fixed(PointStart, _start);
        _writer.Fixed(PointTime, _now);
        _writer.Fixed(HistogramCount, (ulong)latency.Count);
        _writer.Double(HistogramSum, latency.SumMicroseconds / scale);
        Packed(HistogramBuckets, latency.Counts.Count, bucket => (ulong)latency.Counts[bucket]);
        Packed(HistogramBounds, latency.Bounds.Microseconds.Count, bound => (ulong)BitConverter.DoubleToInt64Bits(latency.Bounds.Microseconds[bound] / scale));
        Attributes(HistogramAttributes, labels);
        _writer.End(point);
    }

    private void EndFamily()
    {
        if (_family is null) return;
        if (_family.Type != MetricType.Gauge) _writer.Number(Temporality, Cumulative);
        if (_family.Type == MetricType.Counter) _writer.Number(IsMonotonic, 1);
        _writer.End(_data);
        _writer.End(_metric);
        _family = null;
    }

    private void Packed(int field, int count, Func<int, ulong> bits)
    {
        var bytes = new byte[count * sizeof(ulong)];
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), bits(i));
        _writer.Bytes(field, bytes);
    }

    private void Attributes(int field, ReadOnlySpan<string> values)
    {
        for (var i = 0; i < values.Length; i++) OtlpFields.Attribute(_writer, field, _family!.Labels[i], values[i]);
    }

    /// <summary>As UCUM writes them. Source: opentelemetry.io, metrics semantic conventions, instrument units.</summary>
    private static string UnitOf(MetricFamily family) => family.Unit switch
    {
        MetricUnit.Bytes => "By",
        MetricUnit.Seconds => "s",
        MetricUnit.Microseconds => "us",
        _ => "",
    };
}
