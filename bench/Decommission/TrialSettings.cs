namespace CubeActors.Decommission;

/// <summary>In which order a replica is replaced.</summary>
public enum MoveOrder
{
    /// <summary>As masters do it with one or two replicas: the new one is a member and filled, then the old one leaves.</summary>
    AddFirst,

    /// <summary>As masters do it with three: the old one leaves, then the new one is added and filled.</summary>
    RemoveFirst,

    /// <summary>One after the other, round by round.</summary>
    Alternate,
}

/// <summary>Everything that one trial is made of. The same seed chooses the same nodes, victims and operations; what the machine makes of the moments is its own.</summary>
public sealed record TrialSettings
{
    /// <summary>Each moves one replica of every partition from one node to the free one.</summary>
    public int Rounds { get; init; } = 50;

    /// <summary>There is one node more than replicas.</summary>
    public int Replicas { get; init; } = 3;

    public int Partitions { get; init; } = 2;

    public MoveOrder Order { get; init; } = MoveOrder.Alternate;

    /// <summary>Operations a second that are tried on each partition.</summary>
    public int Rate { get; init; } = 60;

    /// <summary>Normal extents of a partition that are kept; above it more is deleted than written.</summary>
    public int ExtentsMax { get; init; } = 60;

    /// <summary>Before each round clients work undisturbed for so long: while a replica is filled they may not append.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>kill -9 in each round.</summary>
    public int Kills { get; init; } = 1;

    public int Seed { get; init; } = 1;

    /// <summary>After which a round that has not come to its end is a violation: something is stuck.</summary>
    public TimeSpan RoundLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Replicas are compared every second or so, instead of CubeFS's two minutes.</summary>
    public bool IsQuick { get; init; } = true;

    /// <summary>The program under trial: an assembly of .NET, or an executable. Null: the one beside this program.</summary>
    public string? Node { get; init; }

    /// <summary>Stays after the run, whatever comes of it.</summary>
    public bool KeepsDirectory { get; init; }
}

/// <summary>Something happened that must never happen.</summary>
/// <param name="message">What, where and with which numbers.</param>
public sealed class TrialViolation(string message) : Exception(message);
