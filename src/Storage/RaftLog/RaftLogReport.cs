using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>Signs that this replica has forgotten what it may have promised.</summary>
[Flags]
public enum RaftLogLoss
{
    None = 0,
    /// <summary>The log ends before the entry that it knew to be committed.</summary>
    BehindCommit = 1,
    /// <summary>The log ends before what was applied from it.</summary>
    BehindApplied = 2,
    /// <summary>The log ended before its own truncation point, and is empty now.</summary>
    BehindTruncation = 4,
    /// <summary>Intact entries behind a gap or a broken record were cut off.</summary>
    Cut = 8,
    /// <summary>META had an older term than the last entry: a vote may be forgotten.</summary>
    HardState = 16,
    /// <summary>The caller says so, or an earlier start found a loss; the replica has not caught up with a leader since.</summary>
    NotCaughtUp = 32,
}

/// <summary>What opening a log found: what a raft core boots from, and what it must not trust.</summary>
/// <param name="HardState">
/// The term is at least that of the last entry, with no vote if it had to be raised; the commit index lies in [truncation point, last].
/// </param>
/// <param name="Truncated">The last position removed from the front, 0/0 if none was.</param>
/// <param name="Last">The last position: that of the last entry, or <paramref name="Truncated"/> without entries.</param>
/// <param name="Terms">Runs of the entries behind the truncation point.</param>
/// <param name="Applied">Up to where the state machine counts as applied: APPLY, moved into [truncation point, last].</param>
/// <param name="Loss">
/// Not None: the replica neither votes nor campaigns until a leader has sent it entries up to <paramref name="KnownIndex"/> at least.
/// </param>
/// <param name="KnownIndex">The highest index that is known to have been committed, applied or written, whether the log still has it or not.</param>
/// <param name="Notes">What was healed or ignored, as sentences for an operator.</param>
public sealed record RaftLogReport(HardState HardState, LogPosition Truncated, LogPosition Last, IReadOnlyList<TermRun> Terms, ulong Applied,
    RaftLogLoss Loss, ulong KnownIndex, IReadOnlyList<string> Notes);
