using System.Text.Json.Serialization;
using CubeActors.Protocol;
using CubeActors.Protocol.Objects;

namespace CubeActors.ControlPlane;

/// <summary>What belongs to exactly one put: a whole normal extent, or one slot of a tiny extent.</summary>
/// <param name="Slot">Offset of the slot; 0 for a normal extent.</param>
internal readonly record struct OwnedExtent(ulong PartitionId, ulong ExtentId, long Slot)
{
    public static OwnedExtent Of(ObjectExtent piece) =>
        new(piece.PartitionId, piece.ExtentId, new ExtentId(piece.ExtentId).IsTiny ? piece.ExtentOffset : 0);

    [JsonIgnore]
    public bool IsTiny => new ExtentId(ExtentId).IsTiny;
}

/// <summary>An extent, or a slot, that nobody refers to and that the data nodes still hold.</summary>
/// <param name="Bytes">Of a slot, exactly; of a normal extent, what was acknowledged, for the statistics only: the whole extent goes.</param>
internal sealed record GarbageItem(ulong Id, string Volume, OwnedExtent Key, long Bytes);
