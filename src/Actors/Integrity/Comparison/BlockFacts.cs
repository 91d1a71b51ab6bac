namespace CubeActors.Actors;

/// <summary>Between which entries of the raft log a block was read.</summary>
/// <param name="Before">Whatever was in the block was written by entries up to this one.</param>
/// <param name="After">Applied when the block had been read.</param>
internal readonly record struct AppliedSpan(ulong Before, ulong After);

/// <summary>What another replica said when it was asked for a block.</summary>
internal enum PeerAnswer
{
    /// <summary>Its bytes.</summary>
    Bytes,

    /// <summary>The extent is not there: it is being deleted, or was never made there.</summary>
    Gone,

    /// <summary>Nothing that counts: it is away, refused, has less of the extent, or answered something else.</summary>
    None,
}

/// <param name="Host"><c>ip:port</c>.</param>
/// <param name="Bytes">As many as the own block has; empty unless <paramref name="Answer"/> is Bytes.</param>
/// <param name="Applied">While it read the block; null where nobody asked.</param>
/// <param name="Problem">Why there are no bytes.</param>
internal sealed record PeerBlock(string Host, PeerAnswer Answer, ReadOnlyMemory<byte> Bytes, AppliedSpan? Applied, string Problem);

/// <summary>All that a decision about one block rests on.</summary>
internal sealed record BlockFacts
{
    /// <summary>Replicas of the partition, this one included.</summary>
    public required int Replicas { get; init; }

    /// <summary>Of a tiny extent: no stored CRC, and pages of zeros where objects were deleted.</summary>
    public bool IsTiny { get; init; }

    public required ReadOnlyMemory<byte> Own { get; init; }

    /// <summary>0: unknown.</summary>
    public uint Stored { get; init; }

    /// <summary>The own block does not match <see cref="Stored"/>.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>Stored CRCs of this disk are kept by this program alone and survived all stops; otherwise they are hints.</summary>
    public bool StoredIsProof { get; init; } = true;

    /// <summary>The own block was written, deleted or cut since it was read.</summary>
    public bool HasChanged { get; init; }

    /// <summary>While the own block stayed as it is.</summary>
    public AppliedSpan Applied { get; init; }

    /// <summary>All other replicas, each once.</summary>
    public required IReadOnlyList<PeerBlock> Peers { get; init; }

    /// <summary>The same bytes were seen everywhere some time before.</summary>
    public bool IsConfirmed { get; init; }

    /// <summary>Nothing is tried again.</summary>
    public bool IsLastTry { get; init; }
}

/// <summary>What is done about a block.</summary>
internal enum BlockAction
{
    /// <summary>Nothing is wrong with it here.</summary>
    Fine,

    /// <summary>Its bytes are right, its stored CRC is not or is missing.</summary>
    CorrectCrc,

    /// <summary>Other bytes take its place.</summary>
    Heal,

    /// <summary>Something is wrong, and nobody can say what would be right.</summary>
    ReportOnly,

    /// <summary>It cannot be said yet.</summary>
    Again,
}

/// <param name="Reason">One clause.</param>
internal sealed record BlockVerdict(BlockAction Action, string Reason)
{
    /// <summary>Of Heal: what the block is to hold.</summary>
    public ReadOnlyMemory<byte> Replacement { get; init; }

    /// <summary>Who has the right bytes, beside this replica or against it.</summary>
    public IReadOnlyList<string> Right { get; init; } = [];

    /// <summary>Others whose block differs from what is right.</summary>
    public IReadOnlyList<string> Wrong { get; init; } = [];

    /// <summary>Of Again: the same is to be seen once more, soon.</summary>
    public bool ToConfirm { get; init; }
}
