namespace CubeActors.Actors;

/// <summary>What a request on the data path goes through, in this order. No request goes through all of it.</summary>
public enum RequestPhase
{
    /// <summary>From its header to its last byte of data; waiting for a buffer is in it. Of requests with data.</summary>
    Receive,

    /// <summary>Until its work began: behind others of its connection and its disk, for a turn under limits, for its followers to be dialled, for a partition that loads.</summary>
    Queue,

    /// <summary>Its work on this replica's store; of a read, all its blocks that the disk was asked for.</summary>
    Disk,

    /// <summary>Of an overwrite: from its proposal until it is in the logs of a quorum and applied here.</summary>
    Raft,

    /// <summary>After this replica's own part: until the last follower had answered.</summary>
    Followers,

    /// <summary>From the outcome to its turn among the answers of its connection. Of a read: sending its blocks, and reading what the page cache holds.</summary>
    Reply,
}

/// <summary>The phases by the names that metrics and traces have.</summary>
public static class RequestPhaseNames
{
    private static readonly string[] Names = ["receive", "queue", "disk", "raft", "followers", "reply"];

    public static string Of(RequestPhase phase) => Names[(int)phase];
}

/// <summary>Moments of one request, in units of <see cref="TimeProvider.GetTimestamp"/>; 0 for what did not happen.</summary>
/// <param name="Begun">Its header was there, and its data was not.</param>
/// <param name="Received">It was complete.</param>
/// <param name="Started">Its work began: on an I/O thread, or in its raft group.</param>
/// <param name="DiskTicks">Of a read: time that the disk took, not a moment.</param>
/// <param name="LocalEnded">This replica's part was done.</param>
/// <param name="Decided">Followers or the raft group had decided it.</param>
/// <param name="Ended">Its answer was written, or a read's last block was sent.</param>
internal readonly record struct RequestMarks(long Begun, long Received, long Started, long DiskTicks, long LocalEnded, long Decided, long Ended)
{
    /// <summary>Ticks of one phase; null where the request did not go through it. Pure.</summary>
    public long? Of(RequestPhase phase, bool isRead, bool isOverwrite, bool hasFollowers)
    {
        var outcome = Math.Max(Received, Math.Max(LocalEnded, Decided));
        return phase switch
        {
            RequestPhase.Receive when Begun != 0 => Between(Begun, Received),
            RequestPhase.Queue when Started != 0 => Between(Received, Started),
            RequestPhase.Disk when isRead => Started == 0 ? null : DiskTicks,
            RequestPhase.Disk when !isOverwrite && Started != 0 && LocalEnded != 0 => Between(Started, LocalEnded),
            RequestPhase.Raft when isOverwrite && Started != 0 && Decided != 0 => Between(Started, Decided),
            RequestPhase.Followers when hasFollowers && LocalEnded != 0 => Between(LocalEnded, Decided), // they may have been quicker
            RequestPhase.Reply when isRead => Math.Max(0, Between(Received, Ended) - (Started == 0 ? 0 : Between(Received, Started)) - DiskTicks),
            RequestPhase.Reply => Between(outcome, Ended),
            _ => null,
        };
    }

    /// <summary>Never below 0: what did not happen is at 0.</summary>
    private static long Between(long from, long to) => Math.Max(0, to - from);
}
