using System.Diagnostics;

namespace CubeActors.Restart;

/// <summary>When each partition was first seen to serve.</summary>
/// <param name="At">Times since the start of the process, in rising order.</param>
/// <param name="Partitions">How many were waited for.</param>
/// <param name="LastError">What the last one that did not serve answered.</param>
internal sealed record ServingTimes(IReadOnlyList<TimeSpan> At, int Partitions, string LastError)
{
    /// <summary>The time at which this share of all partitions served; null if it never was.</summary>
    /// <param name="share">Above 0, up to 1; of a part of a partition the whole one counts.</param>
    public TimeSpan? Reached(double share)
    {
        var count = Math.Max(1, (int)Math.Ceiling(share * Partitions));
        return count <= At.Count ? At[count - 1] : null;
    }
}

/// <summary>Asks all partitions that have not answered yet, round after round, until all serve.</summary>
internal static class ServingWatch
{
    /// <summary>Partitions asked in one round: a refusal costs a connection, and what is asked of a node that starts must not slow it down.</summary>
    private const int RoundMax = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <param name="isOver">The process has ended, or the user has lost patience.</param>
    public static ServingTimes Run(string address, ProbeKind kind, IReadOnlyList<KnownPartition> partitions, long startedAt, TimeSpan limit, Func<bool> isOver)
    {
        using var probe = new Probe(address, kind);
        var waiting = new Queue<KnownPartition>(partitions);
        var served = new List<TimeSpan>(partitions.Count);
        while (waiting.Count > 0 && Stopwatch.GetElapsedTime(startedAt) < limit && !isOver())
        {
            var refusals = 0;
            for (var turn = waiting.Count; turn > 0 && refusals < RoundMax; turn--)
            {
                var partition = waiting.Dequeue();
                var outcome = probe.Ask(partition);
                if (outcome == ProbeOutcome.Serves)
                {
                    served.Add(Stopwatch.GetElapsedTime(startedAt));
                    continue;
                }

                waiting.Enqueue(partition);
                refusals++;
                if (outcome == ProbeOutcome.NodeNotReady) break;
            }

            if (waiting.Count > 0) Thread.Sleep(Pause);
        }

        return new ServingTimes(served, partitions.Count, waiting.Count == 0 ? "" : probe.LastError);
    }
}
