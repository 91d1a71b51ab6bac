using CubeActors.Actors;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>Says in the log when raft groups are without leader, or members silent, for longer than the configuration allows.</summary>
internal sealed class RaftAlarms : IAsyncDisposable
{
    /// <summary>Short against the thresholds, which are seconds at the least, and cheap: it reads what the groups have published.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>When a switch fails, thousands of groups are silent at once: one line names the first.</summary>
    private const int NamedMax = 20;

    private readonly RaftSilence _silence;
    private readonly Func<NodeStatus> _status;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BackgroundWork _work;

    public RaftAlarms(RaftAlarmSettings settings, Func<NodeStatus> status, TimeProvider time, ILogger log)
    {
        (_silence, _status, _time, _log) = (new RaftSilence(settings), status, time, log);
        _work = BackgroundWork.Every(Period, time, Look);
    }

    public ValueTask DisposeAsync() => _work.DisposeAsync();

    private void Look()
    {
        var groups = _status().Partitions.Where(partition => partition.State == PartitionState.Serving)
            .Select(partition => (partition.Id, Status: partition.Raft())).Where(group => group.Status is not null).Select(group => (group.Id, group.Status!));
        var found = _silence.Look(groups, _time.GetElapsedTime(0));
        if (found.Leaderless.Count > 0)
        {
            _log.Error(
                "{Count} raft groups have had no leader for {Time} and longer: {Partitions:l}", found.Leaderless.Count, found.Leaderless.Min(group => group.For),
                Few(found.Leaderless.Select(group => $"{group.Partition.Value}")));
        }

        if (found.Silent.Count > 0)
        {
            _log.Error(
                "{Count} members of raft groups led here have answered nothing for {Time} and longer: {Members:l}", found.Silent.Count, found.Silent.Min(member => member.For),
                Few(found.Silent.Select(member => $"node {member.Member.Value} of {member.Partition.Value}")));
        }
    }

    private static string Few(IEnumerable<string> names)
    {
        var named = names.Take(NamedMax + 1).ToList();
        return string.Join(", ", named.Take(NamedMax)) + (named.Count > NamedMax ? ", ..." : "");
    }
}
