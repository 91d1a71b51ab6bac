namespace CubeActors.Actors.Tests;

/// <summary>How long a test waits for what must happen: generous, since it passes only when something is broken.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Awaits something that must happen, and fails the test if it does not.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Long);

    /// <inheritdoc cref="Soon{T}(Task{T})"/>
    public static Task Soon(this Task task) => task.WaitAsync(Long);
}
