using Akka.Event;

namespace CubeActors.ControlPlane;

/// <summary>Every text that the master logs. Info: a state changed. Warning: we coped. Error: someone must act.</summary>
internal static class Log
{
    public static void Recovered(this ILoggingAdapter log, ClusterState state) =>
        log.Info("Recovered cluster {0}: {1} nodes, {2} volumes, {3} data partitions", state.Cluster?.Name, state.Nodes.Count, state.Volumes.Count, state.Partitions.Count);

    public static void NodeRegistered(this ILoggingAdapter log, string address, ulong id) => log.Info("Data node {0} registered with id {1}", address, id);

    public static void NodeActive(this ILoggingAdapter log, string address) => log.Info("Data node {0} is active", address);

    public static void NodeInactive(this ILoggingAdapter log, string address, TimeSpan liveness) =>
        log.Warning("Data node {0} is inactive: no report for {1} s", address, liveness.TotalSeconds);

    public static void NodeDoesNotTakeTasks(this ILoggingAdapter log, string address, string reason) =>
        log.Warning("Data node {0} cannot be told its tasks: {1}", address, reason);

    public static void NodeTakesTasksAgain(this ILoggingAdapter log, string address) => log.Info("Data node {0} takes tasks again", address);

    public static void ReportRefused(this ILoggingAdapter log, string address, string reason) =>
        log.Warning("A report of data node {0} is dropped: {1}", address, reason);

    public static void VolumeOrdered(this ILoggingAdapter log, string volume, int partitions) =>
        log.Info("Volume {0} is being created with {1} data partitions", volume, partitions);

    public static void VolumeReady(this ILoggingAdapter log, string volume) => log.Info("Volume {0} is ready", volume);

    public static void VolumeDropped(this ILoggingAdapter log, string volume, string reason) => log.Info("Volume {0} is deleted: {1}", volume, reason);

    public static void PartitionFailed(this ILoggingAdapter log, ulong partition, string volume, string reason) =>
        log.Warning("Data partition {0} of volume {1} could not be created: {2}", partition, volume, reason);

    public static void PartitionStatusChanged(this ILoggingAdapter log, ulong partition, string volume, sbyte status) =>
        log.Info("Data partition {0} of volume {1} has status {2}", partition, volume, status);

    public static void PutExpired(this ILoggingAdapter log, ulong put, string volume, string name) =>
        log.Warning("Put {0} of {1}/{2} was not renewed in time: its extents are deleted", put, volume, name);

    public static void GarbageRefused(this ILoggingAdapter log, ulong partition, string reason, TimeSpan pause) =>
        log.Warning("Garbage of data partition {0} could not be deleted: {1}. Tried again in {2} s", partition, reason, pause.TotalSeconds);

    public static void SnapshotFailed(this ILoggingAdapter log, Exception cause) =>
        log.Error(cause, "The master's snapshot was not stored: the next start takes longer, and the state file grows");

    public static void StatusOfRequests(this ILoggingAdapter log, Exception cause) => log.Error(cause, "A request to the master failed");
}
