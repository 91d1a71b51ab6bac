using CubeActors.Runtime;

namespace CubeActors.Simulation;

/// <summary>Threads of a disk that work when the world lets them: one item at a time, in order.</summary>
internal sealed class HandQueue : IWorkQueue
{
    private readonly Queue<WorkItem> _waiting = new();

    public int Count => _waiting.Count;

    public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
    {
        _waiting.Enqueue(item);
        return true;
    }

    /// <returns>False if nothing waits.</returns>
    public bool RunNext()
    {
        if (!_waiting.TryDequeue(out var item)) return false;
        item.Execute();
        return true;
    }
}
