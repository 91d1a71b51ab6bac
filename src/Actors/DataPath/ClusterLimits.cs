using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What all nodes of a cluster keep to, as the master says it once a minute.</summary>
/// <param name="DeletesPerSecond">0: no limit.</param>
/// <param name="RepairsMax">Extents that are repaired at a time by this node.</param>
/// <param name="RepairErrorsMax">After so many failed repairs of a replica that is being rebuilt, the log calls for somebody. CubeFS 3.5.3 fetches the
/// number and does nothing with it, because a source that restarts makes that many failures in no time; the replica is not given up here either.</param>
/// <remarks>Source: CubeFS datanode/server.go updateLimitInfo and util/limit.go, datanode/const.go.</remarks>
public sealed record ClusterLimits(ulong DeletesPerSecond, int RepairsMax, ulong RepairErrorsMax)
{
    private const int RepairsLeast = 5, RepairsMost = 20000;
    private const ulong RepairErrorsDefault = 1000;

    /// <summary>In force until a master has answered.</summary>
    public static readonly ClusterLimits Unknown = new(0, RepairsMost, RepairErrorsDefault);

    /// <summary>The limits in a master's answer, each brought within its bounds.</summary>
    public static ClusterLimits From(ClusterInfo info) => new(
        info.DataNodeDeleteLimitRate,
        info.DataNodeAutoRepairLimitRate == 0 ? RepairsMost : (int)Math.Clamp(info.DataNodeAutoRepairLimitRate, RepairsLeast, RepairsMost),
        info.DpMaxRepairErrCnt == 0 ? RepairErrorsDefault : info.DpMaxRepairErrCnt);
}
