namespace CubeActors.Persistence;

/// <summary>Handlers by type, asked in the order they were added; the first that fits takes the message.</summary>
internal sealed class MessageHandlers
{
    private readonly List<Func<object, bool>> _handlers = [];

    public void Add<T>(Action<T> handler, Predicate<T>? shouldHandle)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handlers.Add(message =>
        {
            if (message is not T fitting || shouldHandle?.Invoke(fitting) == false) return false;
            handler(fitting);
            return true;
        });
    }

    public bool TryHandle(object message)
    {
        foreach (var handler in _handlers)
        {
            if (handler(message)) return true;
        }
        return false;
    }
}
