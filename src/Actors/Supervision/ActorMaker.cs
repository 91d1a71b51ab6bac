using Akka.Actor;

namespace CubeActors.Actors;

/// <summary>Props of an actor that a function makes.</summary>
/// <remarks>
/// <c>Props.Create(() =&gt; new X(a, b))</c> takes an expression apart and compiles each argument of it, which costs the better part of a
/// millisecond: nothing for an actor that is there once, seconds for four actors of each of a thousand partitions.
/// </remarks>
internal static class ActorMaker
{
    /// <param name="make">Called once for each start of the actor, on its thread.</param>
    public static Props PropsBy<TActor>(Func<TActor> make) where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(make));

    private sealed class Producer<TActor>(Func<TActor> make) : IIndirectActorProducer where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
        }
    }
}
