using System.Collections.Immutable;

namespace CubeActors.Node;

/// <summary>What a metric is to whoever reads it. The names are those of the text format of Prometheus, in lower case.</summary>
internal enum MetricType
{
    /// <summary>Grows only, from 0 at the start of the process.</summary>
    Counter,

    /// <summary>What is so now.</summary>
    Gauge,

    /// <summary>Durations by size; its series end in _bucket, _sum and _count.</summary>
    Histogram,
}

/// <summary>What one is of a metric. In words, as the reference prints them.</summary>
internal static class MetricUnit
{
    /// <summary>Things that are counted; the help says which.</summary>
    public const string Count = "";
    public const string Bytes = "bytes";
    public const string Seconds = "seconds";

    /// <summary>Of CubeFS's histograms.</summary>
    public const string Microseconds = "microseconds";
}

/// <summary>One family of metrics: what is said of it once, whatever the number of its series.</summary>
/// <param name="Name">Where it holds <c>{op}</c> or <c>{cluster}</c>, there is one family for each: see <see cref="Of"/>.</param>
/// <param name="Unit">Of <see cref="MetricUnit"/>.</param>
/// <param name="Help">One sentence, in one line.</param>
/// <param name="Labels">In the order of the values that come with a sample.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Unit, string Help, ImmutableArray<string> Labels)
{
    /// <summary>The last label is left out where it has nothing to say.</summary>
    public bool LastLabelIsOptional { get; init; }

    /// <summary>The family of one operation or cluster, with the characters replaced that CubeFS replaces in names.</summary>
    public MetricFamily Of(string subject)
    {
        var start = Name.IndexOf('{', StringComparison.Ordinal);
        var end = Name.IndexOf('}', StringComparison.Ordinal);
        return this with { Name = MetricText.Name($"{Name.AsSpan(0, start)}{subject}{Name.AsSpan(end + 1)}") };
    }
}
