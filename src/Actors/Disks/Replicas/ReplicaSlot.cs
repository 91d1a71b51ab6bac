using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What becomes of a replica's directory when nothing of it is open any more.</summary>
internal enum AfterClose
{
    /// <summary>It stays as it is, and is not served.</summary>
    Nothing,

    /// <summary>It is loaded anew.</summary>
    Reload,

    /// <summary>Its count of I/O errors is cleared, and it is loaded anew.</summary>
    Restore,

    /// <summary>It is forgotten; the directory stays.</summary>
    Detach,

    /// <summary>The master does not know it: <c>expired_</c>.</summary>
    Expire,

    /// <summary>Set aside: <c>backup_</c>.</summary>
    BackUp,

    /// <summary>Its files are removed.</summary>
    Delete,
}

/// <summary>One directory of a partition on a disk, as the disk's actor keeps it: whether something of it is open, and what comes next.</summary>
/// <remarks>
/// Invariant: at most one store is open on a directory. A next step is begun only when the actor has ended, its store is closed and no other
/// step is under way.
/// </remarks>
internal sealed class ReplicaSlot(RootEntry entry)
{
    private readonly List<Answer> _waiting = [];
    private OperationHandle? _operation;
    private string _done = "";

    public PartitionId Partition => Entry.Partition;

    /// <summary>Its directory; without a name while that is being looked for.</summary>
    public RootEntry Entry { get; set; } = entry;

    /// <summary>Runs the replica; null while there is none.</summary>
    public IActorRef? Actor { get; set; }

    /// <summary>Its actor has ended and the store waits for whoever is inside.</summary>
    public bool IsStoreOpen { get; set; }

    /// <summary>It is being opened, and counts among those loaded at once.</summary>
    public bool IsLoading { get; set; }

    /// <summary>It was synced as a whole before the disk was opened, and nothing of it has been opened since.</summary>
    public bool IsFresh { get; set; }

    /// <summary>While it is being opened: its record is read and its group joined; it waits for its turn to load its extents, and does not count meanwhile.</summary>
    public bool AwaitsExtents { get; set; }

    /// <summary>It serves, as it said itself.</summary>
    public bool IsServing { get; set; }

    /// <summary>Another disk has the same partition: which of the two is this node's replica, the master has to say.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The master has said that it is this node's replica; it is loaded once the other copy is gone.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>While it is rebuilt: what the replica that it is filled from held when the master ordered it; 0 where that is not known.</summary>
    public long LeaderBytes { get; set; }

    /// <summary>The disk is being stopped, and this replica with it.</summary>
    public bool IsClosing { get; set; }

    /// <summary>A step is being carried out on the disk.</summary>
    public bool IsBusy { get; set; }

    /// <summary>I/O errors that META does not count yet.</summary>
    public uint UnsavedErrors { get; set; }

    /// <summary>What it is being created from; null once it exists.</summary>
    public CreateDataPartitionRequest? Creation { get; set; }

    public AfterClose Next { get; private set; }

    /// <summary>Nothing of it is open and nothing is under way.</summary>
    public bool IsOut => Actor is null && !IsStoreOpen && !IsBusy;

    /// <summary>Answered when it serves or the step is done.</summary>
    public void Await(Answer answer) => _waiting.Add(answer);

    /// <summary>What is under way with it is written down; it ends with the answer to whoever waits.</summary>
    /// <param name="done">What is said of it if it ends well.</param>
    public void Track(OperationHandle operation, string done)
    {
        _operation?.Cancelled("another order took its place");
        (_operation, _done) = (operation, done);
    }

    /// <summary>Sets what comes when it is closed. A removal takes the place of what was to come before; two of the same kind become one.</summary>
    /// <returns>Null if it is taken; otherwise why not.</returns>
    public string? Plan(AfterClose step)
    {
        if (Next == step || (IsRemoval(Next) && IsRemoval(step))) return null;
        if (IsLoading && _waiting.Count > 0 && !IsRemoval(step)) return $"partition {Partition} is being loaded; try again"; // somebody waits for that
        if (Next != AfterClose.Nothing && !IsRemoval(step)) return $"partition {Partition} is being {Doing(Next)}; try again";
        _operation?.Cancelled($"the partition is {Doing(step)} instead");
        if (Next != AfterClose.Nothing || _waiting.Count > 0) AnswerAll($"partition {Partition} is {Doing(step)} instead");
        Next = step;
        return null;
    }

    /// <summary>The disk is gone: whatever was to come, the replica is forgotten.</summary>
    public void PlanDetach(string why)
    {
        AnswerAll(why);
        Next = AfterClose.Detach;
    }

    /// <summary>The step is done or dropped.</summary>
    public void Done() => Next = AfterClose.Nothing;

    public bool IsBeingRemoved => IsRemoval(Next);

    /// <summary>Answers all who wait, each once.</summary>
    public void AnswerAll(string? refusal, byte[]? data = null)
    {
        if (refusal is null) _operation?.Finish(_done);
        else _operation?.Fail(refusal);
        _operation = null;
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var answer in waiting) answer(refusal, data);
    }

    private static bool IsRemoval(AfterClose step) => step is AfterClose.Delete or AfterClose.BackUp or AfterClose.Expire;

    private static string Doing(AfterClose step) => step switch
    {
        AfterClose.Reload or AfterClose.Restore => "loaded anew",
        AfterClose.Detach => "detached",
        AfterClose.Expire or AfterClose.BackUp => "set aside",
        AfterClose.Delete => "deleted",
        _ => "used",
    };
}
