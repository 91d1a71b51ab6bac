namespace CubeActors.Actors;

/// <summary>What an actor does with the messages of one type, in one of its states.</summary>
internal abstract class MessageHandler
{
    /// <returns>False: it is not for this handler, and nothing was done.</returns>
    public abstract bool TryTake(object message);
}

/// <inheritdoc/>
/// <param name="takes">Null: all of the type.</param>
internal sealed class MessageHandler<T>(Action<T> handler, Predicate<T>? takes) : MessageHandler
{
    public override bool TryTake(object message)
    {
        if (message is not T its || (takes is not null && !takes(its))) return false;
        handler(its);
        return true;
    }
}
