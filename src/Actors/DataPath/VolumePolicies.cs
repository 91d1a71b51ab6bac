using System.Collections.Frozen;

namespace CubeActors.Actors;

/// <summary>The master's rules for volumes, replaced as a whole with every heartbeat.</summary>
/// <param name="Forbidden">No appends, no reads; creates, deletes and repair go on.</param>
/// <param name="WithoutVersion0">Writes of clients without protocol version are refused with 0x88.</param>
/// <param name="ClusterWithoutVersion0">The same for the whole cluster.</param>
/// <param name="IgnoreTinyRecovering">A punch beyond the local size counts as done instead of 0xB4.</param>
public sealed record VolumePolicies(
    FrozenSet<string> Forbidden, FrozenSet<string> WithoutVersion0, bool ClusterWithoutVersion0, FrozenSet<string> IgnoreTinyRecovering)
{
    /// <summary>Bytes that a repair reads at a time where the master names no other. Source: CubeFS proto/admin_proto.go DefaultDpRepairBlockSize, 128 KiB.</summary>
    public const int DefaultRepairBlockBytes = 128 * 1024;

    /// <summary>Most that is taken over from a master. Source: the largest that CubeFS master/api_service.go setVolDpRepairBlockSize accepts.</summary>
    public const int RepairBlockBytesMax = (int)Protocol.PacketLimits.ReadBlockBytesMax;

    public static readonly VolumePolicies None = new(FrozenSet<string>.Empty, FrozenSet<string>.Empty, false, FrozenSet<string>.Empty);

    /// <summary>Volumes that are read past the page cache.</summary>
    public FrozenSet<string> DirectRead { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Bytes that a repair reads at a time, of the volumes for which they differ from <see cref="DefaultRepairBlockBytes"/>.</summary>
    public FrozenDictionary<string, int> RepairBlocks { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Bytes that a repair of this volume reads at a time.</summary>
    public int RepairBlockBytes(string volume) => RepairBlocks.TryGetValue(volume, out var bytes) ? bytes : DefaultRepairBlockBytes;
}
