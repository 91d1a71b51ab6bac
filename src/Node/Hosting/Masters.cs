using System.Net;
using CubeActors.ControlPlane;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>Starts embedded masters the way this program needs them.</summary>
internal static class Masters
{
    /// <exception cref="SettingsException">The address or the data directory cannot be used.</exception>
    public static async Task<MasterHost> StartAsync(
        CommandContext context, IPEndPoint listen, string dataDirectory, string clusterName, MasterTunables tunables, LogEventLevel level, CancellationToken stop)
    {
        try
        {
            return await MasterHost.StartAsync(
                new MasterOptions
                {
                    Listen = listen,
                    DataDirectory = dataDirectory,
                    ClusterName = clusterName,
                    Network = context.Network,
                    Time = context.Time,
                    HeartbeatPeriod = tunables.HeartbeatPeriod,
                    Liveness = tunables.NodeTimeout,
                    Hocon = ActorSystems.LoggingOf(level),
                },
                stop);
        }
        catch (Exception failure) when (failure is MasterStartException or ArgumentException)
        {
            throw new SettingsException(failure.Message.ReplaceLineEndings(" "), failure);
        }
    }
}
