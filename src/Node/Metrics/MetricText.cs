using System.Globalization;
using System.Text;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4: families one after the other, each with its type.</summary>
internal sealed class MetricText
{
    private readonly StringBuilder _text = new();

    /// <summary>Characters that CubeFS replaces in names. Source: CubeFS util/exporter/exporter.go.</summary>
    public static string Name(string name) => string.Create(name.Length, name, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = source[i] is '-' or '.' or ' ' or ',' or ':' ? '_' : source[i];
    });

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    public override string ToString() => _text.ToString();

    /// <summary>Begins a family. All of its samples follow before the next one begins.</summary>
    public MetricText Family(string name, string type, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n').Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    public MetricText Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        Labels(labels, bound: null);
        _text.Append(' ').Append(Number(value)).Append('\n');
        return this;
    }

    /// <summary>A family of one value without labels.</summary>
    public MetricText Single(string name, string type, string help, double value) => Family(name, type, help).Sample(name, value);

    /// <summary>The samples of one histogram of a family.</summary>
    public MetricText Histogram(string name, LatencySnapshot latency, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        long below = 0;
        for (var bucket = 0; bucket < latency.Counts.Count; bucket++)
        {
            below += latency.Counts[bucket];
            var bound = bucket < latency.Bounds.Microseconds.Count ? latency.Bounds.Microseconds[bucket].ToString(CultureInfo.InvariantCulture) : "+Inf";
            _text.Append(name).Append("_bucket");
            Labels(labels, bound);
            _text.Append(' ').Append(below.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }

        return Sample($"{name}_sum", latency.SumMicroseconds, labels).Sample($"{name}_count", below, labels);
    }

    private void Labels(ReadOnlySpan<(string Name, string Value)> labels, string? bound)
    {
        if (labels.IsEmpty && bound is null) return;
        var separator = '{';
        foreach (var (name, value) in labels)
        {
            _text.Append(separator).Append(name).Append("=\"");
            Escape(value);
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

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
