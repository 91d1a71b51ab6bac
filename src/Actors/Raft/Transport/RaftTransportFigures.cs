namespace CubeActors.Actors;

/// <summary>What was sent since the start, over all connections.</summary>
/// <param name="Messages">Queued; those that were dropped afterwards are among them.</param>
/// <param name="Bytes">Of the messages queued, length fields included.</param>
/// <param name="QueuedBytes">Waiting now.</param>
/// <param name="DroppedQueueFull">For a queue at its limit.</param>
/// <param name="DroppedNoBuffer">For a spent budget.</param>
/// <param name="DroppedUnreachable">For a peer that had just failed.</param>
/// <param name="DroppedUnknownPeer">For a peer without an address.</param>
/// <param name="DroppedLost">Queued, and lost with the connection.</param>
/// <param name="Dials">Connections tried, snapshots not counted.</param>
/// <param name="DialsFailed">Of them.</param>
internal readonly record struct RaftSendFigures(
    long Messages, long Bytes, long QueuedBytes, long DroppedQueueFull, long DroppedNoBuffer, long DroppedUnreachable, long DroppedUnknownPeer, long DroppedLost,
    long Dials, long DialsFailed)
{
    public static RaftSendFigures operator +(RaftSendFigures left, RaftSendFigures right) => new(
        left.Messages + right.Messages, left.Bytes + right.Bytes, left.QueuedBytes + right.QueuedBytes, left.DroppedQueueFull + right.DroppedQueueFull,
        left.DroppedNoBuffer + right.DroppedNoBuffer, left.DroppedUnreachable + right.DroppedUnreachable, left.DroppedUnknownPeer + right.DroppedUnknownPeer,
        left.DroppedLost + right.DroppedLost, left.Dials + right.Dials, left.DialsFailed + right.DialsFailed);
}

/// <summary>What was received since the start, over all connections.</summary>
/// <param name="Messages">Handed to the inbox, snapshots included.</param>
/// <param name="Bytes">Received.</param>
/// <param name="Skipped">Empty frames and other versions.</param>
/// <param name="DroppedTypes">Frames of a type that nobody may send.</param>
/// <param name="Malformed">Connections closed for what they sent.</param>
/// <param name="Stalled">Connections closed for what they did not send.</param>
/// <param name="NoBuffer">Connections closed because the node's buffers were spent.</param>
/// <param name="Refused">Connections closed because there were too many.</param>
internal readonly record struct RaftReceiveFigures(
    long Messages, long Bytes, long Skipped, long DroppedTypes, long Malformed, long Stalled, long NoBuffer, long Refused)
{
    public static RaftReceiveFigures operator +(RaftReceiveFigures left, RaftReceiveFigures right) => new(
        left.Messages + right.Messages, left.Bytes + right.Bytes, left.Skipped + right.Skipped, left.DroppedTypes + right.DroppedTypes,
        left.Malformed + right.Malformed, left.Stalled + right.Stalled, left.NoBuffer + right.NoBuffer, left.Refused + right.Refused);
}
