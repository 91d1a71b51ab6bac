namespace CubeActors.Runtime;

/// <summary>The I/O threads of one disk: a bounded queue for each class and threads that serve them.</summary>
/// <remarks>
/// Threads of its own, so that a disk which hangs holds up neither another disk nor the pools that sockets and actors run on.
/// <see cref="IoShares"/> divides the disk's time among the classes, so that loading and repair never starve. Beyond that one thread is kept free of
/// them, where there are two or more: a client never waits until the loading of a partition is through. A thread is <see cref="Lend"/>-ed for one that
/// is stuck in the kernel.
/// </remarks>
public sealed class DiskThreads : IWorkQueue, IDisposable
{
    /// <summary>Threads are lent up to so many times the threads at the start.</summary>
    private const int LentShareMax = 4;

    private readonly object _gate = new();
    private readonly Queue<WorkItem>[] _queues = [new(), new(), new()];
    private readonly IoShares _shares = new();
    private readonly int[] _runningOf = new int[IoShares.Classes];
    private readonly long[] _doneOf = new long[IoShares.Classes];
    private readonly TimeSpan[] _busyOf = new TimeSpan[IoShares.Classes];
    private readonly ClientMeter _clients;
    private readonly List<Thread> _threads = [];
    private readonly int _base;
    private readonly int _capacity;
    private readonly string _name;
    private readonly Action<Exception> _failed;
    private readonly TimeProvider _time;
    private int _wanted; // threads there should be; more end when they have nothing to do
    private int _running;
    private int _low; // threads that are at work for a lower class
    private int _idle;
    private bool _closed;

    /// <param name="name">Shown as the threads' name.</param>
    /// <param name="threads">1 or more.</param>
    /// <param name="capacity">Items that may wait in each class.</param>
    /// <param name="failed">Told of an exception that escaped an item: a fault of ours, which must not end the thread silently.</param>
    /// <param name="time">Says how long an item took; null: the system's.</param>
    public DiskThreads(string name, int threads, int capacity, Action<Exception> failed, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_name, _base, _wanted, _capacity, _failed, _time) = (name, threads, threads, capacity, failed, time ?? TimeProvider.System);
        _clients = new ClientMeter(_time.TimestampFrequency);
        lock (_gate)
            for (var i = 0; i < threads; i++) StartThread();
    }

    /// <summary>Items that wait, all classes.</summary>
    public int Depth { get { lock (_gate) return _queues[0].Count + _queues[1].Count + _queues[2].Count; } }

    public IReadOnlyList<WorkFigures> Figures
    {
        get
        {
            lock (_gate)
                return [.. Enum.GetValues<IoClass>().Select(one => new WorkFigures(one, _queues[(int)one].Count, _runningOf[(int)one], _doneOf[(int)one], _busyOf[(int)one]))];
        }
    }

    public ClientLoad ClientLoad { get { lock (_gate) return _clients.Read(_time.GetTimestamp()); } }

    public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
    {
        lock (_gate)
        {
            var queue = _queues[(int)ioClass];
            if (_closed || queue.Count >= _capacity) return false;
            queue.Enqueue(item);
            if (ioClass == IoClass.Client) _clients.Posted(_time.GetTimestamp());
            if (_idle > 0) Monitor.Pulse(_gate);
            return true;
        }
    }

    public void Lend()
    {
        lock (_gate)
        {
            _wanted++;
            if (!_closed && _running < Math.Min(_wanted, _base * LentShareMax)) StartThread();
        }
    }

    public void TakeBack()
    {
        lock (_gate)
        {
            _wanted = Math.Max(_base, _wanted - 1);
            Monitor.PulseAll(_gate); // one that is idle ends
        }
    }

    /// <summary>Takes no more work, runs what is queued and ends the threads. Does not wait for a thread that hangs in the kernel.</summary>
    public void Dispose()
    {
        Thread[] threads;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            threads = [.. _threads];
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in threads)
            if (thread != Thread.CurrentThread) thread.Join(TimeSpan.FromSeconds(5)); // background threads: a hung one dies with the process
    }

    private void StartThread()
    {
        var thread = new Thread(Serve) { IsBackground = true, Name = $"{_name}-{_threads.Count}" };
        _threads.Add(thread);
        _running++;
        thread.Start();
    }

    private void Serve()
    {
        while (Next(out var ioClass) is { } item)
        {
            var started = _time.GetTimestamp();
            try
            {
                item.Execute();
            }
            catch (Exception e)
            {
                _failed(e);
            }

            Done(ioClass, _time.GetElapsedTime(started));
        }
    }

    private void Done(IoClass ioClass, TimeSpan took)
    {
        lock (_gate)
        {
            _shares.End(ioClass, took);
            _runningOf[(int)ioClass]--;
            _doneOf[(int)ioClass]++;
            _busyOf[(int)ioClass] += took;
            if (ioClass == IoClass.Client)
            {
                _clients.Ended(_time.GetTimestamp());
                return;
            }

            _low--;
            if (_idle > 0) Monitor.Pulse(_gate); // what was held back for the sake of clients
        }
    }

    private WorkItem? Next(out IoClass ioClass)
    {
        lock (_gate)
        {
            while (true)
            {
                if (TryTake(out var item, out ioClass)) return item;
                if ((_closed && _queues.All(queue => queue.Count == 0)) || _running > _wanted)
                {
                    _running--;
                    _threads.Remove(Thread.CurrentThread);
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }
        }
    }

    private bool TryTake(out WorkItem? item, out IoClass ioClass)
    {
        var mayLow = _low < Math.Max(1, _running - 1);
        var next = _shares.Next(_queues[0].Count > 0, mayLow && _queues[1].Count > 0, mayLow && _queues[2].Count > 0);
        (item, ioClass) = (null, next ?? IoClass.Client);
        if (next is null) return false;
        item = _queues[(int)ioClass].Dequeue();
        _shares.Begin(ioClass);
        _runningOf[(int)ioClass]++;
        if (ioClass == IoClass.Client) _clients.Begun(_time.GetTimestamp());
        else _low++;
        return true;
    }
}
