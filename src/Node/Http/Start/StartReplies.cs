using System.Globalization;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>How far a start is. Pure: status, timeline and time in, reply out.</summary>
internal static class StartReplies
{
    public static StartReply Describe(NodeStatus status, StartTimeline timeline, DateTimeOffset now)
    {
        var loading = LoadingTime(status, now);
        return new StartReply(
            status.Phase.ToString(), timeline.IsOver, Rfc3339(timeline.ProcessStart), Phases(status, timeline, now), Seconds(Left(status, now)),
            status.Phase is NodePhase.Binding or NodePhase.Loading ? status.NotReady : null,
            status.Partitions.CountBy(partition => partition.State.ToString()).ToDictionary(), Stages(status), timeline.StageSeconds(),
            [.. status.Disks.Select(disk => new StartDisk(
                disk.Path, disk.State.ToString(), Math.Max(0, disk.PartitionsFound), disk.PartitionsSettled, Progress(disk), Seconds(LoadEstimate.OfDisk(disk, loading)),
                disk.Reason.Length > 0 ? disk.Reason : null))],
            timeline.Slowest(status, now));
    }

    /// <summary>Phases so far, from the start of the process on, each with its time.</summary>
    public static IReadOnlyList<PhaseTime> Phases(NodeStatus status, StartTimeline timeline, DateTimeOffset now)
    {
        var marks = new List<(string Name, DateTimeOffset At)> { ("Process", timeline.ProcessStart) };
        if (timeline.PortsBound is { } bound) marks.Add(("Ports", bound)); // they listen; the actors are being made
        marks.AddRange(status.Phases.Select(phase => (phase.Phase.ToString(), phase.At)));
        return [.. marks.Select((mark, i) => new PhaseTime(
            mark.Name, Rfc3339(mark.At), Math.Round(Math.Max(0, ((i + 1 < marks.Count ? marks[i + 1].At : now) - mark.At).TotalSeconds), 3), i + 1 < marks.Count))];
    }

    /// <summary>The rest of the loading; null outside it, and while it is not known.</summary>
    public static TimeSpan? Left(NodeStatus status, DateTimeOffset now) => status.Phase == NodePhase.Loading ? LoadEstimate.Of(status.Disks, LoadingTime(status, now)) : null;

    /// <summary>Replicas that are being loaded, by stage.</summary>
    public static IReadOnlyDictionary<string, int> Stages(NodeStatus status) =>
        status.Partitions.Where(partition => partition.State is PartitionState.Loading or PartitionState.Serving).CountBy(partition => partition.Stage).OrderBy(stage => stage.Key)
            .ToDictionary(stage => stage.Key.ToString(), stage => stage.Value);

    public static double? Seconds(TimeSpan? time) => time is { } some ? Math.Round(some.TotalSeconds, 1) : null;

    public static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture);

    private static TimeSpan LoadingTime(NodeStatus status, DateTimeOffset now) =>
        status.Phases.FirstOrDefault(phase => phase.Phase == NodePhase.Loading) is { } loading ? now - loading.At : TimeSpan.Zero;

    private static double Progress(DiskFigures disk) => disk switch
    {
        { State: DiskState.Ready } => 1,
        { PartitionsFound: > 0 } => Math.Round((double)disk.PartitionsSettled / disk.PartitionsFound, 3),
        _ => 0,
    };
}
