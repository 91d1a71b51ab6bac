using CubeActors.LoadGen;
using CubeActors.Protocol.Master;

namespace CubeActors.Decommission;

/// <summary>Asks one node for its report, again and again. One thread.</summary>
internal sealed class HeartbeatLoop(TrialNode node, string master, CancellationToken stopping)
{
    /// <summary>A master of CubeFS asks every six seconds. Here a move waits for the report that ends it.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>A heartbeat is acknowledged at once; only a node that was killed or stands still does not.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public void Run()
    {
        using var line = new PacketLine(Patience);
        while (!stopping.WaitHandle.WaitOne(Period))
        {
            try
            {
                var request = new DataNodeHeartbeatRequest { CurrTime = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), MasterAddr = master };
                AdminCall.Ask(line, node.Address, node.Address, Protocol.Opcode.DataNodeHeartbeat, default, request, MasterJson.Default.DataNodeHeartbeatRequest);
            }
            catch (NodeFault)
            {
                // It does not run at the moment, or has just been killed: the next one tells more.
            }
        }
    }
}
