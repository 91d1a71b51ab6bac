using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace CubeActors.Restart;

/// <summary>What the operators' port tells beside the protocol. A CubeFS node has neither of the two.</summary>
internal sealed class OperatorWatch(IPEndPoint? prof) : IDisposable
{
    private const string ParkedCount = "cubeactors_parked_seconds_count";

    /// <summary>A CubeFS node answers the first question that there is no such path, and is left alone: a node that has it is not to pay for the answer.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Since the process began until /readyz says 200; null if it is not there, or does not within the limit.</summary>
    public async Task<TimeSpan?> ReadyAsync(long startedAt, TimeSpan limit, CancellationToken cancel)
    {
        if (prof is null) return null;
        while (Stopwatch.GetElapsedTime(startedAt) < limit && !cancel.IsCancellationRequested)
        {
            switch (await GetAsync("readyz"))
            {
                case (HttpStatusCode.OK, _): return Stopwatch.GetElapsedTime(startedAt);
                case (HttpStatusCode.NotFound, _): return null;
            }

            await Task.Delay(Pause, CancellationToken.None);
        }

        return null;
    }

    /// <summary>Requests that waited for a partition since the process began, by how that ended; null where the node does not count them.</summary>
    public async Task<IReadOnlyDictionary<string, long>?> ParkedAsync()
    {
        if (prof is null || await GetAsync("metrics") is not (HttpStatusCode.OK, var page)) return null;
        var sums = new Dictionary<string, long>();
        foreach (var line in page.Split('\n'))
        {
            if (!line.StartsWith(ParkedCount, StringComparison.Ordinal)) continue;
            var value = line[(line.LastIndexOf(' ') + 1)..];
            if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var count) || count == 0) continue;
            var outcome = Label(line, "outcome");
            sums[outcome] = sums.GetValueOrDefault(outcome) + (long)count;
        }

        return page.Contains("cubeactors_parked_requests", StringComparison.Ordinal) ? sums : null;
    }

    public void Dispose() => _http.Dispose();

    private static string Label(string line, string name)
    {
        var start = line.IndexOf($"{name}=\"", StringComparison.Ordinal);
        if (start < 0) return "all";
        start += name.Length + 2;
        return line[start..line.IndexOf('"', start)];
    }

    private async Task<(HttpStatusCode Code, string Body)?> GetAsync(string path)
    {
        try
        {
            using var reply = await _http.GetAsync(new Uri($"http://{prof}/{path}"));
            return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return null; // not there yet
        }
    }
}
