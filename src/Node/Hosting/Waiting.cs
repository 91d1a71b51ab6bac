namespace CubeActors.Node;

internal static class Waiting
{
    /// <summary>Returns when <paramref name="stop"/> fires. Throws nothing.</summary>
    public static async Task UntilAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), stopped))
            await stopped.Task;
    }
}
