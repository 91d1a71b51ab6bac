using System.Globalization;
using System.Text;
using CubeActors.Actors;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4: families one after the other, each with its type.</summary>
internal sealed class MetricText : IMetricSink
{
    private readonly StringBuilder _text = new();
    private MetricFamily? _family;

    /// <summary>Characters that CubeFS replaces in names. Source: CubeFS util/exporter/exporter.go.</summary>
    public static string Name(string name) => string.Create(name.Length, name, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = source[i] is '-' or '.' or ' ' or ',' or ':' ? '_' : source[i];
    });

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    public override string ToString() => _text.ToString();

    public void Begin(MetricFamily family)
    {
        _family = family;
        _text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help).Append('\n').Append("# TYPE ").Append(family.Name).Append(' ').Append(TypeName(family.Type)).Append('\n');
    }

    public void Sample(double value, params ReadOnlySpan<string> labels) => Line("", labels, null, Number(value));

    public void Histogram(LatencySnapshot latency, params ReadOnlySpan<string> labels)
    {
        var scale = Scale;
        long below = 0;
        for (var bucket = 0; bucket < latency.Counts.Count; bucket++)
        {
            below += latency.Counts[bucket];
            var bound = bucket < latency.Bounds.Microseconds.Count ? Number(latency.Bounds.Microseconds[bucket] / scale) : "+Inf";
            Line("_bucket", labels, bound, below.ToString(CultureInfo.InvariantCulture));
        }

        Line("_sum", labels, null, Number(latency.SumMicroseconds / scale));
        Line("_count", labels, null, below.ToString(CultureInfo.InvariantCulture)); // of what was read once: it equals the last bucket, whatever is recorded meanwhile
    }

    private double Scale => _family!.Unit == MetricUnit.Microseconds ? 1 : 1e6;

    private void Line(string suffix, ReadOnlySpan<string> labels, string? bound, string value)
    {
        _text.Append(_family!.Name).Append(suffix);
        Labels(labels, bound);
        _text.Append(' ').Append(value).Append('\n');
    }

    private void Labels(ReadOnlySpan<string> values, string? bound)
    {
        var names = _family!.Labels;
        Invariant.Check(values.Length == names.Length || (values.Length == names.Length - 1 && _family.LastLabelIsOptional));
        if (values.IsEmpty && bound is null) return;
        var separator = '{';
        for (var i = 0; i < values.Length; i++)
        {
            _text.Append(separator).Append(names[i]).Append("=\"");
            Escape(values[i]);
            _text.Append('"');
            separator = ',';
        }

        if (bound is not null) _text.Append(separator).Append("le=\"").Append(bound).Append('"');
        _text.Append('}');
    }

    private void Escape(string value)
    {
        foreach (var character in value)
        {
            switch (character)
            {
                case '\\': _text.Append("\\\\"); break;
                case '"': _text.Append("\\\""); break;
                case '\n': _text.Append("\\n"); break;
                default: _text.Append(character); break;
            }
        }
    }

    private static string TypeName(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        _ => "histogram",
    };

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
