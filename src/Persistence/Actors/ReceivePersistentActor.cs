namespace CubeActors.Persistence;

/// <summary>An <see cref="Eventsourced"/> actor that registers its handlers, in the constructor or in a method passed to Become.</summary>
public abstract class ReceivePersistentActor(SqliteJournal journal) : Eventsourced(journal)
{
    private readonly MessageHandlers _recover = new();
    private MessageHandlers _command = new();

    protected sealed override bool ReceiveRecover(object message) => _recover.TryHandle(message);
    protected sealed override bool ReceiveCommand(object message) => _command.TryHandle(message);

    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => _recover.Add(handler, shouldHandle);
    protected void RecoverAny(Action<object> handler) => _recover.Add(handler, null);
    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => _command.Add(handler, shouldHandle);
    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => _command.Add(handler, shouldHandle);
    protected void CommandAny(Action<object> handler) => _command.Add(handler, null);

    /// <summary>From now on commands go to the handlers that <paramref name="configure"/> registers by Command.</summary>
    protected void Become(Action configure) => Become(HandlersOf(configure).TryHandle);

    /// <summary>Like Become, until UnbecomeStacked.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(HandlersOf(configure).TryHandle);

    private MessageHandlers HandlersOf(Action configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var before = _command;
        _command = new MessageHandlers();
        try
        {
            configure();
            return _command;
        }
        finally
        {
            _command = before;
        }
    }
}
