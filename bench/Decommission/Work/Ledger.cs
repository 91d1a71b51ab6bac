using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>What a piece of data is to its writer.</summary>
internal enum Life
{
    /// <summary>What was acknowledged of it has to be there.</summary>
    Live,

    /// <summary>A delete was sent and not acknowledged by all yet: it may be there or not.</summary>
    Dying,

    /// <summary>The delete was acknowledged: it must never be seen again.</summary>
    Dead,
}

/// <summary>One normal extent.</summary>
/// <param name="Generation">How often its id was given out before.</param>
internal sealed record NormalPiece(ExtentId Extent, int Generation)
{
    public Life Life { get; set; }

    /// <summary>Bytes that were acknowledged. Behind them may lie what was sent and not.</summary>
    public long Acknowledged { get; set; }

    /// <summary>An append failed: whether it is there nobody knows, so that the next one goes elsewhere.</summary>
    public bool IsSealed { get; set; }
}

/// <summary>One small object in a tiny extent.</summary>
/// <param name="Key">Of its bytes.</param>
internal sealed record TinyPiece(ExtentId Extent, long Offset, int Bytes, ulong Key)
{
    public Life Life { get; set; }
}

/// <summary>All that was written to one partition and what became of it. Thread-safe: every use is inside <see cref="Use{T}"/>.</summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();

    public Dictionary<ExtentId, NormalPiece> Normal { get; } = [];

    public List<TinyPiece> Tiny { get; } = [];

    /// <summary>Ids that were given out a second time after their extent was deleted.</summary>
    public int Reused { get; set; }

    public T Use<T>(Func<Ledger, T> use)
    {
        lock (_lock) return use(this);
    }

    public void Use(Action<Ledger> use)
    {
        lock (_lock) use(this);
    }
}
