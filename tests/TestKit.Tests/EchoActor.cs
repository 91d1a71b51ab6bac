using Akka.Actor;

namespace CubeActors.TestKit.Tests;

internal sealed class EchoActor : ReceiveActor
{
    public sealed record Crash;

    public EchoActor()
    {
        Receive<Crash>(_ => throw new InvalidOperationException("told to crash"));
        ReceiveAny(message => Sender.Tell(message));
    }
}
