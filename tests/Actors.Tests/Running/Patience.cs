using System.Diagnostics;

namespace CubeActors.Actors.Tests;

/// <summary>How long a test waits for what must happen: generous, since it passes only when something is broken.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Awaits something that must happen, and fails the test if it does not.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Long);

    /// <inheritdoc cref="Soon{T}(Task{T})"/>
    public static Task Soon(this Task task) => task.WaitAsync(Long);

    /// <summary>Looks again and again, for what nothing can be awaited for; never the first choice.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        var since = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Long, "it did not come to hold in time");
            await Task.Yield();
        }
    }
}
