namespace CubeActors.Actors;

/// <summary>The one repair read that a disk allows at a time. Thread-safe.</summary>
/// <remarks>An operator may take the token from its holder, who then gives back nothing: so each taking has a number.</remarks>
internal sealed class RepairReadToken
{
    private long _holder; // 0: free
    private long _last;

    /// <returns>The number to give back; 0 if another holds it.</returns>
    public long TryTake()
    {
        var number = Interlocked.Increment(ref _last);
        return Interlocked.CompareExchange(ref _holder, number, 0) == 0 ? number : 0;
    }

    /// <summary>Gives the token back, if the holder still has it.</summary>
    public void Return(long number)
    {
        if (number != 0) Interlocked.CompareExchange(ref _holder, 0, number);
    }

    /// <summary>Takes it from whoever holds it.</summary>
    /// <returns>False if nobody does.</returns>
    public bool Release() => Interlocked.Exchange(ref _holder, 0) != 0;
}
