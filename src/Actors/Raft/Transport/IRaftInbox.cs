using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Takes what other nodes send. Called by the loops that read the raft ports: it hands on and returns, waits for nothing and does no disk work.</summary>
/// <remarks>
/// Anything may come: unknown groups, members that are none, messages twice, late or out of order, a To that is not us. What is not wanted is
/// dropped without an answer. Calls for one connection are one after the other, those of several run at once.
/// </remarks>
internal interface IRaftInbox
{
    /// <summary>A message of a group, all but appends and heartbeats.</summary>
    void Deliver(in RaftMessage message);

    /// <summary>An append. Its entries follow each other from message.Index + 1.</summary>
    /// <param name="entries">Valid during the call. Their DataStart counts in the array of <paramref name="buffer"/>.</param>
    /// <param name="buffer">Whoever keeps an entry's bytes retains it, once or several times. It is shared with up to 128 KiB of other entries, which stay as long.</param>
    void DeliverAppend(in RaftMessage message, RaftEntries entries, BufferLease buffer);

    /// <summary>A heartbeat or the reply to one, for the node as a whole.</summary>
    /// <param name="groups">Valid during the call.</param>
    void DeliverHeartbeat(in RaftMessage message, HeartbeatGroups groups);

    /// <summary>A snapshot has arrived in full; it has no content.</summary>
    /// <returns>True: installed or not needed. False: an unknown group, busy with another one, or a newer term; the sender is told by a closed connection.</returns>
    Task<bool> InstallSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members);
}
