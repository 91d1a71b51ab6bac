namespace CubeActors.Actors;

/// <summary>One operation, in the hands of whoever carries it out. Thread-safe; nothing here blocks or throws. What comes after its end is ignored and counted.</summary>
internal sealed class OperationHandle : IDisposable
{
    /// <summary>The reason of an operation whose owner let go of it.</summary>
    public const string NoResult = "ended without a result";

    private readonly IOperationSink? _sink;

    /// <param name="sink">Null: nobody keeps anything.</param>
    internal OperationHandle(Guid id, IOperationSink? sink) => (Id, _sink) = (id, sink);

    public Guid Id { get; }

    /// <summary>It was accepted and runs from now on.</summary>
    public void Start() => _sink?.Start(Id);

    /// <summary>How far it is. A value below an earlier one is ignored and counted.</summary>
    /// <param name="of">0 if that is not known.</param>
    /// <param name="unit">The same at every call.</param>
    public void Progress(long done, long of, string unit) => _sink?.Progress(Id, done, of, unit);

    /// <summary>An operator may end it from now on.</summary>
    /// <param name="cancel">Called at most once, on any thread, and soon: it only tells whoever ends the operation.</param>
    public void CancelBy(Action cancel) => _sink?.CancelBy(Id, cancel);

    /// <summary>It is done.</summary>
    /// <param name="result">What came of it. Empty, of a comparison: nothing was found, and then it leaves no entry.</param>
    public void Finish(string result) => _sink?.End(Id, OperationState.Done, result);

    public void Fail(string reason) => _sink?.End(Id, OperationState.Failed, reason);

    public void Cancelled(string why) => _sink?.End(Id, OperationState.Cancelled, why);

    /// <summary>Its replica ends, or the node, and what it works at goes on with the next one: the entry stays open for it.</summary>
    public void Suspend(string why) => _sink?.Suspend(Id, why);

    /// <summary>Fails it unless it has ended or was suspended.</summary>
    public void Dispose() => _sink?.End(Id, OperationState.Failed, NoResult, isLetGo: true);
}

/// <summary>What a handle writes to.</summary>
internal interface IOperationSink
{
    void Start(Guid id);

    void Progress(Guid id, long done, long of, string unit);

    void CancelBy(Guid id, Action cancel);

    /// <param name="isLetGo">Of one that has ended nothing is said.</param>
    void End(Guid id, OperationState state, string result, bool isLetGo = false);

    void Suspend(Guid id, string why);
}
