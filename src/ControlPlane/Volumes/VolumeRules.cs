using System.Text.RegularExpressions;

namespace CubeActors.ControlPlane;

/// <summary>A volume that is wanted: the query of <c>/admin/createVol</c>, defaults filled in.</summary>
internal sealed record CreateVolume(string Name, string Owner, ulong CapacityGb, int ReplicaNum, int PartitionCount, long PartitionBytes);

/// <summary>What a volume may look like.</summary>
internal static partial class VolumeRules
{
    /// <summary>Our own bound: each partition is a directory and 64 files on every replica.</summary>
    public const int PartitionsMax = 1024;
    /// <summary>Source: CubeFS master/const.go defaultInitDataPartitionCnt.</summary>
    public const int PartitionsDefault = 10;
    /// <summary>Source: CubeFS master/const.go defaultReplicaNum.</summary>
    public const int ReplicasDefault = 3;
    public const int ReplicasMax = 3;
    public const long GiB = 1L << 30;
    /// <summary>120 GiB. Source: CubeFS util/unit.go DefaultDataPartitionSize.</summary>
    public const long PartitionBytesDefault = 120 * GiB;
    /// <summary>Room for one normal extent, or appends could never roll over to a second one. Source: CubeFS util/unit.go ExtentSize.</summary>
    public const long PartitionBytesMin = 128L << 20;
    /// <summary>1 PiB; our own bound against numbers that cannot be meant.</summary>
    public const long PartitionBytesMax = 1L << 50;
    public const ulong CapacityGbMax = 1UL << 30;

    public static Refusal? Check(CreateVolume wanted) =>
        !IsName(wanted.Name)
            ? Refusal.BadParameter($"name: \"{Shown(wanted.Name)}\" is not 3 to 63 letters, digits, '_', '.' or '-', beginning and ending with a letter or digit")
        : !OwnerPattern().IsMatch(wanted.Owner)
            ? Refusal.BadParameter($"owner: \"{Shown(wanted.Owner)}\" is not 1 to 20 letters, digits or '_', beginning with a letter")
        : wanted.CapacityGb is 0 or > CapacityGbMax ? Refusal.BadParameter($"capacity: {wanted.CapacityGb} GB is not 1 to {CapacityGbMax}")
        : wanted.ReplicaNum is < 1 or > ReplicasMax ? Refusal.BadParameter($"replicaNum: {wanted.ReplicaNum} is not 1 to {ReplicasMax}")
        : wanted.PartitionCount is < 1 or > PartitionsMax ? Refusal.BadParameter($"dpCount: {wanted.PartitionCount} is not 1 to {PartitionsMax}")
        : wanted.PartitionBytes is < PartitionBytesMin or > PartitionBytesMax
            ? Refusal.BadParameter($"size: {wanted.PartitionBytes} bytes a partition is not {PartitionBytesMin} to {PartitionBytesMax}")
        : null;

    /// <summary>Source: CubeFS master/const.go, the pattern of volume names.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>The same order again, of a volume that is still being created: whoever repeats it wants to wait for it.</summary>
    public static bool IsSameOrder(VolumeRecord volume, CreateVolume wanted) =>
        volume.Owner == wanted.Owner && volume.CapacityGb == wanted.CapacityGb && volume.ReplicaNum == wanted.ReplicaNum
        && volume.PartitionsWanted == wanted.PartitionCount && volume.PartitionBytes == wanted.PartitionBytes;

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,61}[a-zA-Z0-9]\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,19}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex OwnerPattern();
}
