using Akka.Event;
using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Every log event of this room: one fact each, said once, where it is handled.</summary>
internal static class Log
{
    public static void AcceptFailed(ILoggingAdapter log, string key, string why) => log.Warning("Accepting connections failed ({0}), trying again: {1}", key, why);

    public static void PortsBound(ILoggingAdapter log, object data, object smux) => log.Info("Listening: data {0}, smux {1}", data, smux);

    public static void PhaseChanged(ILoggingAdapter log, NodePhase phase, string details) => log.Info("Node is {0}{1}", phase, details.Length > 0 ? ": " + details : "");

    public static void DiskOpened(ILoggingAdapter log, string path, int partitions) => log.Info("Disk {0}: {1} partitions found", path, partitions);

    public static void DiskNote(ILoggingAdapter log, string path, string note) => log.Warning("Disk {0}: {1}", path, note);

    public static void DiskReady(ILoggingAdapter log, string path, int partitions) => log.Info("Disk {0}: ready, {1} partitions settled", path, partitions);

    public static void DiskUnavailable(ILoggingAdapter log, string path, string why) => log.Error("Disk {0} is unavailable: {1}", path, why);

    public static void PartitionServing(ILoggingAdapter log, PartitionId partition, string volume, int extents) =>
        log.Info("Partition {0} of volume {1} serves, {2} extents", partition, volume, extents);

    public static void PartitionUnavailable(ILoggingAdapter log, PartitionId partition, string why) => log.Error("Partition {0} is unavailable: {1}", partition, why);

    public static void PartitionDamaged(ILoggingAdapter log, string problem) => log.Error("A partition is damaged and is not served: {0}", problem);

    public static void CopyJoins(ILoggingAdapter log, PartitionId partition, ulong index) =>
        log.Info("Partition {0}: its raft log begins behind entry {1}, which its copy holds", partition, index);

    public static void PartitionNote(ILoggingAdapter log, PartitionId partition, string note) => log.Warning("Partition {0}: {1}", partition, note);

    public static void PartitionDeleted(ILoggingAdapter log, PartitionId partition) => log.Info("Partition {0} was deleted by order of the master", partition);

    public static void Registered(ILoggingAdapter log, NodeId id, string address, string cluster) => log.Info("Registered as node {0} ({1}) in cluster {2}", id, address, cluster);

    public static void MasterFailed(ILoggingAdapter log, string what, string why, TimeSpan pause) => log.Warning("{0}: {1} Trying again in {2:0.#} s", what, why, pause.TotalSeconds);

    /// <param name="isFirst">In a row: masters come and go, and what is done again soon deserves a warning only if it fails again.</param>
    public static void MasterCallFailed(ILoggingAdapter log, string what, string why, bool isFirst = false)
    {
        if (isFirst) log.Info("{0}: {1}", what, why);
        else log.Warning("{0}: {1}", what, why);
    }

    public static void Recalled(ILoggingAdapter log, NodeId id, string address, string cluster) =>
        log.Info("This is node {0} ({1}) of cluster {2}, as far as it knows; a master will confirm it", id, address, cluster);

    public static void RecordVoid(ILoggingAdapter log, NodeId id, string address) =>
        log.Warning("The record of an earlier run, node {0} at {1}, has another address or other raft ports than the configuration; it is not used", id, address);

    public static void OtherCluster(ILoggingAdapter log, string before, string now) =>
        log.Warning("The cluster in which this node was last registered, {0}, is called {1} now; its uuid is the same", before, now);

    public static void RaftDirectoryHangs(ILoggingAdapter log, string directory, TimeSpan waited) =>
        log.Warning("raftDir {0} has not answered for {1:0.#} s; the registration waits for it, because which cluster this node belongs to stands there", directory, waited.TotalSeconds);

    public static void IdentityChanged(ILoggingAdapter log, NodeId before, NodeId now) =>
        log.Warning("The masters know this node as {1} and no longer as {0}; its replicas leave the raft groups they joined under that id", before, now);

    /// <param name="events">Packets from there that this line stands for.</param>
    public static void UnexpectedSource(ILoggingAdapter log, in PacketHeader header, string source, string expected, bool isRefused, long events) => log.Warning(
        "{0} for partition {1} came from {2}, and is sent by {3} only; it was {4}{5} (cubeactors.admin-source-check)", OperationNames.Of(header.Opcode), header.Partition, source, expected,
        isRefused ? "refused" : "served all the same", events == 1 ? "" : $"; {events} such packets since the last line about it");

    public static void TaskRefused(ILoggingAdapter log, Opcode opcode, string why) => log.Warning("Task {0} of the master was refused: {1}", opcode, why);

    public static void LeadershipRefused(ILoggingAdapter log, string why) => log.Info("An order to lead was refused: {0}", why);

    public static void Malformed(ILoggingAdapter log, Caller caller, string what) => log.Warning("Connection from {0} closed: {1}", caller, what);

    public static void Stalled(ILoggingAdapter log, Caller caller, string what) => log.Warning("Connection with {0} closed: {1}", caller, what);

    public static void Refused(ILoggingAdapter log, string remote, string why) => log.Warning("Connection from {0} refused: {1}", remote, why);

    public static void ReplyMismatch(ILoggingAdapter log, ReplyMismatch mismatch) => log.Error(
        "Reply mismatch from {0} ({1}): expected {2}, received {3}; the connection was closed", mismatch.Peer, ReplyDoubtNames.Of(mismatch.Doubts), mismatch.Expected, mismatch.Received);

    public static void RaftPeerReached(ILoggingAdapter log, NodeId peer, string link) => log.Info("Raft: node {0} is reached ({1})", peer, link);

    public static void RaftPeerLost(ILoggingAdapter log, NodeId peer, string link, string why) => log.Warning("Raft: node {0} is not reached ({1}): {2}", peer, link, why);

    public static void DiskFault(ILoggingAdapter log, PartitionId partition, string what) => log.Error("Disk fault under partition {0}: {1}", partition, what);

    public static void Broken(ILoggingAdapter log, string where, Exception e) => log.Error(e, "Internal error in {0}", where);

    public static void LeadershipGivenUp(ILoggingAdapter log, PartitionId partition, LeaderHindrance hindrance, NodeId successor) => log.Warning(
        "Partition {0}: this replica led and cannot serve ({1}), so it leads no more; {2}", partition,
        hindrance == LeaderHindrance.LogStalled ? "a write of its raft log does not end" : "committed entries wait to be applied and none is",
        successor.Value == 0 ? "no other member is known to hold all of the log" : $"member {successor} is asked to lead");

    public static void DrainBegun(ILoggingAdapter log, int groups) => log.Info("Draining: {0} raft groups with other members are led here and are handed over", groups);

    public static void DrainEnded(ILoggingAdapter log, int handedOver, int kept, string why) =>
        log.Info("Drained: {0} raft groups handed over, {1} still led here{2}", handedOver, kept, why.Length == 0 ? "" : $" ({why})");

    public static void DrainCancelled(ILoggingAdapter log) => log.Info("The drain was taken back: this node may lead again");

    public static void LeaderChanged(ILoggingAdapter log, PartitionId partition, Raft.RaftRole role, NodeId leader, ulong term) =>
        log.Info("Partition {0}: {1} in term {2}, the leader is {3}", partition, role, term, leader.Value == 0 ? "not known" : leader);
}
