using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>Names a data partition in the whole cluster; the master hands the numbers out. 0 means no partition.</summary>
[JsonConverter(typeof(PartitionIdJson))]
public readonly record struct PartitionId(ulong Value) : IComparable<PartitionId>
{
    public int CompareTo(PartitionId other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString();
}
