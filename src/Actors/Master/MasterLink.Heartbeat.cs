using Akka.Actor;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

// Heartbeats: what they order holds at once, what they ask is posted as soon as it is true.
internal sealed partial class MasterLink
{
    private sealed record LookAgain;

    private sealed record ReportOverdue;

    private sealed record Posted(Exception? Problem);

    /// <summary>Reports under way at a time: a master that takes long over one must not keep the next from another master.</summary>
    private const int PostsMax = 4;

    /// <summary>How often it is looked whether enough is loaded for a report.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(200);

    private IActorRef _loads = ActorRefs.Nobody;
    private AdminTask? _held; // waits for the disks; a later heartbeat takes its place, a master keeps one at a time
    private AdminTask? _next; // waits for a post to end
    private bool _reports; // enough was loaded once, or took too long
    private int _posts;
    private long _postsFailed; // in a row

    private void Obey(Heartbeat heartbeat)
    {
        _parts.Board.HeartbeatAt = _parts.Time.GetUtcNow();
        var request = heartbeat.Request;
        LearnPeerPorts(request.RaftPartitionCanUsingDifferentPortEnabled);
        _gate.Volumes = HeartbeatOrders.Volumes(request);
        _gate.Disks = HeartbeatOrders.Disks(request, _gate.Disks);
        Context.Parent.Tell(new DisksDecommissioned([.. _gate.Disks.Decommissioned]));
        if (_reports || IsSettled())
        {
            _reports = true;
            Report(heartbeat.Task);
            return;
        }

        if (_held is null)
        {
            Timers.StartPeriodicTimer(nameof(LookAgain), new LookAgain(), LookPeriod, LookPeriod);
            Timers.StartSingleTimer(nameof(ReportOverdue), new ReportOverdue(), _settings.MasterLink.ReportPatience);
        }

        _held = heartbeat.Task;
    }

    /// <summary>Every configured disk is on the board: a report without one would make the master forget it.</summary>
    private bool IsSettled() =>
        _settings.Disks.All(disk => _parts.Board.Disk(disk.Path) is not null) && ReportReadiness.IsSettled(_parts.Board.Disks, _settings.MasterLink.ReportShare);

    private void ReportIfSettled()
    {
        if (IsSettled()) ReportAnyway();
    }

    private void ReportAnyway()
    {
        Timers.Cancel(nameof(LookAgain));
        Timers.Cancel(nameof(ReportOverdue));
        _reports = true;
        if (_held is not { } held) return;
        _held = null;
        Report(held);
    }

    private void Report(AdminTask task)
    {
        if (_posts == PostsMax)
        {
            _next = task;
            return;
        }

        _posts++;
        var board = _parts.Board;
        var report = HeartbeatReport.Build(
            board.Disks, board.Partitions, _settings.Identity.ZoneName, _startedAt, _gate.Volumes, board.CpuPercent, _gate.ReportsOperations ? board.Operations : null);
        _parts.Masters.PostTaskResponseAsync(task.Answered(report, MasterJson.Default.DataNodeHeartbeatResponse), _stopping.Token)
            .PipeTo(Self, success: () => new Posted(null), failure: cause => new Posted(cause));
    }

    private void PostEnded(Posted posted)
    {
        _posts--;
        // The master sends the task again; an answer to a task that has passed is of no use.
        if (posted.Problem is { } problem) Log.MasterCallFailed(_log, "A report could not be delivered, the next heartbeat brings another one", problem.Message, isFirst: _postsFailed == 0);
        _postsFailed = posted.Problem is null ? 0 : _postsFailed + 1;
        if (posted.Problem is null) _parts.Board.MasterAnsweredAt = _parts.Time.GetUtcNow();
        if (_next is not { } next) return;
        _next = null;
        Report(next);
    }
}
