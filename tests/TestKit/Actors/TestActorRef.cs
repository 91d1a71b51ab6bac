using Akka.Actor;

namespace CubeActors.TestKit;

/// <summary>An actor's reference together with its object, which a test may look into while the actor is idle.</summary>
public sealed class TestActorRef<TActor> where TActor : ActorBase
{
    private readonly CapturingProducer<TActor> _producer;

    internal TestActorRef(IActorRef actor, CapturingProducer<TActor> producer) => (Ref, _producer) = (actor, producer);

    public IActorRef Ref { get; }

    public TActor UnderlyingActor => _producer.Latest ?? throw new InvalidOperationException($"{Ref} has not started.");

    public void Tell(object message, IActorRef? sender = null) => Ref.Tell(message, sender ?? ActorRefs.NoSender);
}

internal sealed class CapturingProducer<TActor> : IIndirectActorProducer where TActor : ActorBase
{
    private readonly Props _inner;
    private volatile TActor? _latest;

    public CapturingProducer(Props inner)
    {
        _inner = inner;
        var props = Akka.Actor.Props.CreateBy(this).WithDeploy(inner.Deploy);
        Props = inner.SupervisorStrategy is { } strategy ? props.WithSupervisorStrategy(strategy) : props;
    }

    public Props Props { get; }
    public TActor? Latest => _latest;
    public Type ActorType => typeof(TActor);
    public ActorBase Produce() => _latest = (TActor)_inner.NewActor();
    public void Release(ActorBase actor) => _latest = null;
}
