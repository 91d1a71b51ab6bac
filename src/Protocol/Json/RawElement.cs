using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>A value that is kept as text and written back byte for byte, also where it holds escapes that are no text.</summary>
internal sealed class RawElement : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonElement.ParseValue(ref reader);

    // The element was parsed, so its text is JSON; the stock converter would decode every string again and throw on half a surrogate.
    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
