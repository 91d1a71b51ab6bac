namespace CubeActors.Actors;

/// <summary>So many tokens a second, and some that were saved up. Pure: the caller tells the time, and guards it.</summary>
/// <remarks>
/// What is larger than the whole bucket passes when the bucket is full and leaves it in debt: so the average is kept, and nothing is
/// refused for its size alone. Invariant: there are never more tokens than <see cref="Burst"/>.
/// </remarks>
internal sealed class TokenBucket(long ticksPerSecond)
{
    private double _tokens;
    private long _filledAt;

    /// <summary>Tokens a second; 0: no limit.</summary>
    public long Rate { get; private set; }

    public long Burst { get; private set; }

    /// <summary>Tokens spent and not yet come back; what exceeds <see cref="Burst"/> is debt.</summary>
    public long Used(long now)
    {
        if (Rate == 0) return 0;
        Fill(now);
        return (long)(Burst - _tokens);
    }

    /// <summary>Sets another limit. What was saved up or owed stays, within the new bounds; a limit that is new begins with a full bucket.</summary>
    public void Set(long rate, long burst, long now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        if (rate == Rate && burst == Burst) return;
        if (Rate > 0) Fill(now);
        var isNew = Rate == 0;
        (Rate, Burst) = (rate, Math.Max(1, burst));
        _tokens = isNew ? Burst : Math.Min(_tokens, Burst);
        _filledAt = now;
    }

    /// <returns>False if there are too few tokens now: again at <see cref="ReadyAt"/>.</returns>
    public bool Has(long amount, long now)
    {
        if (Rate == 0) return true;
        Fill(now);
        return _tokens >= Math.Min(amount, Burst);
    }

    /// <summary>Takes tokens, whether they are there or not.</summary>
    public void Take(long amount, long now)
    {
        if (Rate == 0) return;
        Fill(now);
        _tokens -= amount;
    }

    /// <summary>When <see cref="Has"/> will say yes, if nobody takes any meanwhile.</summary>
    public long ReadyAt(long amount, long now)
    {
        if (Has(amount, now)) return now;
        var missing = Math.Min(amount, Burst) - _tokens;
        return now + Math.Max(1, (long)Math.Ceiling(missing / Rate * ticksPerSecond));
    }

    private void Fill(long now)
    {
        if (now <= _filledAt) return;
        _tokens = Math.Min(Burst, _tokens + ((now - _filledAt) / (double)ticksPerSecond * Rate));
        _filledAt = now;
    }
}
