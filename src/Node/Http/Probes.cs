using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What the probes answer. Pure: status and time in, code and reply out.</summary>
/// <remarks>
/// livez says that the process runs: a supervisor restarts on its failure, so nothing that a restart does not cure may fail it.
/// startupz and readyz say that the node serves; healthyz (spelt like this in CubeFS) is readyz under its old name.
/// </remarks>
internal static class Probes
{
    private const int Ok = 200, ServiceUnavailable = 503;

    public static (int Code, ProbeReply Reply) Live(DateTimeOffset now) => (Ok, new ProbeReply("livez", "service is running", StartReplies.Rfc3339(now)));

    /// <summary>200 from the first time that the node was ready on, also while it drains: it says that the start is over.</summary>
    public static (int Code, ProbeReply Reply) Started(NodeStatus status, StartTimeline timeline, DateTimeOffset now, bool verbose) => timeline.IsOver
        ? (Ok, Describe(status, "started", "service has started", timeline, now, verbose))
        : status.Phase == NodePhase.Ready ? Ready(status, timeline, drain: null, now, verbose)
        : (ServiceUnavailable, Describe(status, "not ready", "service is not ready", timeline, now, verbose) with
        {
            Reasons = status.NotReady,
            Phases = StartReplies.Phases(status, timeline, now), // of a start one always wants to know how far it is
            Progress = Progress(status),
        });

    /// <param name="drain">Of the node; null while it is being made.</param>
    public static (int Code, ProbeReply Reply) Ready(NodeStatus status, StartTimeline timeline, DrainStatus? drain, DateTimeOffset now, bool verbose) => status.Phase == NodePhase.Ready
        ? (Ok, Describe(status, "ready", "service is ready", timeline, now, verbose))
        : (ServiceUnavailable, Describe(status, "not ready", "service is not ready", timeline, now, verbose) with { Reasons = status.NotReady, Drain = ProbeDrain.Of(drain) });

    /// <summary>What readiness is made of, each by a name that scripts can rely on.</summary>
    public static IReadOnlyList<ProbeCheck> Checks(NodeStatus status)
    {
        var checks = new List<ProbeCheck>
        {
            new("ports", status.Phase != NodePhase.Binding, status.Phase == NodePhase.Binding ? "not bound yet" : null),
            new("registration", status.NodeId != 0, status.NodeId == 0 ? "no master has answered yet" : null),
        };
        foreach (var disk in status.Disks)
        {
            var isSettled = disk.State is DiskState.Ready or DiskState.Unavailable; // one that cannot be used keeps nobody waiting
            checks.Add(new ProbeCheck(
                $"disk {disk.Path}", isSettled,
                disk.Reason.Length > 0 ? disk.Reason : isSettled ? null : disk.PartitionsFound < 0 ? "its directory is being listed" : $"{disk.PartitionsSettled} of {disk.PartitionsFound} partitions are settled"));
        }

        var loading = status.Phase is NodePhase.Binding or NodePhase.Loading ? status.Partitions.Count(partition => partition.State == PartitionState.Loading) : 0;
        checks.Add(new ProbeCheck("partitions", loading == 0, loading == 0 ? null : $"{loading} are being loaded"));
        var isStopping = status.Phase is NodePhase.Draining or NodePhase.Stopped;
        checks.Add(new ProbeCheck("not stopping", !isStopping, isStopping ? string.Join("; ", status.NotReady) : null));
        return checks;
    }

    private static ProbeReply Describe(NodeStatus status, string word, string message, StartTimeline timeline, DateTimeOffset now, bool verbose) => verbose
        ? new ProbeReply(word, message, StartReplies.Rfc3339(now), status.Phase.ToString())
        {
            Disks = [.. status.Disks.Select(disk => new ProbeDisk(disk.Path, disk.Total, disk.Available, disk.State.ToString(), disk.Reason.Length == 0 ? null : disk.Reason))],
            Partitions = status.Partitions.CountBy(partition => partition.State.ToString()).ToDictionary(),
            Stages = StartReplies.Stages(status),
            Checks = Checks(status),
            Phases = StartReplies.Phases(status, timeline, now),
            LeftSeconds = StartReplies.Seconds(StartReplies.Left(status, now)),
        }
        : new ProbeReply(word, message, StartReplies.Rfc3339(now), status.Phase.ToString()) { LeftSeconds = StartReplies.Seconds(StartReplies.Left(status, now)) };

    /// <summary>Settled partitions of those found, 0 to 1; null until every disk has been listed.</summary>
    private static double? Progress(NodeStatus status)
    {
        var found = 0L;
        var settled = 0L;
        foreach (var disk in status.Disks)
        {
            if (disk.State == DiskState.Opening) return null;
            found += Math.Max(0, disk.PartitionsFound);
            settled += disk.PartitionsSettled;
        }

        return status.Disks.Count == 0 ? null : found == 0 ? 1 : Math.Round((double)settled / found, 3);
    }
}
