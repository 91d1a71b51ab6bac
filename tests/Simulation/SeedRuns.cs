using System.Globalization;
using System.Numerics;

namespace CubeActors.Simulation;

/// <summary>Many runs on all processors; each run is single-threaded and independent of the others.</summary>
internal static class SeedRuns
{
    public sealed record Result<TFigures>(int Runs, TFigures Figures, IReadOnlyList<(int Seed, string What)> Failures);

    /// <param name="worker">Makes what runs a plan. Each thread has its own, and a new one after a failure, which may leave it in any state.</param>
    public static Result<TFigures> Run<TPlan, TFigures>(int first, int count, Func<int, TPlan> planOf, Func<Func<TPlan, TFigures>> worker, int failuresMax)
        where TFigures : IAdditionOperators<TFigures, TFigures, TFigures>, IAdditiveIdentity<TFigures, TFigures>
    {
        var gate = new Lock();
        var failures = new List<(int Seed, string What)>();
        var figures = TFigures.AdditiveIdentity;
        var (next, runs) = (first - 1, 0);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return new Result<TFigures>(runs, figures, [.. failures.OrderBy(failure => failure.Seed)]);

        void Work()
        {
            var run = worker();
            while (true)
            {
                var seed = Interlocked.Increment(ref next);
                lock (gate)
                {
                    if (seed >= first + count || failures.Count >= failuresMax) return;
                    runs++;
                }

                try
                {
                    var mine = run(planOf(seed));
                    lock (gate) figures += mine;
                }
                catch (Exception failure)
                {
                    lock (gate) failures.Add((seed, failure is Broken ? failure.Message : failure.ToString()));
                    run = worker();
                }
            }
        }
    }

    /// <summary>A number that the environment sets for a run; null if it sets none.</summary>
    public static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
