using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Runs a function on a disk's threads for an actor, which pipes the task to itself.</summary>
internal static class DiskWork
{
    /// <exception cref="DiskFaultException">Through the task: what the function threw, or that the disk's queue is full.</exception>
    public static Task<T> RunAsync<T>(this IWorkQueue disk, Func<T> work, IoClass ioClass)
    {
        var item = new Item<T>(work);
        if (!disk.TryPost(item, ioClass)) item.Refuse();
        return item.Task;
    }

    private sealed class Item<T>(Func<T> work) : WorkItem
    {
        // Continues on the I/O thread: what follows is a Tell, and two answers of a disk must not overtake each other on the thread pool.
        private readonly TaskCompletionSource<T> _result = new();

        public Task<T> Task => _result.Task;

        public override void Execute()
        {
            try
            {
                _result.SetResult(work());
            }
            catch (Exception e)
            {
                _result.SetException(e); // seen by the actor that the task is piped to
            }
        }

        public void Refuse() => _result.SetException(new DiskFaultException("queue work", "disk", cause: new InvalidOperationException("the disk's queue is full or closed")));
    }
}
