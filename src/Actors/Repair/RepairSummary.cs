namespace CubeActors.Actors;

/// <summary>How a repair went.</summary>
/// <param name="Problem">The first that went wrong; null if nothing did.</param>
internal sealed record RepairSummary(int Repaired, int Created, int Level, int Deleted, int Failed, long Bytes, string? Problem)
{
    public static readonly RepairSummary None = new(0, 0, 0, 0, 0, 0, null);

    /// <summary>Extents that are settled, in whatever way.</summary>
    public int Done => Repaired + Level + Deleted + Failed;

    public RepairSummary With(ExtentRepaired one) => one.Outcome switch
    {
        RepairOutcome.Repaired => this with { Repaired = Repaired + 1, Bytes = Bytes + one.Bytes },
        RepairOutcome.WasLevel => this with { Level = Level + 1, Bytes = Bytes + one.Bytes },
        RepairOutcome.WasDeleted => this with { Deleted = Deleted + 1, Bytes = Bytes + one.Bytes },
        _ => this with { Failed = Failed + 1, Bytes = Bytes + one.Bytes, Problem = Problem ?? $"extent {one.Extent}: {one.Problem}" },
    };

    public RepairSummary With(RepairSelection selection) => this with
    {
        Created = selection.Created,
        Level = Level + selection.Level,
        Deleted = Deleted + selection.Deleted,
        Problem = Problem ?? selection.Problem,
    };

    public override string ToString() =>
        $"{Repaired} repaired, {Created} created, {Level} level already, {Deleted} deleted, {Failed} failed, {Bytes} bytes fetched{(Problem is null ? "" : "; " + Problem)}";
}
