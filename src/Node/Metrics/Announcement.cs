using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Tells somebody outside something again and again. A failure is logged once, and once more when it is over.</summary>
/// <param name="What">For the log: what is told whom.</param>
/// <param name="Period">From one success to the next time.</param>
/// <param name="Request">Makes the request; null while there is nothing to tell yet.</param>
internal sealed record Announcement(string What, TimeSpan Period, Func<HttpRequestMessage?> Request);

/// <summary>Carries out one <see cref="Announcement"/> until it is disposed.</summary>
internal sealed class Announcer : IAsyncDisposable
{
    /// <summary>How often is looked whether there is something to tell, and how soon a failure is tried again.</summary>
    internal static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>Source: CubeFS util/exporter/exporter.go autoPush, 10 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Characters of a refusal that are logged.</summary>
    private const int WordsMax = 300;

    private readonly Announcement _announcement;
    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private bool _failed;

    /// <param name="client">Owned from now on.</param>
    public Announcer(Announcement announcement, HttpClient client, TimeProvider time, ILogger log)
    {
        (_announcement, _client, _time, _log) = (announcement, client, time, log);
        _running = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield(); // the caller does not wait for the first answer
        while (!_stopping.IsCancellationRequested)
        {
            var pause = await TellAsync() ? _announcement.Period : Soon < _announcement.Period ? Soon : _announcement.Period;
            await Task.Delay(pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>False if it is to be tried again soon.</returns>
    private async Task<bool> TellAsync()
    {
        try
        {
            using var request = _announcement.Request();
            if (request is null) return false;
            using var limit = new CancellationTokenSource(Patience, _time);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
            using var reply = await _client.SendAsync(request, cancel.Token).ConfigureAwait(false);
            if (!reply.IsSuccessStatusCode) return Failed(Refusal((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(cancel.Token).ConfigureAwait(false)));
            if (_failed) _log.Information("{What}: succeeded again", _announcement.What);
            _failed = false;
            return true;
        }
        catch (OperationCanceledException)
        {
            return !_stopping.IsCancellationRequested && Failed($"no answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            return Failed(failure.Message);
        }
        catch (Exception broken)
        {
            // Our own mistake: told each time, and no reason to stop telling.
            _log.Error(broken, "{What}: the request could not be made", _announcement.What);
            return false;
        }
    }

    /// <summary>One line: what was refused, and why in the words of whoever did.</summary>
    internal static string Refusal(int status, string body)
    {
        var words = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length == 0 ? $"status {status}" : $"status {status}, {(words.Length > WordsMax ? $"{words.AsSpan(0, WordsMax)}..." : words)}";
    }

    private bool Failed(string why)
    {
        if (!_failed) _log.Warning("{What}: {Why}. It is tried again until it succeeds; only that is told", _announcement.What, why);
        _failed = true;
        return false;
    }
}
