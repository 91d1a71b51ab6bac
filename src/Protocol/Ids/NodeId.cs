using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>Names a node, also as a raft member. The master answers it to every registration; it is never stored by CubeFS nodes.</summary>
[JsonConverter(typeof(NodeIdJson))]
public readonly record struct NodeId(ulong Value) : IComparable<NodeId>
{
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString();
}
