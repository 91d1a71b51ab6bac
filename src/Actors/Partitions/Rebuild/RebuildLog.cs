using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The log events of replicas that are being filled.</summary>
internal static class RebuildLog
{
    public static void Begins(ILoggingAdapter log, PartitionId partition, bool isResumed) =>
        log.Info("Partition {0} is being filled by repair{1}; it joins its raft group when it is complete", partition, isResumed ? ", which goes on where it was" : "");

    public static void Waits(ILoggingAdapter log, PartitionId partition, RebuildSizes sizes, string reason) =>
        log.Info("Partition {0}: {1:p2} filled, {2} of {3} bytes; waiting: {4}", partition, sizes.Share, sizes.Own, sizes.Target, reason);

    public static void Complete(ILoggingAdapter log, PartitionId partition, RebuildSizes sizes) =>
        log.Info("Partition {0}: the copy is complete and synced, {1} bytes compared with {2}; the replica joins its raft group", partition, sizes.Own, sizes.Source);

    public static void Joined(ILoggingAdapter log, PartitionId partition, ulong applied) =>
        log.Info("Partition {0}: the new replica takes part in its raft group and has applied up to {1}", partition, applied);
}
