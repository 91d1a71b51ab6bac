using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>Reads a value as Go's decoder does: null is zero; a wrong kind, a fraction, an exponent or a number out of range fails.</summary>
internal abstract class GoValue<T> : JsonConverter<T> where T : struct
{
    public override bool HandleNull => true;

    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return default;
        return TryTake(ref reader, out var value) ? value : throw new JsonException($"not a {typeof(T).Name}");
    }

    protected abstract bool TryTake(ref Utf8JsonReader reader, out T value);

    protected static bool IsNumber(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number;
}

internal sealed class GoUInt64 : GoValue<ulong>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out ulong value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetUInt64(out value);
    }
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoInt64 : GoValue<long>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetInt64(out value);
    }
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoUInt32 : GoValue<uint>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out uint value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetUInt32(out value);
    }
    public override void Write(Utf8JsonWriter writer, uint value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoInt32 : GoValue<int>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out int value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetInt32(out value);
    }
    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoByte : GoValue<byte>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out byte value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetByte(out value);
    }
    public override void Write(Utf8JsonWriter writer, byte value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoSByte : GoValue<sbyte>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out sbyte value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetSByte(out value);
    }
    public override void Write(Utf8JsonWriter writer, sbyte value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoDouble : GoValue<double>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out double value)
    {
        value = 0;
        return IsNumber(ref reader) && reader.TryGetDouble(out value) && double.IsFinite(value);
    }
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class GoBool : GoValue<bool>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
    }
    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
}

/// <summary>Go's time.Time: RFC 3339, up to nanoseconds; the zero time is 0001-01-01T00:00:00Z, here default.</summary>
internal sealed class GoTime : GoValue<DateTimeOffset>
{
    protected override bool TryTake(ref Utf8JsonReader reader, out DateTimeOffset value)
    {
        value = default;
        return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out value);
    }
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
