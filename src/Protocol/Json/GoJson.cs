using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace CubeActors.Protocol;

/// <summary>Reads JSON of CubeFS peers by the rules of Go's decoder, without throwing.</summary>
/// <remarks>
/// Names match in any case, unknown ones are skipped, missing and null ones are zero or empty. A wrong kind, a number out of range, a
/// negative number for an unsigned field, a fraction or an exponent in an integer fails the whole document. So do bytes that are no
/// UTF-8, which Go would replace.
/// </remarks>
public static class GoJson
{
    /// <summary>The whole document as one value; false if it is not one, or is <c>null</c>.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!Utf8.IsValid(json)) return false; // the parser would leave it to whoever looks at the string
        try
        {
            value = JsonSerializer.Deserialize(json, type);
            return value is not null;
        }
        catch (JsonException) // the peer's text, not our mistake: the caller answers it
        {
            return false;
        }
    }

    /// <summary>A value inside a document that was read already, as the request in an admin task.</summary>
    public static bool TryRead<T>(JsonElement? json, JsonTypeInfo<T> type, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (json is not { } element) return false;
        try
        {
            value = element.Deserialize(type);
            return value is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>An array of at most <paramref name="elementsMax"/>: short elements must not grow into a list that is many times their size.</summary>
    /// <param name="values">Empty for <c>[]</c> and <c>null</c>.</param>
    public static bool TryReadList<T>(ReadOnlySpan<byte> json, int elementsMax, JsonTypeInfo<T> type, out List<T> values)
    {
        values = [];
        if (!Utf8.IsValid(json)) return false;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.Null) return !reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray) return false;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (values.Count == elementsMax || JsonSerializer.Deserialize(ref reader, type) is not { } value) return false;
                values.Add(value);
            }
            return !reader.Read(); // nothing may follow
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>An upper bound of the objects in a document, without reading it.</summary>
    internal static int ObjectsAtMost(ReadOnlySpan<byte> json) => json.Count((byte)'{');
}
