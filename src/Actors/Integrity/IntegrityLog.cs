using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The log events of comparison and scrubbing: one line a block that was found to be wrong, one a pass.</summary>
internal static class IntegrityLog
{
    /// <param name="isExpected">It is no damage: a wrong CRC on a disk whose stored CRCs are hints.</param>
    public static void Found(ILoggingAdapter log, IntegrityFinding finding, bool isExpected)
    {
        const string Text = "Partition {0}: extent {1}, block {2} (disk {3}): {4}; other replicas: {5}";
        object[] args = [finding.Partition, finding.Extent, finding.Block, finding.Disk, finding.Text, finding.Peers.Count == 0 ? "none" : string.Join(", ", finding.Peers)];
        if (finding.Kind == IntegrityFindingKind.Reported) log.Error(Text, args);
        else if (isExpected) log.Info(Text, args);
        else log.Warning(Text, args);
    }

    public static void Settled(ILoggingAdapter log, BlockPlace place, string why) =>
        log.Info("Partition {0}: extent {1}, block {2}: nothing is to be done: {3}", place.Partition, place.Extent, place.Block, why);

    public static void PassEnded(ILoggingAdapter log, string disk, int partitions, TimeSpan took) =>
        log.Info("Disk {0}: scrubbed as a whole, {1} partitions in {2}", disk, partitions, took);

    public static void PassFailed(ILoggingAdapter log, string disk, string why) => log.Warning("Disk {0}: scrubbing stopped and is tried again later: {1}", disk, why);

    public static void Slow(ILoggingAdapter log, string disk, long bytes, long rate, TimeSpan needs, TimeSpan period) => log.Warning(
        "Disk {0}: {1} bytes are used, which takes a scrubber {3} at {2} bytes/s, longer than cubeactors.integrity.pass-period ({4}); raise cubeactors.integrity.scrub-rate or the period",
        disk, bytes, rate, needs, period);

    public static void Skipped(ILoggingAdapter log, PartitionId partition, string why) => log.Debug("Partition {0}: not scrubbed now: {1}", partition, why);
}
