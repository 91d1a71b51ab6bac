using System.Globalization;

namespace CubeActors.Decommission;

/// <summary>What one round did.</summary>
/// <param name="From">The node whose replicas were moved away.</param>
/// <param name="AddedFirst">The order: see <see cref="MoveOrder"/>.</param>
/// <param name="Moved">From the first order to the last answer.</param>
/// <param name="Level">From there until all replicas were equal.</param>
/// <param name="Extents">Normal extents that the new replicas held when they were reported as filled; <paramref name="Bytes"/> is their sum.</param>
/// <param name="Retries">Orders that were refused or lost and given again.</param>
/// <param name="Killed">Who, when and for how long; one entry a kill.</param>
/// <param name="WaitedFor">What was not level yet when it was looked at last; empty if all was at once.</param>
public sealed record RoundReport(
    int Round, string From, string To, bool AddedFirst, TimeSpan Moved, TimeSpan Level, TimeSpan Filled, int Extents, long Bytes, int Retries, long Deletes, long DeleteRetries, long Appends,
    long AppendsRefused, long TinyWrites, IReadOnlyList<string> Killed, string WaitedFor)
{
    /// <summary>Longer is worth a word of what it was for: most often a node that was killed late and starts on a busy machine.</summary>
    private static readonly TimeSpan LongLevel = TimeSpan.FromSeconds(5);

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"round {Round,3}  {From} -> {To} {(AddedFirst ? "add first   " : "remove first")}  moved {Moved.TotalSeconds,5:0.0} s (filled {Filled.TotalSeconds:0.0} s: {Extents} extents, {Bytes / 1048576.0:0.0} MiB), level {Level.TotalSeconds,4:0.0} s"
        + $"  appends {Appends} (+{AppendsRefused} refused), tiny {TinyWrites}, deletes {Deletes} (+{DeleteRetries} again), orders again {Retries}  killed: {(Killed.Count == 0 ? "nobody" : string.Join("; ", Killed))}{(Level > LongLevel ? $"  last behind: {WaitedFor}" : "")}");
}

/// <summary>What a trial came to.</summary>
/// <param name="Violation">Null: nothing happened that must not.</param>
/// <param name="Directory">Of the nodes, with disks and logs; gone if nothing is wrong and it was not to be kept.</param>
/// <param name="Answers">Results other than OK that clients met, and how often.</param>
/// <param name="ReusedIds">Ids of deleted extents that were given out again.</param>
public sealed record TrialReport(
    IReadOnlyList<RoundReport> Rounds, string? Violation, string Directory, IReadOnlyList<KeyValuePair<string, long>> Answers, int ReusedIds, int ErrorLines, bool IsInterrupted);
