using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Tells somebody outside something again and again. A failure is logged once, and once more when it is over.</summary>
/// <param name="What">For the log: what is told whom.</param>
/// <param name="Period">From one success to the next time.</param>
/// <param name="Request">Makes the request; null while there is nothing to tell yet.</param>
internal sealed record Announcement(string What, TimeSpan Period, Func<HttpRequestMessage?> Request)
{
    /// <summary>Reads the answer.</summary>
    public JudgeReply Judge { get; init; } = Teller.Judge;
}

/// <summary>Carries out one <see cref="Announcement"/> until it is disposed.</summary>
internal sealed class Announcer : IAsyncDisposable
{
    /// <summary>How often is looked whether there is something to tell, and how soon a failure is tried again.</summary>
    internal static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly Announcement _announcement;
    private readonly Teller _teller;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BackgroundWork _work;

    /// <param name="client">Owned from now on.</param>
    /// <param name="tally">Counts what is told.</param>
    public Announcer(Announcement announcement, HttpClient client, TimeProvider time, ILogger log, TargetTally tally)
    {
        (_announcement, _time, _log) = (announcement, time, log);
        _teller = new Teller(announcement.What, client, time, log, tally, announcement.Judge);
        _work = BackgroundWork.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _work.DisposeAsync();
        _teller.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield(); // the caller does not wait for the first answer
        while (!stop.IsCancellationRequested)
        {
            var pause = await TellAsync(stop) ? _announcement.Period : Soon < _announcement.Period ? Soon : _announcement.Period;
            await Task.Delay(pause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>False if it is to be tried again soon.</returns>
    private async Task<bool> TellAsync(CancellationToken stop)
    {
        try
        {
            using var request = _announcement.Request();
            if (request is null) return false;
            return (await _teller.TellAsync(request, stop).ConfigureAwait(false)).Outcome == Told.Taken;
        }
        catch (Exception broken)
        {
            // Our own mistake: told each time, and no reason to stop telling.
            _log.Error(broken, "{What}: the request could not be made", _announcement.What);
            return false;
        }
    }
}
