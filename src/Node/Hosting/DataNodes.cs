using Akka.Actor;

namespace CubeActors.Node;

internal static class DataNodes
{
    public static IDataNode Create(NodeSettings settings, NodeServices services, ActorSystem system) => throw new NotSupportedException();
}
