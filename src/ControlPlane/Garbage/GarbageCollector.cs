using System.Net;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>Deletes garbage from the data nodes as a metanode does, until every batch is acknowledged.</summary>
/// <remarks>
/// What is garbage lies with the cluster actor, durably; this one holds only what it is doing. A batch whose answer is lost is sent
/// again: deleting twice is the same as once. Back-off is by partition, so that one node that is down holds up no other.
/// </remarks>
internal sealed class GarbageCollector : ReceiveActor, IWithTimers
{
    /// <summary>Batches of different partitions at a time; deletes must not crowd out the clients. Our own number.</summary>
    private const int BatchesAtATimeMax = 4;

    private sealed record Resume(ulong PartitionId);
    private sealed record Overdue(ulong PartitionId);
    private sealed record Tick;
    private sealed record Remembered(ulong PartitionId);
    private sealed record BatchEnded(GarbageBatch Batch, string? Error);

    private readonly IActorRef _cluster;
    private readonly MasterOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ulong, SmuxExchange?> _busy = [];
    private readonly HashSet<ulong> _paused = [];
    private readonly Dictionary<ulong, TimeSpan> _pauses = []; // the last one of each partition that failed
    private readonly Dictionary<ulong, string> _told = [];
    private bool _asking;
    private bool _askAgain;

    public GarbageCollector(IActorRef cluster, MasterOptions options)
    {
        (_cluster, _options) = (cluster, options);
        Receive<GarbageAdded>(_ => AskNext());
        Receive<GarbageBatch>(Begin);
        Receive<NoGarbage>(_ => Answered());
        Receive<BatchEnded>(End);
        Receive<Overdue>(overdue => _busy.GetValueOrDefault(overdue.PartitionId)?.Dispose()); // the exchange fails, and is told of as such
        Receive<Tick>(_ => KeepAlive());
        Receive<Remembered>(remembered =>
        {
            _busy.Remove(remembered.PartitionId);
            AskNext();
        });
        Receive<Resume>(resume =>
        {
            _paused.Remove(resume.PartitionId);
            AskNext();
        });
        Receive<Status.Failure>(failure => throw new InvalidOperationException("the cluster did not remember what was deleted", failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(IActorRef cluster, MasterOptions options) => Props.Create(() => new GarbageCollector(cluster, options));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), TimeSpan.FromSeconds(1));
        AskNext();
    }

    protected override void PostStop()
    {
        foreach (var exchange in _busy.Values) exchange?.Dispose();
    }

    private void KeepAlive()
    {
        foreach (var exchange in _busy.Values)
            if (exchange is not null) _ = exchange.TickAsync(); // reports nothing: it fails together with the exchange
    }

    private void AskNext()
    {
        _askAgain = _asking;
        if (_asking || _busy.Count >= BatchesAtATimeMax) return;
        _asking = true;
        _cluster.Tell(new NextGarbage(_busy.Keys.Concat(_paused).ToHashSet()));
    }

    private void Answered()
    {
        _asking = false;
        if (_askAgain) AskNext();
    }

    private void Begin(GarbageBatch batch)
    {
        _asking = false;
        if (GarbageRules.TrySmuxEndPoint(batch.Hosts[0], out var endPoint))
        {
            var exchange = new SmuxExchange(_options.Network, endPoint, _options.ConnectTimeout, _options.Time);
            _busy[batch.PartitionId] = exchange;
            Timers.StartSingleTimer(batch.PartitionId, new Overdue(batch.PartitionId), _options.DeleteTimeout);
            DeleteAsync(exchange, batch, _options.DeleteTimeout).PipeTo(Self);
        }
        else
        {
            Fail(batch.PartitionId, $"{batch.Hosts[0]} has no smux port {SmuxSettings.PortShift} above its own");
        }

        AskNext();
    }

    private static async Task<BatchEnded> DeleteAsync(SmuxExchange exchange, GarbageBatch batch, TimeSpan limit)
    {
        try
        {
            var (header, arg, data) = GarbageRules.Request(batch, RequestIds.Next());
            var reply = await exchange.RunAsync(header, arg, data).ConfigureAwait(false);
            return new BatchEnded(batch, GarbageRules.Judge(header, reply));
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            return new BatchEnded(batch, e is OperationCanceledException or ObjectDisposedException ? $"no answer within {limit.TotalSeconds:0.#} s" : e.Message);
        }
    }

    private void End(BatchEnded ended)
    {
        var id = ended.Batch.PartitionId;
        Timers.Cancel(id);
        _busy[id]?.Dispose();
        if (ended.Error is { } error)
        {
            _busy.Remove(id);
            Fail(id, $"{ended.Batch.Hosts[0]}: {error}");
            AskNext();
            return;
        }

        _pauses.Remove(id);
        _told.Remove(id);
        _busy[id] = null; // busy until it is remembered, or the same batch would come again
        _cluster.Ask<Done>(new GarbageGone(id, [.. ended.Batch.Items.Select(item => item.Id)]), RememberTimeout)
            .PipeTo(Self, success: _ => new Remembered(id));
    }

    // Longer than the journal's own deadline: then the cluster actor stops, and this one with it.
    private static readonly TimeSpan RememberTimeout = TimeSpan.FromSeconds(60);

    private void Fail(ulong partition, string error)
    {
        var pause = GarbageRules.NextPause(_pauses.GetValueOrDefault(partition), _options);
        _pauses[partition] = pause;
        _paused.Add(partition);
        if (_told.GetValueOrDefault(partition) != error) _log.GarbageRefused(partition, error, pause);
        _told[partition] = error;
        _cluster.Tell(new GarbageFailed(partition, error));
        Timers.StartSingleTimer($"resume {partition}", new Resume(partition), pause);
    }
}
