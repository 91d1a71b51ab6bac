using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>A ledger that a test writes.</summary>
internal sealed class ScriptedLedger : IOperationLedger
{
    public List<OperationEntry> Entries { get; } = [];
    public List<OperationAlert> Raised { get; } = [];
    public List<OperationFilter> Asked { get; } = [];
    public List<Guid> Cancelled { get; } = [];

    /// <summary>Why nothing is cancelled; null: all is.</summary>
    public string? Refusal { get; set; }

    public IReadOnlyList<OperationAlert> Alerts => Raised;
    public OperationFigures Figures { get; set; } = OperationFigures.None with { IsKept = true };

    public IReadOnlyList<OperationEntry> List(OperationFilter filter)
    {
        Asked.Add(filter);
        return Entries;
    }

    public OperationEntry? Find(Guid id) => Entries.Find(entry => entry.Id == id || entry.Resumes == id);

    public bool IsActive(OperationAlert alert) => alert.ClearedAt is null;

    public string? Cancel(Guid id)
    {
        if (Refusal is null) Cancelled.Add(id);
        return Refusal;
    }
}
