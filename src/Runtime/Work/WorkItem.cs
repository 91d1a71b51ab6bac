namespace CubeActors.Runtime;

/// <summary>Something to run on a disk's I/O threads. An object that is posted again and again instead of a closure made each time.</summary>
public abstract class WorkItem
{
    /// <summary>Runs once for each post, on one I/O thread. It may block on its disk and on nothing else; it does not throw.</summary>
    public abstract void Execute();
}

/// <summary>Who asks for disk time. A lower class gives way to a higher one without ever starving: <see cref="IoShares"/>.</summary>
public enum IoClass
{
    /// <summary>A client waits for it.</summary>
    Client,

    /// <summary>Loading of partitions.</summary>
    Load,

    /// <summary>Repair, scrubbing, deletion of directories.</summary>
    Repair,
}

/// <summary>A queue of work for one disk.</summary>
public interface IWorkQueue
{
    /// <summary>Items that wait, all classes together; 0 where nobody counts them.</summary>
    int Depth => 0;

    /// <summary>Each class as it is now; empty where nobody counts them.</summary>
    IReadOnlyList<WorkFigures> Figures => [];

    /// <summary>What was done for clients so far; nothing where nobody measures it.</summary>
    ClientLoad ClientLoad => default;

    /// <summary>An item is stuck in the kernel, and its thread with it: another one serves meanwhile. Nothing where there are no threads.</summary>
    void Lend()
    {
    }

    /// <summary>The item has come back after all; once for each <see cref="Lend"/>.</summary>
    void TakeBack()
    {
    }

    /// <returns>False if the queue of that class is full or closed; the item was not taken.</returns>
    bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client);
}

/// <summary>One class of a queue at one moment.</summary>
/// <param name="Waiting">Items.</param>
/// <param name="Running">Items that a thread is at.</param>
/// <param name="Done">Items since the start.</param>
/// <param name="Busy">Time that threads have spent on them.</param>
public readonly record struct WorkFigures(IoClass Class, int Waiting, int Running, long Done, TimeSpan Busy);
