using System.Text.Json;

namespace CubeActors.Protocol;

/// <summary>Ids are plain JSON numbers up to 2^64-1; null is 0.</summary>
internal abstract class IdJson<T> : GoValue<T> where T : struct
{
    protected sealed override bool TryTake(ref Utf8JsonReader reader, out T value)
    {
        value = default;
        if (!IsNumber(ref reader) || !reader.TryGetUInt64(out var number)) return false;
        value = FromNumber(number);
        return true;
    }
    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(ToNumber(value));

    protected abstract T FromNumber(ulong number);
    protected abstract ulong ToNumber(T id);
}

internal sealed class PartitionIdJson : IdJson<PartitionId>
{
    protected override PartitionId FromNumber(ulong number) => new(number);
    protected override ulong ToNumber(PartitionId id) => id.Value;
}

internal sealed class ExtentIdJson : IdJson<ExtentId>
{
    protected override ExtentId FromNumber(ulong number) => new(number);
    protected override ulong ToNumber(ExtentId id) => id.Value;
}

internal sealed class NodeIdJson : IdJson<NodeId>
{
    protected override NodeId FromNumber(ulong number) => new(number);
    protected override ulong ToNumber(NodeId id) => id.Value;
}
