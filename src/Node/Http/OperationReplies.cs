using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Some operations, and whether they are kept over a restart.</summary>
/// <param name="Kept">What happens now is written to the ledger's file.</param>
/// <param name="Problem">Why it is not; empty if it is, or while there is no file yet.</param>
internal sealed record OperationList(bool Kept, string Problem, IReadOnlyList<OperationView> Operations)
{
    public static OperationList Of(IOperationLedger ledger, OperationFilter filter, DateTimeOffset now)
    {
        var figures = ledger.Figures;
        return new OperationList(figures.IsKept, figures.Problem, [.. ledger.List(filter).Select(entry => OperationView.Of(entry, now))]);
    }
}

/// <summary>An operation as operators see it.</summary>
/// <param name="Partition">Null where it is not about one; and so on.</param>
/// <param name="MovedAt">When it last got on.</param>
/// <param name="Seconds">From its start to its end, or to now; 0 while it waits.</param>
/// <param name="Result">What came of it, or why it ended or waits.</param>
/// <param name="Resumes">The id that an earlier process, or an earlier life of its replica, knew it by.</param>
internal sealed record OperationView(
    Guid Id, string Kind, string State, ulong? Partition, string? Disk, string? Peer, string Detail, DateTimeOffset AcceptedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    DateTimeOffset MovedAt, double Seconds, ProgressView? Progress, string Result, Guid? Resumes, int Runs, bool IsStalled, bool CanCancel)
{
    public static OperationView Of(OperationEntry entry, DateTimeOffset now) => new(
        entry.Id, entry.Kind.ToString(), entry.State.ToString(), entry.Partition?.Value, entry.Disk, entry.Peer, entry.Detail, entry.AcceptedAt, entry.StartedAt, entry.EndedAt, entry.MovedAt,
        entry.StartedAt is { } started ? Math.Round(Math.Max(0, ((entry.EndedAt ?? now) - started).TotalSeconds), 1) : 0, ProgressView.From(entry.Progress), entry.Result, entry.Resumes, entry.Runs,
        entry.IsStalled, entry.CanCancel);
}

/// <param name="Of">0 while that is not known.</param>
/// <param name="Percent">0 to 100; null while that is not known.</param>
internal sealed record ProgressView(long Done, long Of, string Unit, double? Percent)
{
    /// <returns>Null while nothing was said.</returns>
    public static ProgressView? From(OperationProgress progress) =>
        progress.Unit.Length == 0 ? null : new(progress.Done, progress.Of, progress.Unit, progress.Of > 0 ? Math.Round(100.0 * progress.Done / progress.Of, 2) : null);
}

/// <param name="Active">Of the list.</param>
internal sealed record AlertList(int Active, IReadOnlyList<AlertView> Alerts)
{
    public static AlertList Of(IOperationLedger ledger)
    {
        AlertView[] alerts = [.. ledger.Alerts.Select(alert => AlertView.Of(alert, ledger.IsActive(alert)))];
        return new AlertList(alerts.Count(alert => alert.IsActive), alerts);
    }
}

/// <summary>An alert as operators see it.</summary>
/// <param name="IsActive">Its cause is there, or was seen within the hour.</param>
/// <param name="Repeats">How often the same was seen again.</param>
internal sealed record AlertView(
    string Kind, bool IsActive, DateTimeOffset At, DateTimeOffset? ClearedAt, long Repeats, Guid? Operation, ulong? Partition, ulong? Extent, string? Peer, string Expected, string Got)
{
    public static AlertView Of(OperationAlert alert, bool isActive) => new(
        alert.Kind.ToString(), isActive, alert.At, alert.ClearedAt, alert.Repeats, alert.Operation == Guid.Empty ? null : alert.Operation, alert.Partition?.Value, alert.Extent == 0 ? null : alert.Extent,
        alert.Peer, alert.Expected, alert.Got);
}
