using CubeActors.Client;
using CubeActors.TestKit.Metrics;

namespace CubeActors.EndToEnd;

/// <summary>
/// Goal: the page of metrics is right while many add to it and many read it, and has all that rules and dashboard ask for. Method: clients that count what was acknowledged, scrapers that
/// read strictly, and the sums at the end. Traces go to an endpoint where nobody listens, which must be felt by none of them.
/// </summary>
public sealed class MetricsTests(ITestOutputHelper output)
{
    private const int Nodes = 3, Writers = 4, Scrapers = 3, Appends = 150, Overwrites = 20, Bytes = 8192;

    private const string DeadEndpoint = "cubeactors.telemetry { endpoint = \"http://127.0.0.1:9\", sample-one-in = 1, queue-max = 64, period = 100 ms }";

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    [Fact]
    public async Task Counters_say_what_clients_did_while_others_scrape_and_no_expression_asks_for_what_is_not_there()
    {
        await using var cluster = await ClusterProcesses.StartAsync(output, Nodes, DeadEndpoint);
        await cluster.CreateVolumeAsync(partitions: 3, replicas: Nodes);
        using var client = cluster.OpenClient();
        using var stop = new CancellationTokenSource();
        var scrapers = Enumerable.Range(0, Scrapers).Select(scraper => Task.Run(() => ScrapeAsync(cluster.Nodes[scraper % Nodes], stop.Token))).ToList();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(client))));
        await stop.CancelAsync();
        var scrapes = (await Task.WhenAll(scrapers)).Sum();
        var pages = await Task.WhenAll(cluster.Nodes.Select(ReadAsync));

        double Sum(string name, params (string, string)[] labels) => pages.Sum(page => page.Sum(name, labels));
        output.WriteLine($"{scrapes} scrapes; refused: {Sum("cubeactors_requests_refused_total")}");
        Assert.True(scrapes >= Scrapers * 3, $"{scrapes} scrapes");
        Assert.Equal(Writers * Appends * Nodes, Sum("cfs_dataNode_OpWrite_count"));
        Assert.Equal(Writers * Appends * Nodes, Sum("cfs_dataNode_OpWrite_hist_count"));
        Assert.Equal(Writers * Appends, Sum("cfs_dataNode_PrimaryBackUp_OpWrite_count"));
        Assert.Equal((double)Writers * Appends * Nodes * Bytes, Sum("cfs_dataNode_dataPartitionIOBytes", ("type", "write")));
        Assert.Equal(Writers * Appends * Nodes, Sum("cubeactors_request_phase_seconds_count", ("op", "OpWrite"), ("phase", "disk")));
        Assert.Equal(Writers * Appends, Sum("cubeactors_request_phase_seconds_count", ("op", "OpWrite"), ("phase", "followers")));
        Assert.True(Sum("cubeactors_request_phase_seconds_count", ("op", "OpRandomWrite"), ("phase", "raft")) >= Writers * Overwrites); // of the raft leader alone; who comes to lead may refuse one
        Assert.Equal(0, Sum("cubeactors_reply_mismatches_total"));
        Assert.True(Sum("cubeactors_telemetry_spans_dropped_total", ("reason", "queue_full")) > 0);
        Assert.Equal(0, Sum("cubeactors_telemetry_spans_exported_total"));
        foreach (var node in cluster.Nodes) Assert.Single(cluster.RunOf(node).Errors.Concat(cluster.RunOf(node).Output), line => line.Contains("Traces for", StringComparison.Ordinal));

        // A family may be there without a sample: nobody had to wait for a partition.
        var seen = pages.SelectMany(page => page.Families.Values).SelectMany(family => family.Type == "histogram" ? (string[])["_bucket", "_sum", "_count"] : [""], (family, suffix) => family.Name + suffix)
            .Append("up").Concat(Recorded()).ToHashSet();
        Assert.DoesNotContain(Expressions().SelectMany(expression => new PromQlNames(expression).Metrics).Select(metric => metric.Metric).Distinct(), name => !seen.Contains(name));
    }

    private static async Task WriteAsync(CubeClient client)
    {
        var extents = client.Extents(ClusterProcesses.Volume);
        using var appender = extents.OpenAppender();
        for (var i = 0; i < Appends; i++) await appender.AppendAsync(Content.Take(Bytes));
        await appender.CloseAsync();
        for (var i = 0; i < Overwrites; i++) await extents.OverwriteAsync(appender.Pieces[0], i * Bytes, Content.Take(Bytes));
    }

    /// <returns>Pages that were read.</returns>
    private static async Task<int> ScrapeAsync(NodePlace node, CancellationToken stop)
    {
        var before = await ReadAsync(node);
        var count = 1;
        for (; !stop.IsCancellationRequested; count++)
        {
            var now = await ReadAsync(node);
            Assert.Empty(before.FallenIn(now));
            before = now;
        }

        return count;
    }

    private static async Task<MetricPageRead> ReadAsync(NodePlace node) => MetricPageRead.Parse(await Http.GetStringAsync(new Uri($"http://{node.Probes}/metrics")));

    private static string Deploy => Path.GetFullPath(Path.Combine(Here(), "..", "..", "deploy"));

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    private static IEnumerable<string> Recorded() => Values("record");

    private static IEnumerable<string> Expressions() => Values("expr").Concat(Panels());

    private static IEnumerable<string> Values(string key) => Directory.GetFiles(Path.Combine(Deploy, "prometheus"), "cubeactors.*.yml").SelectMany(File.ReadLines)
        .Select(line => line.Trim().TrimStart('-').Trim()).Where(line => line.StartsWith($"{key}: ", StringComparison.Ordinal)).Select(line => line[(key.Length + 2)..]);

    private static IEnumerable<string> Panels() => File.ReadLines(Path.Combine(Deploy, "grafana", "cubeactors-datanode.json")).Select(line => line.Trim())
        .Where(line => line.StartsWith("\"expr\": ", StringComparison.Ordinal)).Select(line => System.Text.Json.JsonSerializer.Deserialize<string>(line["\"expr\": ".Length..].TrimEnd(','))!);
}
