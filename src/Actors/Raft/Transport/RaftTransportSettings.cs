namespace CubeActors.Actors;

/// <summary>Limits of the connections between raft members. Read and validated by Node; no default stands here.</summary>
/// <param name="QueueMessagesMax">Messages that wait for one connection; a further one is dropped and its sender told. CubeFS: 64 and 10,240.</param>
/// <param name="QueueBytesMax">Bytes that wait for one connection; one message that is longer is still taken by an empty queue.</param>
/// <param name="DirectBytes">Entries above this are sent from the buffer they lie in; shorter ones are copied together.</param>
/// <param name="FrameBytesMax">The longest frame to read, length field not counted. A Go leader sends up to 1 MiB and one entry.</param>
/// <param name="Dial">CubeFS: 2 s.</param>
/// <param name="WriteStall">A peer that takes nothing of one write for this long is given up. CubeFS: 2 s.</param>
/// <param name="ReceiveStall">A frame that began must be complete within this time; what has no end keeps its buffer.</param>
/// <param name="BufferWait">How long a frame waits for a buffer before its connection is closed.</param>
/// <param name="RedialMin">Pause after a connection was lost; it doubles with every failure. CubeFS: 50 ms.</param>
/// <param name="RedialMax">The pause grows up to this. A connection that stood longer makes the next pause a short one again.</param>
/// <param name="ConnectionsMax">Accepted connections, both ports together.</param>
/// <param name="SnapshotSendsMax">Snapshots on their way to others at once. CubeFS: 10.</param>
/// <param name="SnapshotBytesMax">Chunks of one snapshot in sum; data partitions send none.</param>
/// <param name="SnapshotRead">Longest wait for the next bytes of a snapshot stream. CubeFS: 1 min.</param>
/// <param name="SnapshotWrite">Longest write of a snapshot, and of the answer to one. CubeFS: 1 min and 15 s.</param>
/// <param name="SnapshotAnswer">How long a snapshot may take the receiver. CubeFS: 10 min.</param>
public sealed record RaftTransportSettings(
    int QueueMessagesMax, long QueueBytesMax, int DirectBytes, int FrameBytesMax, TimeSpan Dial, TimeSpan WriteStall, TimeSpan ReceiveStall, TimeSpan BufferWait,
    TimeSpan RedialMin, TimeSpan RedialMax, int ConnectionsMax, int SnapshotSendsMax, long SnapshotBytesMax, TimeSpan SnapshotRead, TimeSpan SnapshotWrite,
    TimeSpan SnapshotAnswer)
{
    /// <summary>A peer that was lost is told of only when it has been away for this long: one that restarts is back before.</summary>
    public TimeSpan LossToldAfter { get; init; }
}
