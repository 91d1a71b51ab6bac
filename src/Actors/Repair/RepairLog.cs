using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>The log events of repair and of the comparison of tiny extents.</summary>
internal static class RepairLog
{
    public static void Started(ILoggingAdapter log, PartitionId partition, Guid operation, string kind, int extents, string sender) =>
        log.Info("Partition {0}: repair {1} of {2} {3} extents begins, by task of {4}", partition, operation, extents, kind, sender);

    public static void Progress(ILoggingAdapter log, PartitionId partition, Guid operation, int done, int extents, long bytes) =>
        log.Info("Partition {0}: repair {1}: {2} of {3} extents, {4} bytes fetched", partition, operation, done, extents, bytes);

    public static void Ended(ILoggingAdapter log, PartitionId partition, Guid operation, RepairSummary summary) =>
        log.Info("Partition {0}: repair {1} ended: {2}", partition, operation, summary);

    public static void EndedWithProblem(ILoggingAdapter log, PartitionId partition, Guid operation, RepairSummary summary) =>
        log.Warning("Partition {0}: repair {1} ended: {2}", partition, operation, summary);

    public static void Refused(ILoggingAdapter log, PartitionId partition, string sender, int extents, string reason) =>
        log.Warning("Partition {0}: {1} extents of a repair task of {2} were left out, the first because {3}", partition, extents, sender, reason);

    public static void Dropped(ILoggingAdapter log, PartitionId partition, string sender) =>
        log.Debug("Partition {0}: a repair task of {1} was dropped, one is under way", partition, sender);

    public static void RecordsFailed(ILoggingAdapter log, PartitionId partition, Guid operation, string why) =>
        log.Warning("Partition {0}: repair {1}: the log of tiny deletes was not brought level: {2}", partition, operation, why);

    public static void TinyVerified(ILoggingAdapter log, PartitionId partition, int available, int broken, string reason) =>
        log.Info("Partition {0}: tiny extents compared: {1} take writes, {2} do not{3}", partition, available, broken, reason.Length > 0 ? ": " + reason : "");

    public static void VerificationFailed(ILoggingAdapter log, PartitionId partition, string why) =>
        log.Warning("Partition {0}: its tiny extents could not be compared: {1}", partition, why);

    public static void Compared(ILoggingAdapter log, PartitionId partition, Guid operation, int extents, string lagging, int leftAlone, int deleted, string silent) => log.Info(
        "Partition {0}: cycle {1} compared {2} normal extents: {3}{4}{5}{6}", partition, operation, extents, lagging,
        leftAlone > 0 ? $"; {leftAlone} are left alone, being deleted or with data of snapshots" : "",
        deleted > 0 ? $"; {deleted} that differ were deleted here and are not fetched" : "",
        silent.Length > 0 ? $"; left out: {silent}" : "");

    public static void CompareFailed(ILoggingAdapter log, PartitionId partition, Guid operation, string why) =>
        log.Warning("Partition {0}: cycle {1}: its normal extents could not be compared: {2}", partition, operation, why);

    public static void ShareStarted(ILoggingAdapter log, PartitionId partition, Guid operation, string host, int extents, int missing, long bytes) =>
        log.Info("Partition {0}: cycle {1} has {2} repair {3} extents, {4} of them missing there, {5} bytes", partition, operation, host, extents, missing, bytes);

    public static void ShareProgress(ILoggingAdapter log, PartitionId partition, Guid operation, string host, int done, int extents, long bytes) =>
        log.Info("Partition {0}: cycle {1}: {2} has answered for {3} of {4} extents, {5} bytes", partition, operation, host, done, extents, bytes);

    public static void ShareEnded(ILoggingAdapter log, PartitionId partition, Guid operation, string host, int extents) =>
        log.Info("Partition {0}: cycle {1}: {2} has answered for all {3} extents", partition, operation, host, extents);

    public static void ShareFailed(ILoggingAdapter log, PartitionId partition, Guid operation, string host, int done, int extents, string why) =>
        log.Warning("Partition {0}: cycle {1}: {2} has answered for {3} of {4} extents, the rest waits for the next cycle: {5}", partition, operation, host, done, extents, why);

    public static void TooManyErrors(ILoggingAdapter log, PartitionId partition, ulong errors) => log.Error(
        "Partition {0}: {1} repairs of extents have failed since this replica began to be rebuilt, more than DpMaxRepairErrCnt of the cluster allows for. It goes on trying; "
        + "see the warnings before this for the reasons, and take the replica away if they stay", partition, errors);
}
