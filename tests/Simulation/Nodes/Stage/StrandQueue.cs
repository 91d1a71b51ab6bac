using CubeActors.Runtime;

namespace CubeActors.Simulation.Nodes;

/// <summary>The I/O threads of a disk as strands: what is posted runs on whichever of them comes first, higher classes before lower ones.</summary>
/// <param name="threads">One strand for each thread.</param>
/// <param name="capacity">Items that may wait in each class.</param>
/// <param name="failed">Told of an exception that escaped an item.</param>
/// <param name="takes">How long an item keeps its thread.</param>
internal sealed class StrandQueue(IReadOnlyList<Strand> threads, int capacity, Action<Exception> failed, Func<TimeSpan> takes) : IWorkQueue
{
    private readonly Queue<WorkItem>[] _waiting = [new(), new(), new()];
    private int _next;

    public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
    {
        if (_waiting[(int)ioClass].Count >= capacity) return false;
        _waiting[(int)ioClass].Enqueue(item);
        var thread = threads[_next++ % threads.Count];
        thread.Post(() => Run(thread));
        return true;
    }

    private void Run(Strand thread)
    {
        foreach (var queue in _waiting)
        {
            if (!queue.TryDequeue(out var item)) continue;
            if (takes() is { Ticks: > 0 } time) thread.Hold(time);
            try
            {
                item.Execute();
            }
            catch (Exception e) when (e is not TestKit.SimulatedCrashException)
            {
                failed(e);
            }

            return;
        }
    }
}
