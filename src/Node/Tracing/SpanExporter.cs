using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Sends the spans of a queue to an OTLP endpoint, batch after batch, until it is disposed; then what is left, once and quickly.</summary>
/// <remarks>A batch that is not taken is tried again a few times, while the queue fills and then drops: nothing here holds up the node, and memory is bounded by the queue.</remarks>
internal sealed class SpanExporter : IAsyncDisposable
{
    /// <summary>Of one batch, a pause of <see cref="Announcer.Soon"/> between them: an endpoint may be restarted without a loss.</summary>
    internal const int TriesMax = 5;

    /// <summary>What a stop waits for the last spans at most.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly TelemetrySettings _settings;
    private readonly SpanQueue _queue;
    private readonly Func<OtlpResource> _resource;
    private readonly Teller _teller;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BackgroundWork _work;
    private IReadOnlyList<Span> _unsent = []; // taken from the queue, and interrupted by the stop

    /// <param name="resource">Asked with each batch.</param>
    /// <param name="teller">Owned from now on.</param>
    public SpanExporter(TelemetrySettings settings, SpanQueue queue, Func<OtlpResource> resource, Teller teller, TimeProvider time, ILogger log)
    {
        (_settings, _queue, _resource, _teller, _time, _log) = (settings, queue, resource, teller, time, log);
        _work = BackgroundWork.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _work.DisposeAsync();
        _teller.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield(); // the caller does not wait for it
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(_settings.Period, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await SendAllAsync(TriesMax, stop).ConfigureAwait(false);
            }

            if (_teller.IsFailing) return; // nobody is there to hear them
            using var limit = new CancellationTokenSource(LastWords, _time);
            await SendAllAsync(1, limit.Token).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            _log.Error(broken, "Traces for {Endpoint}: they are sent no more", _settings.Endpoint); // our own mistake; the queue drops from now on
        }
    }

    private async Task SendAllAsync(int tries, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var batch = _unsent.Count > 0 ? _unsent : _queue.Take(_settings.BatchMax);
            _unsent = [];
            if (batch.Count == 0) return;
            await SendAsync(batch, tries, stop).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(IReadOnlyList<Span> batch, int tries, CancellationToken stop)
    {
        var message = OtlpTraces.Write(_resource(), batch);
        while (true)
        {
            using var request = OtlpRequest.Traces(_settings, message);
            var (outcome, body) = await _teller.TellAsync(request, stop).ConfigureAwait(false);
            switch (outcome)
            {
                case Told.Taken:
                    var rejected = OtlpRequest.Rejected(_settings, body, batch.Count);
                    _queue.Tally.Taken(batch.Count - rejected, rejected);
                    return;
                case Told.Refused:
                    _queue.Tally.Refused(batch.Count);
                    return;
                case Told.Stopped:
                    _unsent = batch;
                    return;
                case Told.Failed when --tries == 0:
                    _queue.Tally.Unreachable(batch.Count);
                    return;
            }

            await Task.Delay(Announcer.Soon, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
