using System.Buffers;
using System.Globalization;
using System.Text;
using CubeActors.Actors;
using CubeActors.Runtime;

namespace CubeActors.Node;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4: families one after the other, each with its type.</summary>
/// <remarks>
/// A page is some hundred KiB: it is written in UTF-8 at once, into a buffer that is rented and given back, since arrays of that size make the collector look at the whole heap.
/// </remarks>
internal sealed class MetricText : IMetricSink, IDisposable
{
    /// <summary>More than a number takes as text.</summary>
    private const int NumberBytesMax = 32;

    private byte[] _page = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _length;
    private MetricFamily? _family;

    /// <summary>Characters that CubeFS replaces in names. Source: CubeFS util/exporter/exporter.go.</summary>
    public static string Name(string name) => string.Create(name.Length, name, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = source[i] is '-' or '.' or ' ' or ',' or ':' ? '_' : source[i];
    });

    /// <summary>What was written so far; valid until more is, or it is disposed.</summary>
    public ReadOnlyMemory<byte> Page => _page.AsMemory(0, _length);

    public override string ToString() => Encoding.UTF8.GetString(Page.Span);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_page);
        (_page, _length) = ([], 0);
    }

    public void Begin(MetricFamily family)
    {
        _family = family;
        Put("# HELP "u8);
        Put(family.Name);
        Put(" "u8);
        Put(family.Help);
        Put("\n# TYPE "u8);
        Put(family.Name);
        Put(TypeName(family.Type));
    }

    public void Sample(double value, params ReadOnlySpan<string> labels)
    {
        Series(""u8, labels, null);
        Put(value);
        Put("\n"u8);
    }

    public void Histogram(LatencySnapshot latency, params ReadOnlySpan<string> labels)
    {
        var scale = Scale;
        long below = 0;
        for (var bucket = 0; bucket < latency.Counts.Count; bucket++)
        {
            below += latency.Counts[bucket];
            Series("_bucket"u8, labels, bucket < latency.Bounds.Microseconds.Count ? latency.Bounds.Microseconds[bucket] / scale : double.PositiveInfinity);
            Put(below);
            Put("\n"u8);
        }

        Series("_sum"u8, labels, null);
        Put(latency.SumMicroseconds / scale);
        Put("\n"u8);
        Series("_count"u8, labels, null);
        Put(below); // of what was read once: it equals the last bucket, whatever is recorded meanwhile
        Put("\n"u8);
    }

    private double Scale => _family!.Unit == MetricUnit.Microseconds ? 1 : 1e6;

    /// <summary>A line up to its value.</summary>
    private void Series(ReadOnlySpan<byte> suffix, ReadOnlySpan<string> labels, double? bound)
    {
        Put(_family!.Name);
        Put(suffix);
        Labels(labels, bound);
        Put(" "u8);
    }

    private void Labels(ReadOnlySpan<string> values, double? bound)
    {
        var names = _family!.Labels;
        Invariant.Check(values.Length == names.Length || (values.Length == names.Length - 1 && _family.LastLabelIsOptional));
        if (values.IsEmpty && bound is null) return;
        var separator = "{"u8;
        for (var i = 0; i < values.Length; i++)
        {
            Put(separator);
            Put(names[i]);
            Put("=\""u8);
            Escape(values[i]);
            Put("\""u8);
            separator = ","u8;
        }

        if (bound is { } upTo)
        {
            Put(separator);
            Put("le=\""u8);
            Put(upTo);
            Put("\""u8);
        }

        Put("}"u8);
    }

    private void Escape(ReadOnlySpan<char> value)
    {
        while (value.IndexOfAny('\\', '"', '\n') is var at and >= 0)
        {
            Put(value[..at]);
            Put(value[at] switch { '\\' => "\\\\"u8, '"' => "\\\""u8, _ => "\\n"u8 });
            value = value[(at + 1)..];
        }

        Put(value);
    }

    private static ReadOnlySpan<byte> TypeName(MetricType type) => type switch
    {
        MetricType.Counter => " counter\n"u8,
        MetricType.Gauge => " gauge\n"u8,
        _ => " histogram\n"u8,
    };

    private void Put(double value)
    {
        if (double.IsInfinity(value)) Put(value > 0 ? "+Inf"u8 : "-Inf"u8);
        else
        {
            value.TryFormat(Room(NumberBytesMax), out var written, "R", CultureInfo.InvariantCulture);
            _length += written;
        }
    }

    private void Put(long value)
    {
        value.TryFormat(Room(NumberBytesMax), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    private void Put(ReadOnlySpan<char> text) => _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    private void Put(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
    }

    /// <summary>Room for so many bytes behind what is written.</summary>
    private Span<byte> Room(int bytes)
    {
        if (_page.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _page.Length, _length + bytes));
            Page.Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_page);
            _page = larger;
        }

        return _page.AsSpan(_length);
    }
}
