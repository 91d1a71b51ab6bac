using Akka.Event;

namespace CubeActors.Node;

/// <summary>Stands where Akka would write to stdout while no logger runs. Stdout belongs to results; what matters is in the log.</summary>
public sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
