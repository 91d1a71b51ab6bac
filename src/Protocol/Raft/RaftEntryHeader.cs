namespace CubeActors.Protocol;

/// <summary>What a log entry is for.</summary>
public enum RaftEntryType : byte
{
    /// <summary>A command of the state machine; without data a leader's first entry.</summary>
    Normal = 0,
    /// <summary>A change of the members: a <see cref="MembershipChange"/>.</summary>
    Membership = 1,
}

/// <summary>The 17 bytes in front of an entry's data, on the wire and in the log alike.</summary>
/// <param name="DataBytes">Bytes of data behind it; not encoded here, the size that stands before an entry or a record counts it.</param>
public readonly record struct RaftEntryHeader(RaftEntryType Type, ulong Term, ulong Index, int DataBytes)
{
    public const int Bytes = 17;

    /// <summary>Header and data.</summary>
    public int EncodedBytes => Bytes + DataBytes;

    public LogPosition Position => new(Term, Index);
}
