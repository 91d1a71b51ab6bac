using System.Collections.Frozen;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>What a heartbeat orders, as the node keeps it. Pure: the request and what was in force before in, what is in force from now on out.</summary>
/// <remarks>Every list replaces the one before, an empty one clears it: also the last forbidden volume, which CubeFS forgets to release.</remarks>
internal static class HeartbeatOrders
{
    public static VolumePolicies Volumes(DataNodeHeartbeatRequest request) => new(
        Set(request.ForbiddenVols), Set(request.VolsForbidWriteOpOfProtoVer0), request.NotifyForbidWriteOpOfProtoVer0, Set(request.IgnoreTinyRecoverVols))
    {
        DirectRead = Set(request.DirectReadVols),
        RepairBlocks = request.VolDpRepairBlockSize.Where(size => size.Value is > 0 and <= VolumePolicies.RepairBlockBytesMax)
            .ToFrozenDictionary(size => size.Key, size => (int)size.Value, StringComparer.Ordinal),
    };

    public static DiskPolicies Disks(DataNodeHeartbeatRequest request, DiskPolicies before) => new()
    {
        QosEnabled = request.EnableDiskQos,
        Rates = new DiskRates(
            Over(before.Rates.ReadBytes, request.QosFlowReadLimit), Over(before.Rates.WriteBytes, request.QosFlowWriteLimit),
            Over(before.Rates.ReadOperations, request.QosIopsReadLimit), Over(before.Rates.WriteOperations, request.QosIopsWriteLimit)),
        Decommissioned = Set(request.DecommissionDisks),
        BackupTimeout = GoDuration.TryParse(request.DpBackupTimeout, out var timeout) && timeout > DiskPolicies.BackupTimeoutMin ? timeout : DiskPolicies.BackupTimeoutMin,
        IsHeard = true,
    };

    /// <summary>0 leaves the limit that is in force.</summary>
    private static ulong Over(ulong before, ulong asked) => asked > 0 ? asked : before;

    /// <summary>The JSON of a stranger may hold null where a name should be.</summary>
    private static FrozenSet<string> Set(IReadOnlyList<string> names) => names.Where(name => !string.IsNullOrEmpty(name)).ToFrozenSet(StringComparer.Ordinal);
}
