using Microsoft.AspNetCore.Routing;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The dashboard of a node: its page, and the streams of events that the page shows. Nothing of it works while nobody watches.</summary>
internal static class DashboardPaths
{
    /// <param name="port">Of the operators, here and on other members.</param>
    /// <param name="stopping">Ends all streams.</param>
    public static void Map(IEndpointRouteBuilder routes, OperatorDesk desk, int port, ILogger log, CancellationToken stopping)
    {
        PagePaths.Map(routes);
        new EventPaths(new NodeSource(desk), new ClusterSource(desk, desk.Members, port), desk.Time, log, stopping).Map(routes);
    }
}
