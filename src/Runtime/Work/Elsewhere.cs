using System.Runtime.CompilerServices;

namespace CubeActors.Runtime;

/// <summary>Going on elsewhere than on the thread at hand: on the thread pool, or, on the thread of a simulation, in the queue that it runs.</summary>
/// <remarks>
/// The thread pool is the one thing that code reaches without a seam to replace; so whatever hops to it on the data path or in raft does it here.
/// A simulation is of one thread and says so for that thread alone: nodes on all other threads of the process are not touched by it.
/// </remarks>
public static class Elsewhere
{
    [ThreadStatic]
    private static Action<Action>? _simulation;

    /// <summary>For a task source whose continuations are not to run where it is completed. In a simulation they do: there is no other thread.</summary>
    public static TaskCreationOptions Continuations => IsSimulated ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    internal static bool IsSimulated => _simulation is not null;

    /// <summary>Runs the item elsewhere, once for each call.</summary>
    public static void Post(IThreadPoolWorkItem item)
    {
        if (_simulation is { } post) post(item.Execute);
        else ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
    }

    /// <summary>Lets others have the thread; the caller goes on elsewhere. To be awaited at once.</summary>
    public static Turn Yield() => default;

    /// <summary>Cancels; what was registered runs elsewhere.</summary>
    public static Task CancelAsync(CancellationTokenSource source)
    {
        if (!IsSimulated) return source.CancelAsync();
        source.Cancel();
        return Task.CompletedTask;
    }

    /// <summary>From now on this thread is a simulation's, until it is given null: everything that would leave the thread is handed to <paramref name="post"/>.</summary>
    public static void Simulate(Action<Action>? post) => _simulation = post;

    internal static void Post(Action action) => _simulation!(action);

    /// <summary>What <see cref="Yield"/> gives.</summary>
    public readonly struct Turn : ICriticalNotifyCompletion
    {
        /// <summary>Never: that is what it is for.</summary>
        public bool IsCompleted => false;

        public Turn GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            if (_simulation is { } post) post(continuation);
            else ThreadPool.UnsafeQueueUserWorkItem(static state => state(), continuation, preferLocal: false);
        }
    }
}
