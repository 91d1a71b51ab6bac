namespace CubeActors.TestKit.Metrics;

/// <summary>One line of a page of metrics.</summary>
/// <param name="Name">With the suffix that series of histograms have.</param>
/// <param name="Labels">As on the page, unescaped.</param>
public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    /// <summary>What makes it another series than others.</summary>
    public string Series => $"{Name}{{{string.Join(',', Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))}}}";
}

/// <summary>One family of a page: its samples, in their order.</summary>
/// <param name="Type">counter, gauge or histogram.</param>
public sealed record MetricFamilyRead(string Name, string Type, string Help, List<MetricSample> Samples);
