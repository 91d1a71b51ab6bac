using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>What became of a request.</summary>
internal enum Told
{
    Taken,

    /// <summary>It was answered, and the same request would be refused again.</summary>
    Refused,

    /// <summary>Later it may be taken.</summary>
    Failed,

    /// <summary>Whoever asked wanted it to end.</summary>
    Stopped,
}

/// <summary>Makes out of an answer what it means; <paramref name="why"/> is for the log, where it was not taken.</summary>
internal delegate Told JudgeReply(HttpResponseMessage reply, byte[] body, out string why);

/// <summary>Sends requests to one target outside, one after the other. A failure is logged once, and once more when it is over; all are counted.</summary>
/// <param name="what">For the log: what is told whom.</param>
/// <param name="client">Owned from now on.</param>
internal sealed class Teller(string what, HttpClient client, TimeProvider time, ILogger log, TargetTally tally, JudgeReply judge) : IDisposable
{
    /// <summary>Source: CubeFS util/exporter/exporter.go autoPush, 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Characters of a refusal that are logged.</summary>
    private const int WordsMax = 300;

    /// <summary>The last request was not taken.</summary>
    public bool IsFailing { get; private set; }

    public void Dispose() => client.Dispose();

    /// <param name="request">Makes the request.</param>
    /// <returns>What became of it, and the body of the answer.</returns>
    public async Task<(Told Outcome, byte[] Body)> TellAsync(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience, time);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            using var reply = await client.SendAsync(request, cancel.Token).ConfigureAwait(false);
            var body = await reply.Content.ReadAsByteArrayAsync(cancel.Token).ConfigureAwait(false);
            var outcome = judge(reply, body, out var why);
            return (outcome == Told.Taken ? Succeeded() : Failed(outcome, why), body);
        }
        catch (OperationCanceledException)
        {
            return (stop.IsCancellationRequested ? Told.Stopped : Failed(Told.Failed, $"no answer within {Patience.TotalSeconds:0} s"), []);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return (Failed(Told.Failed, failure.Message), []); // a connection may also break in the middle of an answer
        }
    }

    /// <summary>By the status alone. Source of what may be tried again: OTLP specification 1.x, "Failures"; for gateways and consul every failure is tried again.</summary>
    public static Told Judge(HttpResponseMessage reply, byte[] body, out string why)
    {
        why = "";
        if (reply.IsSuccessStatusCode) return Told.Taken;
        var status = (int)reply.StatusCode;
        why = Refusal(status, System.Text.Encoding.UTF8.GetString(body));
        return status is 408 or 429 or >= 500 ? Told.Failed : Told.Refused;
    }

    /// <summary>One line: what was refused, and why in the words of whoever did.</summary>
    internal static string Refusal(int status, string body)
    {
        var words = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length == 0 ? $"status {status}" : $"status {status}, {(words.Length > WordsMax ? $"{words.AsSpan(0, WordsMax)}..." : words)}";
    }

    private Told Succeeded()
    {
        tally.Count(succeeded: true);
        if (IsFailing) log.Information("{What}: succeeded again", what);
        IsFailing = false;
        return Told.Taken;
    }

    private Told Failed(Told outcome, string why)
    {
        tally.Count(succeeded: false);
        if (!IsFailing) log.Warning("{What}: {Why}. It is tried again until it succeeds; only that is told", what, why);
        IsFailing = true;
        return outcome;
    }
}
