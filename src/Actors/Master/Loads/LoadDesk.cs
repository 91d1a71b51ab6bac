using Akka.Actor;
using Akka.Event;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Answers tasks 0x62: lists a partition's extents with their CRCs and posts the list. A few at a time, behind everything else that the disks do.</summary>
internal sealed class LoadDesk : ReportingActor
{
    /// <summary>A task whose packet has been acknowledged.</summary>
    public sealed record Load(AdminTask Task, PartitionId Partition);

    private sealed record Built(PartitionId Partition, IReadOnlyList<ExtentSnapshot>? Extents, string Problem);

    private sealed record Posted(Exception? Problem);

    /// <summary>Lists that are made at a time: a master asks for one a volume every five seconds.</summary>
    private const int BuildsMax = 2;

    /// <summary>Tasks that may wait; a master sends what is dropped again.</summary>
    private const int WaitingMax = 1024;

    /// <summary>Lists that are kept for whoever asks again.</summary>
    private const int KeptMax = 16;

    /// <summary>How old a list may be. Source: CubeFS datanode/partition.go, snapshot interval of 5 minutes.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(5);

    /// <summary>How long CRCs are computed for one list. The master waits two minutes for all replicas; what is not done stays 0 and is not compared. Source: CubeFS master, loadDataPartition.</summary>
    private static readonly TimeSpan ComputeMax = TimeSpan.FromSeconds(60);

    private readonly PartitionGates _gates;
    private readonly NodeBoard _board;
    private readonly MasterClient _masters;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly IOperationLog _operations;
    private readonly Dictionary<PartitionId, AdminTask> _open = []; // being made or waiting; the task that came last is answered
    private readonly Dictionary<PartitionId, OperationHandle> _handles = []; // of those whose list is not kept yet
    private readonly Queue<PartitionId> _waiting = new();
    private readonly Dictionary<PartitionId, (long At, IReadOnlyList<ExtentSnapshot> Extents)> _kept = [];
    private int _builds;

    public LoadDesk(PartitionGates gates, NodeBoard board, MasterClient masters, TimeProvider time, IOperationLog operations)
    {
        (_gates, _board, _masters, _time, _operations) = (gates, board, masters, time, operations);
        Receive<Load>(Take);
        Receive<Built>(Answer);
        Receive<Posted>(posted =>
        {
            if (posted.Problem is { } problem) Log.MasterCallFailed(_log, "A list of extents could not be delivered, the master asks again", problem.Message);
        });
    }

    public static Props PropsFor(PartitionGates gates, NodeBoard board, MasterClient masters, TimeProvider time, IOperationLog operations) =>
        Props.Create(() => new LoadDesk(gates, board, masters, time, operations));

    protected override ActorState Describe() => Say("loads", _builds > 0 ? "listing" : "idle", ("being listed", _builds), ("waiting", _waiting.Count), ("lists kept", _kept.Count));

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        foreach (var handle in _handles.Values) handle.Cancelled("the node is stopping");
    }

    private void Take(Load load)
    {
        if (!_open.TryAdd(load.Partition, load.Task))
        {
            _open[load.Partition] = load.Task; // the same task again: one list answers both
            _operations.Excluded(OperationKind.LoadCheck, OperationConflicts.Of(OperationKind.LoadCheck, OperationKind.LoadCheck));
            return;
        }

        if (_kept.TryGetValue(load.Partition, out var kept) && _time.GetElapsedTime(kept.At) < KeptFor && _gates.Find(load.Partition) is not null)
        {
            Answer(load.Partition, kept.Extents, "");
            return;
        }

        if (_waiting.Count >= WaitingMax)
        {
            _open.Remove(load.Partition);
            Log.TaskRefused(_log, Opcode.LoadDataPartition, $"{WaitingMax} others wait already");
            return;
        }

        _handles[load.Partition] = _operations.Accept(OperationKind.LoadCheck, _operations.NewId(), load.Partition, null, load.Task.OperatorAddr, "lists its extents for a master's comparison");
        _waiting.Enqueue(load.Partition);
        BuildNext();
    }

    private void BuildNext()
    {
        while (_builds < BuildsMax && _waiting.TryDequeue(out var partition))
        {
            _builds++;
            if (_handles.TryGetValue(partition, out var handle)) handle.Start();
            BuildAsync(partition, _gates.Find(partition), _time, _stopping.Token).PipeTo(Self, failure: cause => new Built(partition, null, cause.Message));
        }
    }

    private void Answer(Built built)
    {
        _builds--;
        if (built.Extents is { } extents) Keep(built.Partition, extents);
        Answer(built.Partition, built.Extents, built.Problem);
        BuildNext();
    }

    private void Keep(PartitionId partition, IReadOnlyList<ExtentSnapshot> extents)
    {
        _kept[partition] = (_time.GetTimestamp(), extents);
        if (_kept.Count > KeptMax) _kept.Remove(_kept.MinBy(kept => kept.Value.At).Key);
    }

    private void Answer(PartitionId partition, IReadOnlyList<ExtentSnapshot>? extents, string problem)
    {
        if (_handles.Remove(partition, out var handle))
        {
            if (extents is null) handle.Fail(problem);
            else handle.Finish("");
        }

        if (!_open.Remove(partition, out var task)) return;
        var figures = _board.Partition(partition);
        var response = new LoadDataPartitionResponse
        {
            PartitionId = partition,
            Used = (ulong)(figures?.Used ?? 0),
            PartitionSnapshot = extents ?? [],
            Status = (byte)(extents is null ? AdminTaskStatus.Failed : AdminTaskStatus.Succeeded),
            PartitionStatus = figures is not null && _board.Disk(figures.DiskPath) is { } disk ? HeartbeatReport.StatusOf(figures, disk) : 0,
            Result = problem,
        };
        _masters.PostTaskResponseAsync(task.Answered(response, MasterJson.Default.LoadDataPartitionResponse), _stopping.Token)
            .PipeTo(Self, success: () => new Posted(null), failure: cause => new Posted(cause));
    }

    /// <summary>One extent a work item, so that clients and the close of the partition wait for one at most.</summary>
    private static async Task<Built> BuildAsync(PartitionId partition, PartitionGate? gate, TimeProvider time, CancellationToken cancel)
    {
        if (gate is null) return new Built(partition, null, $"{ErrorTexts.PartitionMissing} {partition}");
        var closed = new Built(partition, null, $"partition {partition} is being closed");
        var started = time.GetTimestamp();
        long Now() => time.GetUtcNow().ToUnixTimeSeconds();

        var lacking = await Inside(gate, () => ExtentSnapshots.WithoutCrc(gate.Store.List(), Now())).ConfigureAwait(false);
        if (lacking is null) return closed;
        foreach (var extent in lacking)
        {
            cancel.ThrowIfCancellationRequested();
            if (time.GetElapsedTime(started) >= ComputeMax) break;
            // An extent that has gone or changed meanwhile keeps what it has: the list says what is there when it is made.
            if (await Inside(gate, () => (object)gate.Store.RefreshExtentCrc(extent, gate.Machine.Applied, out _)).ConfigureAwait(false) is null) return closed;
        }

        return await Inside(gate, () => ExtentSnapshots.Of(gate.Store.List(), Now())).ConfigureAwait(false) is { } extents ? new Built(partition, extents, "") : closed;
    }

    /// <returns>Null if the partition is closing.</returns>
    private static async Task<T?> Inside<T>(PartitionGate gate, Func<T> work) where T : class
    {
        if (!gate.TryEnter()) return null;
        try
        {
            return await gate.Disk.RunAsync(work, IoClass.Repair).ConfigureAwait(false);
        }
        catch (DiskFaultException fault)
        {
            gate.Owner.Tell(new PartitionActor.DiskFaulted(fault), ActorRefs.NoSender);
            throw;
        }
        finally
        {
            gate.Exit();
        }
    }
}
