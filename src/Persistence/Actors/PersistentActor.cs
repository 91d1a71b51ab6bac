using Akka.Actor;

namespace CubeActors.Persistence;

/// <summary>An <see cref="Eventsourced"/> actor that implements ReceiveRecover and ReceiveCommand itself.</summary>
public abstract class PersistentActor(SqliteJournal journal) : Eventsourced(journal);

/// <summary>Like <see cref="PersistentActor"/>; what OnCommand and OnRecover do not match must be passed to Unhandled by them.</summary>
public abstract class UntypedPersistentActor(SqliteJournal journal) : Eventsourced(journal)
{
    protected abstract void OnCommand(object message);
    protected abstract void OnRecover(object message);

    protected sealed override bool ReceiveCommand(object message)
    {
        OnCommand(message);
        return true;
    }

    protected sealed override bool ReceiveRecover(object message)
    {
        OnRecover(message);
        return true;
    }

    protected void Become(UntypedReceive receive) => Context.Become(message =>
    {
        receive(message);
        return true;
    });
}
