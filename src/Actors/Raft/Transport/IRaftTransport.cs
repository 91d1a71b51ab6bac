using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>What became of a message.</summary>
internal enum RaftSendResult
{
    /// <summary>It will be sent, in order with the others of its group, unless the connection is lost before.</summary>
    Queued,
    /// <summary>Dropped: the peer is slower than we send, or the node's buffers are spent.</summary>
    QueueFull,
    /// <summary>Dropped: the peer could not be reached a moment ago.</summary>
    Unreachable,
    /// <summary>Dropped: nobody has said where the peer is.</summary>
    UnknownPeer,
    /// <summary>Dropped: the node is stopping.</summary>
    Closed,
}

/// <summary>One entry to send: its header, and where its data lie.</summary>
/// <param name="Lease">Held by the caller during the call; the transport holds it itself where it needs it longer. Null for an entry without data.</param>
/// <param name="Start">Where the data begin in the lease's array.</param>
internal readonly record struct RaftPayload(RaftEntryHeader Header, BufferLease? Lease, int Start)
{
    public ReadOnlySpan<byte> Data => Lease is null ? default : Lease.Array.AsSpan(Start, Header.DataBytes);

    /// <summary>The data lie within the lease.</summary>
    public bool IsWhole => Lease is null ? Header.DataBytes == 0 : Header.DataBytes >= 0 && Start >= 0 && Start <= Lease.Array.Length - Header.DataBytes;
}

/// <summary>How a snapshot ended at the other side.</summary>
internal enum RaftSnapshotOutcome
{
    /// <summary>Installed, or not needed.</summary>
    Accepted,
    /// <summary>The peer closed the connection or said no.</summary>
    Refused,
    /// <summary>Not answered in time.</summary>
    TimedOut,
    /// <summary>The peer is not there.</summary>
    Unreachable,
    /// <summary>Not even tried: as many as allowed are under way.</summary>
    Busy,
    /// <summary>The node is stopping.</summary>
    Closed,
}

/// <summary>Sends raft messages to other nodes. Thread-safe; nothing here ever blocks or waits for a peer.</summary>
/// <remarks>
/// Messages of one group to one peer share a connection and arrive on it in the order they were sent. Where it is lost, messages are lost,
/// none arrives twice, and what the peer had not read of it may reach its groups after the first messages of the next connection. The peer
/// is the message's To.
/// </remarks>
internal interface IRaftTransport
{
    /// <summary>Sends a message that has neither entries nor groups.</summary>
    RaftSendResult Send(in RaftMessage message);

    /// <summary>Sends an append.</summary>
    /// <param name="entries">Consecutive, from message.Index + 1.</param>
    RaftSendResult SendAppend(in RaftMessage message, ReadOnlySpan<RaftPayload> entries);

    /// <summary>Sends a heartbeat or the reply to one.</summary>
    /// <param name="ascending">Strictly ascending ids; copied.</param>
    RaftSendResult SendHeartbeat(in RaftMessage message, ReadOnlySpan<PartitionId> ascending);

    /// <summary>Sends a snapshot without content, as data partitions do, on a connection of its own. The task never fails.</summary>
    Task<RaftSnapshotOutcome> SendSnapshotAsync(RaftMessage message, LogPosition at, IReadOnlyList<NodeId> members);
}
