using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>Estimates quantiles from the buckets of a histogram. Pure.</summary>
internal static class LatencyQuantile
{
    /// <param name="counts">A count for each bound, and one for what lies above all of them; as many as were added, not cumulative.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns>Microseconds; the last bound where the value lies above all of them; null where nothing was counted.</returns>
    /// <remarks>Durations count as spread evenly over their bucket, as in PromQL's histogram_quantile: it is as exact as the buckets are narrow.</remarks>
    public static double? Of(LatencyBounds bounds, IReadOnlyList<long> counts, double share)
    {
        var all = counts.Sum();
        if (all <= 0) return null;
        var wanted = share * all;
        var below = 0L;
        for (var bucket = 0; bucket < bounds.Microseconds.Count; bucket++)
        {
            if (below + counts[bucket] < wanted)
            {
                below += counts[bucket];
                continue;
            }

            var from = bucket == 0 ? 0 : bounds.Microseconds[bucket - 1];
            return from + ((bounds.Microseconds[bucket] - from) * (counts[bucket] == 0 ? 1 : (wanted - below) / counts[bucket]));
        }

        return bounds.Microseconds[^1];
    }
}
