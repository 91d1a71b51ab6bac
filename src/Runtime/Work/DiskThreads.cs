namespace CubeActors.Runtime;

/// <summary>The I/O threads of one disk: a bounded queue for each class and a fixed number of threads that serve them.</summary>
/// <remarks>
/// Threads of its own, so that a disk which hangs holds up neither another disk nor the pools that sockets and actors run on.
/// Of eight turns one goes to a lower class where such work waits, so that loading and repair never starve.
/// </remarks>
public sealed class DiskThreads : IWorkQueue, IDisposable
{
    private const int TurnsPerCycle = 8;

    private readonly object _gate = new();
    private readonly Queue<WorkItem>[] _queues = [new(), new(), new()];
    private readonly Thread[] _threads;
    private readonly int _capacity;
    private readonly Action<Exception> _failed;
    private int _turn;
    private int _idle;
    private bool _closed;

    /// <param name="name">Shown as the threads' name.</param>
    /// <param name="threads">1 or more.</param>
    /// <param name="capacity">Items that may wait in each class.</param>
    /// <param name="failed">Told of an exception that escaped an item: a fault of ours, which must not end the thread silently.</param>
    public DiskThreads(string name, int threads, int capacity, Action<Exception> failed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _failed = failed;
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Serve) { IsBackground = true, Name = $"{name}-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Items that wait, all classes.</summary>
    public int Depth { get { lock (_gate) return _queues[0].Count + _queues[1].Count + _queues[2].Count; } }

    public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
    {
        lock (_gate)
        {
            var queue = _queues[(int)ioClass];
            if (_closed || queue.Count >= _capacity) return false;
            queue.Enqueue(item);
            if (_idle > 0) Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Takes no more work, runs what is queued and ends the threads. Does not wait for a thread that hangs in the kernel.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
            if (thread != Thread.CurrentThread) thread.Join(TimeSpan.FromSeconds(5)); // background threads: a hung one dies with the process
    }

    private void Serve()
    {
        while (Next() is { } item)
        {
            try
            {
                item.Execute();
            }
            catch (Exception e)
            {
                _failed(e);
            }
        }
    }

    private WorkItem? Next()
    {
        lock (_gate)
        {
            while (true)
            {
                if (TryTake(out var item)) return item;
                if (_closed) return null;
                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }
        }
    }

    private bool TryTake(out WorkItem? item)
    {
        _turn = (_turn + 1) % TurnsPerCycle;
        var lowFirst = _turn == 0;
        for (var i = 0; i < _queues.Length; i++)
            if (_queues[lowFirst ? _queues.Length - 1 - i : i].TryDequeue(out item)) return true;
        item = null;
        return false;
    }
}
