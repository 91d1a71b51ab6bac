using System.Diagnostics;

namespace CubeActors.EndToEnd;

/// <summary>Waits for what other processes bring about. Asks again and again until a deadline: nothing here guesses how long something takes.</summary>
internal static class Eventually
{
    /// <summary>For what takes seconds on two busy cores. It ends a test that hangs; it is no measure of speed.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <param name="probe">Null while it is not so yet.</param>
    /// <param name="explain">Asked once, when the time is up: what there is instead.</param>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> probe, Func<string>? explain = null)
        where T : class
    {
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            if (await probe() is { } found) return found;
            if (Stopwatch.GetElapsedTime(start) > Deadline)
                throw new TimeoutException($"not within {Deadline.TotalSeconds:0} s: {what}{Environment.NewLine}{explain?.Invoke()}");
            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc cref="GetAsync"/>
    public static Task TrueAsync(string what, Func<Task<bool>> probe, Func<string>? explain = null) =>
        GetAsync(what, async () => await probe() ? "so" : null, explain);

    /// <inheritdoc cref="GetAsync"/>
    public static Task TrueAsync(string what, Func<bool> probe, Func<string>? explain = null) =>
        TrueAsync(what, () => Task.FromResult(probe()), explain);
}
