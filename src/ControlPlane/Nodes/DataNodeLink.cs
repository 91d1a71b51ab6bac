using System.Net;
using Akka.Actor;
using Akka.Event;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane;

/// <summary>A task for one node, answered by one <see cref="TaskEnded"/>.</summary>
internal sealed record RunTask(AdminTask Task);

/// <param name="Error">Why the task failed, for people; null if the node answered Ok.</param>
/// <param name="Text">What the node answered with Ok.</param>
internal sealed record TaskEnded(string Address, AdminTask Task, string? Error, string Text);

/// <summary>The node has posted its report.</summary>
internal sealed record HeartbeatAnswered(string TaskId);

/// <summary>The node has just registered: it waits for its first heartbeat.</summary>
internal sealed record NodeRegistered;

/// <summary>Talks to one data node: heartbeats on one connection, all other tasks on a second, each one request at a time.</summary>
/// <remarks>
/// Two connections, because a node may take 30 s for a task and is inactive after 18 s without a report. A heartbeat is sent again until
/// its report is posted, at most <see cref="MasterOptions.SendsMax"/> times; the acknowledgement itself says nothing.
/// </remarks>
internal sealed class DataNodeLink : ReceiveActor, IWithTimers
{
    /// <summary>Tasks that may wait for a slow node; above it they fail at once and their senders come again.</summary>
    private const int QueuedTasksMax = 4096;

    private sealed record Tick;
    private sealed record Overdue(Lane Lane);
    private sealed record Exchanged(Lane Lane, AdminTask Task, PacketReply? Reply, string? Error);

    private enum Lane { Heartbeat, Tasks }

    private readonly string _address;
    private readonly string _master;
    private readonly MasterOptions _options;
    private readonly AdminConnection _heartbeats;
    private readonly AdminConnection _tasks;
    private readonly Queue<(AdminTask Task, IActorRef Asker)> _queue = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private (AdminTask Task, IActorRef Asker)? _running;
    private AdminTask? _heartbeat;
    private bool _heartbeatOnTheWay;
    private DateTimeOffset _heartbeatMade = DateTimeOffset.MinValue;
    private DateTimeOffset _heartbeatSent = DateTimeOffset.MinValue;
    private string? _lastError;

    public DataNodeLink(string address, IPEndPoint endPoint, string master, MasterOptions options)
    {
        (_address, _master, _options) = (address, master, options);
        _heartbeats = new AdminConnection(options.Network, endPoint, options.ConnectTimeout);
        _tasks = new AdminConnection(options.Network, endPoint, options.ConnectTimeout);
        Receive<RunTask>(Enqueue);
        Receive<HeartbeatAnswered>(answered => Forget(answered.TaskId));
        Receive<NodeRegistered>(_ => Restarted());
        Receive<Tick>(_ => Beat());
        Receive<Overdue>(overdue => ConnectionOf(overdue.Lane).Abort()); // the exchange fails, and is told of as such
        Receive<Exchanged>(exchanged => exchanged.Lane == Lane.Heartbeat, Acknowledged);
        Receive<Exchanged>(Ended);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(string address, IPEndPoint endPoint, string master, MasterOptions options) =>
        Props.Create(() => new DataNodeLink(address, endPoint, master, options));

    protected override void PreStart()
    {
        // The queue of CubeFS's master looks every 2 s; a third of the period is the same.
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), _options.HeartbeatPeriod / 3);
        Beat();
    }

    protected override void PostStop()
    {
        _heartbeats.Dispose();
        _tasks.Dispose();
    }

    private AdminConnection ConnectionOf(Lane lane) => lane == Lane.Heartbeat ? _heartbeats : _tasks;

    private void Restarted()
    {
        _heartbeat = null; // what it was asked before, it has forgotten
        _heartbeatMade = DateTimeOffset.MinValue;
        Beat();
    }

    private void Forget(string taskId)
    {
        if (_heartbeat?.Id == taskId) _heartbeat = null;
    }

    private void Beat()
    {
        var now = _options.Time.GetUtcNow();
        if (_heartbeat is { } old && old.SendCount >= _options.SendsMax && now - _heartbeatSent > _options.ResendAfter) _heartbeat = null;
        if (_heartbeat is null && now - _heartbeatMade >= _options.HeartbeatPeriod)
        {
            _heartbeat = NewHeartbeat(now);
            _heartbeatMade = now;
            _heartbeatSent = DateTimeOffset.MinValue;
        }

        if (_heartbeat is not { } task || _heartbeatOnTheWay || task.SendCount >= _options.SendsMax || now - _heartbeatSent <= _options.ResendAfter) return;
        _heartbeat = task with { SendTime = now.ToUnixTimeSeconds(), SendCount = (byte)(task.SendCount + 1) };
        _heartbeatSent = now;
        _heartbeatOnTheWay = true;
        // The count on the wire is that of the sends before this one, as CubeFS's master sends it.
        Exchange(Lane.Heartbeat, _heartbeat with { SendCount = task.SendCount }, _options.AcknowledgeTimeout);
    }

    private AdminTask NewHeartbeat(DateTimeOffset now)
    {
        var request = new DataNodeHeartbeatRequest
        {
            CurrTime = now.ToUnixTimeSeconds(),
            MasterAddr = _master,
            DpBackupTimeout = "168h0m0s", // source: CubeFS master/config.go, a week
        };
        return AdminTask.For(
            Opcode.DataNodeHeartbeat, _address, default, now.ToUnixTimeSeconds(), Guid.NewGuid().ToString(), request, MasterJson.Default.DataNodeHeartbeatRequest);
    }

    private void Acknowledged(Exchanged exchanged)
    {
        Timers.Cancel(Lane.Heartbeat);
        _heartbeatOnTheWay = false;
        Note(exchanged.Error);
    }

    private void Enqueue(RunTask run)
    {
        if (_queue.Count >= QueuedTasksMax)
        {
            Sender.Tell(new TaskEnded(_address, run.Task, $"{QueuedTasksMax} tasks are waiting for this node", ""));
            return;
        }

        _queue.Enqueue((run.Task, Sender));
        RunNext();
    }

    private void RunNext()
    {
        if (_running is not null || !_queue.TryDequeue(out var next)) return;
        _running = next;
        Exchange(Lane.Tasks, next.Task with { SendTime = _options.Time.GetUtcNow().ToUnixTimeSeconds() }, _options.TaskTimeout);
    }

    private void Ended(Exchanged exchanged)
    {
        Timers.Cancel(Lane.Tasks);
        Invariant.Check(_running is not null, "a task that ends was running");
        var (task, asker) = _running.Value;
        _running = null;
        asker.Tell(Outcome(task, exchanged));
        Note(exchanged.Error);
        // A node that does not answer one task would let each of the others wait as long again.
        if (exchanged.Error is { } error)
            while (_queue.TryDequeue(out var waiting)) waiting.Asker.Tell(new TaskEnded(_address, waiting.Task, error, ""));
        RunNext();
    }

    private TaskEnded Outcome(AdminTask task, Exchanged exchanged) =>
        exchanged.Reply is not { } reply ? new TaskEnded(_address, task, exchanged.Error, "")
        : reply.Result == ResultCode.Ok ? new TaskEnded(_address, task, null, reply.Text)
        : new TaskEnded(_address, task, $"result code[{(byte)reply.Result}],msg[{reply.Text}]", "");

    private void Exchange(Lane lane, AdminTask task, TimeSpan limit)
    {
        Timers.StartSingleTimer(lane, new Overdue(lane), limit);
        ExchangeAsync(lane, task, limit).PipeTo(Self);
    }

    private async Task<Exchanged> ExchangeAsync(Lane lane, AdminTask task, TimeSpan limit)
    {
        try
        {
            var reply = await ConnectionOf(lane).ExchangeAsync(AdminPacket.Build(task, RequestIds.Next())).ConfigureAwait(false);
            return new Exchanged(lane, task, reply, null);
        }
        catch (Exception e) when (ConnectionLoss.Is(e))
        {
            var why = e is OperationCanceledException or ObjectDisposedException ? $"no answer within {limit.TotalSeconds:0.#} s" : e.Message;
            return new Exchanged(lane, task, null, why);
        }
    }

    // Changes only: an unreachable node would else fill the log.
    private void Note(string? error)
    {
        if (error == _lastError) return;
        if (error is not null) _log.NodeDoesNotTakeTasks(_address, error);
        else _log.NodeTakesTasksAgain(_address);
        _lastError = error;
    }
}
