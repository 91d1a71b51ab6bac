using System.Globalization;
using System.Text.RegularExpressions;

namespace CubeActors.TestKit.Metrics;

/// <summary>A page in the text format of Prometheus, read as strictly as the format allows: whatever a scraper might stumble over is an error with its line.</summary>
/// <remarks>Source: prometheus.io, exposition formats, text-based format. Stricter than it: each family has help and type, in that order, and all of its samples behind them.</remarks>
public sealed partial class MetricPageRead
{
    private readonly Dictionary<string, MetricFamilyRead> _families = [];
    private readonly HashSet<string> _series = [];

    private MetricPageRead()
    {
    }

    public IReadOnlyDictionary<string, MetricFamilyRead> Families => _families;

    public IEnumerable<MetricSample> Samples => _families.Values.SelectMany(family => family.Samples);

    /// <exception cref="FormatException">It is no page; the message has the line.</exception>
    public static MetricPageRead Parse(string text)
    {
        var page = new MetricPageRead();
        if (!text.EndsWith('\n')) throw new FormatException("the last line has no end");
        MetricFamilyRead? family = null;
        string? help = null;
        var number = 0;
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            number++;
            try
            {
                if (HelpLine().Match(line) is { Success: true } described)
                {
                    if (help is not null) throw new FormatException("a help without a type before it");
                    help = described.Groups[1].Value;
                    family = new MetricFamilyRead(help, "", described.Groups[2].Value, []);
                    if (!page._families.TryAdd(help, family)) throw new FormatException("a family for the second time");
                }
                else if (TypeLine().Match(line) is { Success: true } typed)
                {
                    if (help != typed.Groups[1].Value) throw new FormatException("a type without its help right before it");
                    family = page._families[help] = family! with { Type = typed.Groups[2].Value };
                    help = null;
                }
                else
                {
                    if (family is null || help is not null) throw new FormatException("a sample without a family");
                    page.Add(family, ReadSample(line));
                }
            }
            catch (FormatException wrong)
            {
                throw new FormatException($"line {number}: {wrong.Message}: {line}", wrong);
            }
        }

        foreach (var histogram in page._families.Values.Where(one => one.Type == "histogram")) CheckHistogram(histogram);
        return page;
    }

    /// <summary>Sum of all series of a name with these labels.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) => Samples
        .Where(sample => sample.Name == name && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value)).Sum(sample => sample.Value);

    /// <summary>Series that only grow and are less, or gone, on a later page.</summary>
    public IEnumerable<string> FallenIn(MetricPageRead later)
    {
        var now = later.Samples.ToDictionary(sample => sample.Series, sample => sample.Value);
        return _families.Values.Where(family => family.Type != "gauge").SelectMany(family => family.Samples)
            .Where(sample => !now.TryGetValue(sample.Series, out var value) || value < sample.Value).Select(sample => sample.Series);
    }

    private void Add(MetricFamilyRead family, MetricSample sample)
    {
        var suffixes = family.Type == "histogram" ? (string[])["_bucket", "_sum", "_count"] : [""];
        if (!suffixes.Any(suffix => sample.Name == family.Name + suffix)) throw new FormatException($"a sample that is none of {family.Name}");
        if (family.Type == "counter" && !(sample.Value >= 0)) throw new FormatException("a counter below 0");
        if (!_series.Add(sample.Series)) throw new FormatException("a series for the second time");
        family.Samples.Add(sample);
    }

    private static MetricSample ReadSample(string line)
    {
        if (SampleLine().Match(line) is not { Success: true } match) throw new FormatException("no sample");
        var labels = new Dictionary<string, string>();
        foreach (Match label in Label().Matches(match.Groups[2].Value))
        {
            var value = Escape().Replace(label.Groups[2].Value, escape => escape.Value switch { "\\n" => "\n", var other => other[1..] });
            if (!labels.TryAdd(label.Groups[1].Value, value)) throw new FormatException("a label for the second time");
        }

        var text = match.Groups[3].Value;
        var number = text switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        return new MetricSample(match.Groups[1].Value, labels, number);
    }

    /// <summary>Of each set of labels: bounds that rise up to +Inf, counts that do not fall, a sum, and the count of the last bucket.</summary>
    private static void CheckHistogram(MetricFamilyRead family)
    {
        foreach (var histogram in family.Samples.GroupBy(sample => new MetricSample("", sample.Labels.Where(label => label.Key != "le").ToDictionary(), 0).Series))
        {
            var buckets = histogram.Where(sample => sample.Name.EndsWith("_bucket", StringComparison.Ordinal)).ToList();
            var bounds = buckets.ConvertAll(bucket => bucket.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(bucket.Labels["le"], CultureInfo.InvariantCulture));
            var counts = buckets.ConvertAll(bucket => bucket.Value);
            var isRight = bounds.Count > 0 && double.IsPositiveInfinity(bounds[^1])
                && bounds.Zip(bounds.Skip(1)).All(pair => pair.First < pair.Second) && counts.Zip(counts.Skip(1)).All(pair => pair.First <= pair.Second)
                && histogram.Count(sample => sample.Name == $"{family.Name}_sum") == 1
                && histogram.Where(sample => sample.Name == $"{family.Name}_count").Select(sample => sample.Value).SequenceEqual([counts[^1]]);
            if (!isRight) throw new FormatException($"{family.Name}{histogram.Key} is no histogram");
        }
    }

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\\]|\\\\\\\\|\\\\n)+)$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)+)(?<!,)\})? ([-+0-9.eEInfNa]+)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)",?""")]
    private static partial Regex Label();

    [GeneratedRegex("""\\["\\n]""")]
    private static partial Regex Escape();
}
