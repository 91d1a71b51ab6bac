namespace CubeActors.Actors;

/// <summary>How one look at a block ended.</summary>
/// <param name="Pause">It is to be looked at again after this; null: it is settled.</param>
/// <param name="Why">One clause, for whoever wonders.</param>
internal sealed record ComparisonEnd(Suspect Suspect, TimeSpan? Pause, string Why)
{
    /// <summary>What is to be told.</summary>
    public IReadOnlyList<IntegrityFinding> Findings { get; init; } = [];

    /// <summary>It is as it was, and every reader finds it again.</summary>
    public bool StaysDamaged { get; init; }
}
