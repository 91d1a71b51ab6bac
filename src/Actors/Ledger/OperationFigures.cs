namespace CubeActors.Actors;

/// <summary>Operations of a node in numbers. Counts since the start, unless they say now.</summary>
/// <param name="Kinds">All kinds, in their order.</param>
/// <param name="Alerts">All kinds of alerts, in their order.</param>
/// <param name="IsKept">What happens now is written to the file.</param>
/// <param name="Problem">Why it is not; empty if it is, and where nothing is to be kept.</param>
/// <param name="Ended">Entries of operations that have ended, now.</param>
public sealed record OperationFigures(
    IReadOnlyList<OperationKindFigures> Kinds, IReadOnlyList<OperationAlertFigures> Alerts, bool IsKept, string Problem, int Ended, long ProgressIgnored, long LateCalls, long Unrecorded,
    long WritesFailed)
{
    public static readonly OperationFigures None = new([], [], false, "", 0, 0, 0, 0, 0);
}

/// <param name="Open">Now.</param>
/// <param name="Nothing">Of those that are done: comparisons that found nothing.</param>
/// <param name="Seconds">That those took which are done, failed or were cancelled.</param>
/// <param name="Dropped">Did not begin because of another, and were answered as done.</param>
/// <param name="Waited">Waited for another one first.</param>
/// <param name="Refused">Did not begin because of another, and were refused.</param>
public sealed record OperationKindFigures(
    OperationKind Kind, int Open, long Begun, long Done, long Failed, long Cancelled, long Interrupted, long Nothing, double Seconds, long Dropped, long Waited, long Refused)
{
    /// <summary>It comes every few minutes, and mostly finds nothing.</summary>
    public bool IsComparison => OperationRules.Of(Kind).IsComparison;
}

/// <param name="Raised">Repeats included.</param>
/// <param name="Active">Now.</param>
public sealed record OperationAlertFigures(OperationAlertKind Kind, long Raised, int Active);
