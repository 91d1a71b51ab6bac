using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>How far the background work of a disk gives way to its clients. Pure.</summary>
/// <remarks>
/// Where clients keep the disk's threads busy, or wait for them, the rate falls to its floor at once. It stays there for a second of calm, because clients that stand still for
/// a moment, as for another replica, are not gone; then it doubles from one look to the next, up to the limit. Between busy and calm it stays, so that it does not swing.
/// Invariant: never below the floor, so that repair ends whatever clients do.
/// </remarks>
internal static class YieldRules
{
    /// <summary>The step at which a class without a limit is held back no more: 1,024 times the floor.</summary>
    public const int StepMax = 10;

    /// <summary>The step that clients throw it back to: so many calm looks, a second of them, and it rises from the floor.</summary>
    public const int Held = -4;

    /// <summary>What a read that the page cache had costs the machine: it never reaches the disk's threads, and keeps a processor busy. Measured: 16 to 22 us an operation.</summary>
    public static readonly TimeSpan CachedRead = TimeSpan.FromMicroseconds(20);

    /// <summary>Below this part of the pressure that counts as busy it counts as calm.</summary>
    private const double Calm = 0.5;

    /// <summary>Fewer items say nothing about how long clients wait.</summary>
    private const int ItemsMin = 3;

    /// <summary>How hard clients press, between two looks.</summary>
    /// <param name="load">What was done for clients in that time.</param>
    /// <param name="cachedReads">Blocks that were served without the disk's threads.</param>
    /// <returns>0 for no clients, from 1 on the disk is busy.</returns>
    public static double Pressure(in ClientLoad load, long cachedReads, TimeSpan elapsed, BudgetSettings settings)
    {
        if (elapsed <= TimeSpan.Zero) return 0;
        var busy = (load.Busy + (cachedReads * CachedRead)) / elapsed / settings.BusyShare;
        var waited = load.Items < ItemsMin ? 0 : load.Waited / load.Items / settings.BusyWait;
        return Math.Max(busy, waited);
    }

    /// <param name="step">Up to 0 for the floor, <see cref="StepMax"/> for as fast as it may.</param>
    public static int Next(int step, double pressure) => pressure >= 1 ? Held : pressure < Calm ? Math.Min(StepMax, step + 1) : step;

    /// <returns>Bytes, or pieces, a second; 0 for no limit.</returns>
    public static long Rate(int step, TrafficLimits limits)
    {
        if (limits.Floor == 0 || step >= StepMax) return limits.PerSecond;
        var rate = limits.Floor << Math.Max(0, step);
        return limits.PerSecond > 0 ? Math.Min(rate, limits.PerSecond) : rate;
    }
}
