namespace CubeActors.Protocol;

/// <summary>Where an entry stands in a raft log. Positions are ordered by term first: what counts as "more up to date" (Raft, 5.4.1).</summary>
/// <param name="Index">1 for the first entry ever; 0 before it.</param>
public readonly record struct LogPosition(ulong Term, ulong Index) : IComparable<LogPosition>
{
    public int CompareTo(LogPosition other) => Term != other.Term ? Term.CompareTo(other.Term) : Index.CompareTo(other.Index);
    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;
    public override string ToString() => $"{Term}/{Index}";
}

/// <summary>What a replica must never forget: its term, the vote it gave in it, and how far it knew the log to be committed.</summary>
/// <param name="Vote">0 for none.</param>
public readonly record struct HardState(ulong Term, NodeId Vote, ulong Commit);
