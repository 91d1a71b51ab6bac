using System.Globalization;
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

    public static (int Code, ProbeReply Reply) Live(DateTimeOffset now) => (Ok, new ProbeReply("livez", "service is running", Rfc3339(now)));

    /// <summary>200 from the first time that the node was ready on, also while it drains: it says that the start is over.</summary>
    public static (int Code, ProbeReply Reply) Started(NodeStatus status, bool wasReady, DateTimeOffset now, bool verbose) =>
        wasReady ? (Ok, Describe(status, "started", "service has started", now, verbose)) : Ready(status, now, verbose);

    public static (int Code, ProbeReply Reply) Ready(NodeStatus status, DateTimeOffset now, bool verbose) => status.Phase == NodePhase.Ready
        ? (Ok, Describe(status, "ready", "service is ready", now, verbose))
        : (ServiceUnavailable, Describe(status, "not ready", "service is not ready", now, verbose) with { Reasons = status.NotReady });

    private static ProbeReply Describe(NodeStatus status, string word, string message, DateTimeOffset now, bool verbose) => verbose
        ? new ProbeReply(
            word, message, Rfc3339(now), status.Phase.ToString(), null,
            [.. status.Disks.Select(disk => new ProbeDisk(disk.Path, disk.Total, disk.Available, disk.State.ToString(), disk.Reason.Length == 0 ? null : disk.Reason))],
            status.Partitions.CountBy(partition => partition.State.ToString()).ToDictionary())
        : new ProbeReply(word, message, Rfc3339(now), status.Phase.ToString());

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture);
}
