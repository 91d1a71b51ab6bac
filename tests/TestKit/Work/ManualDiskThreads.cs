using CubeActors.Runtime;

namespace CubeActors.TestKit.Work;

/// <summary>The I/O threads of a disk in virtual time: what is posted runs on the test's loop, or waits for as long as the test holds the disk.</summary>
/// <remarks>A disk that is held and never resumed is one that hangs. Of what waits, a higher class runs first. Posting is thread-safe.</remarks>
public sealed class ManualDiskThreads(WorkLoop loop) : IWorkQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<WorkItem>[] _waiting = [new(), new(), new()];
    private bool _held;
    private int _lent;

    /// <summary>Items that may wait in each class; further ones are refused.</summary>
    public int Capacity { get; set; } = 1000;

    /// <summary>Items that wait, all classes.</summary>
    public int Depth { get { lock (_lock) return _waiting.Sum(queue => queue.Count); } }

    public int DepthOf(IoClass ioClass)
    {
        lock (_lock) return _waiting[(int)ioClass].Count;
    }

    public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
    {
        lock (_lock)
        {
            if (_waiting[(int)ioClass].Count >= Capacity) return false;
            _waiting[(int)ioClass].Enqueue(item);
            if (_held) return true;
        }

        loop.Post(RunFirst);
        return true;
    }

    /// <summary>The disk stands still; what is posted waits.</summary>
    public void Hold()
    {
        lock (_lock) _held = true;
    }

    /// <summary>The disk works again; what waits runs with the loop's next run.</summary>
    public void Resume()
    {
        int waiting;
        lock (_lock)
        {
            _held = false;
            waiting = _waiting.Sum(queue => queue.Count);
        }

        for (var i = 0; i < waiting; i++) loop.Post(RunFirst);
    }

    /// <summary>One item of a disk that is held, and all that follows from it.</summary>
    public void RunNext()
    {
        if (Take() is not { } item) throw new InvalidOperationException("Nothing waits for this disk.");
        loop.Post(item.Execute);
        loop.RunUntilIdle();
    }

    /// <summary>The item that would run next hangs in the kernel: it is out of the queue and does not run before the returned action is called.</summary>
    public Action HangNext()
    {
        var item = Take() ?? throw new InvalidOperationException("Nothing waits for this disk.");
        return () => loop.Post(item.Execute);
    }

    public void Lend()
    {
        lock (_lock) _lent++;
    }

    public void TakeBack()
    {
        lock (_lock) _lent--;
    }

    /// <summary>Threads that would serve in the place of stuck ones.</summary>
    public int Lent { get { lock (_lock) return _lent; } }

    private void RunFirst()
    {
        lock (_lock)
            if (_held) return; // held since; Resume posts again
        Take()?.Execute();
    }

    private WorkItem? Take()
    {
        lock (_lock)
        {
            foreach (var queue in _waiting)
                if (queue.TryDequeue(out var item)) return item;
            return null;
        }
    }
}
