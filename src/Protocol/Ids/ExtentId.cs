using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>Names an extent within its data partition. The number alone tells a tiny extent from a normal one.</summary>
/// <remarks>Source: CubeFS datanode/storage/extent_store.go TinyExtentStartID, TinyExtentCount, MinExtentID, MaxExtentID.</remarks>
[JsonConverter(typeof(ExtentIdJson))]
public readonly record struct ExtentId(ulong Value) : IComparable<ExtentId>
{
    public const ulong TinyFirst = 1;
    public const ulong TinyLast = 64;
    /// <summary>Ids above this number are handed out to normal extents; 65..1024 are never used.</summary>
    public const ulong NormalBase = 1024;
    /// <summary>A partition whose last id is above this is reported read-only.</summary>
    public const ulong NormalLast = 1 << 30;

    public bool IsTiny => Value is >= TinyFirst and <= TinyLast;
    public int CompareTo(ExtentId other) => Value.CompareTo(other.Value);
    public override string ToString() => Value.ToString();
}
