using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace CubeActors.TestKit;

/// <summary>
/// A test actor of its own, for a part that the code under test talks to. It can stand wherever an IActorRef is asked for.
/// </summary>
public sealed class TestProbe : TestKitBase, IInternalActorRef
{
    internal TestProbe(TestKitBase parent, string? name) : base(parent.Sys, name, parent) { }

    public IActorRef Ref => TestActor;

    /// <summary>The sender of the last message read.</summary>
    public IActorRef Sender => LastSender;

    public void Send(IActorRef actor, object message) => actor.Tell(message, TestActor);

    /// <summary>Answers the last message read.</summary>
    public void Reply(object message) => Sender.Tell(message, TestActor);

    /// <summary>Passes the last message read on, with its sender.</summary>
    public void Forward(IActorRef actor) => Forward(actor, LastMessage ?? throw new InvalidOperationException("Nothing was read yet."));

    public void Forward(IActorRef actor, object message) => actor.Tell(message, Sender);

    private IInternalActorRef Inner => (IInternalActorRef)TestActor;

    ActorPath IActorRef.Path => TestActor.Path;
    bool IActorRefScope.IsLocal => Inner.IsLocal;
    IInternalActorRef IInternalActorRef.Parent => Inner.Parent;
    IActorRefProvider IInternalActorRef.Provider => Inner.Provider;
    [Obsolete("Akka keeps this for its own use.")]
    bool IInternalActorRef.IsTerminated => Inner.IsTerminated;
    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => Inner.GetChild(name);
    void IInternalActorRef.Resume(Exception causedByFailure) => Inner.Resume(causedByFailure);
    void IInternalActorRef.Start() => Inner.Start();
    void IInternalActorRef.Stop() => Inner.Stop();
    void IInternalActorRef.Restart(Exception cause) => Inner.Restart(cause);
    void IInternalActorRef.Suspend() => Inner.Suspend();
    void IInternalActorRef.SendSystemMessage(ISystemMessage message) => Inner.SendSystemMessage(message);
    [Obsolete("Akka keeps this overload for old callers.")]
    void IInternalActorRef.SendSystemMessage(ISystemMessage message, IActorRef sender) => Inner.SendSystemMessage(message, sender);
    void ICanTell.Tell(object message, IActorRef sender) => TestActor.Tell(message, sender);
    ISurrogate ISurrogated.ToSurrogate(ActorSystem system) => TestActor.ToSurrogate(system);
    int IComparable.CompareTo(object? obj) => TestActor.CompareTo(obj);
    int IComparable<IActorRef>.CompareTo(IActorRef? other) => TestActor.CompareTo(other);
    bool IEquatable<IActorRef>.Equals(IActorRef? other) => TestActor.Equals(other);
    public override bool Equals(object? obj) => TestActor.Equals(obj);
    public override int GetHashCode() => TestActor.GetHashCode();
    public override string ToString() => TestActor.ToString()!;
}
