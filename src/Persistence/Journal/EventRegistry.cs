using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Persistence;

/// <summary>
/// Which event and snapshot types a journal knows, each under a short manifest that is stored beside its JSON. The manifest is the
/// promise to the disk: a type may be renamed, a manifest never. Filled before the journal opens, read-only afterwards.
/// </summary>
public sealed class EventRegistry
{
    public const int ManifestCharsMax = 64;

    /// <summary>A larger event does not belong in a journal.</summary>
    public const int EventBytesMax = 1024 * 1024;

    /// <summary>SQLite's own default limit of a value is 1 GB; an actor's state is far below it.</summary>
    public const int SnapshotBytesMax = 64 * 1024 * 1024;

    private readonly Dictionary<Type, (string Manifest, JsonTypeInfo Json)> _writers = [];
    private readonly Dictionary<string, Func<byte[], object>> _readers = new(StringComparer.Ordinal);

    /// <summary>Events of exactly the type <typeparamref name="T"/> are written and read under <paramref name="manifest"/>.</summary>
    /// <param name="json">From a source-generated JsonSerializerContext.</param>
    /// <exception cref="ArgumentException">
    /// The type or the manifest is taken, or the manifest is not made of a-z, 0-9, '-', '.' and '/'.
    /// </exception>
    public EventRegistry Add<T>(string manifest, JsonTypeInfo<T> json) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(json);
        if (_writers.ContainsKey(typeof(T))) throw new ArgumentException($"{typeof(T)} has a manifest already.", nameof(manifest));
        AddReader(manifest, json, static value => value);
        _writers.Add(typeof(T), (manifest, json));
        return this;
    }

    /// <summary>What an earlier version stored under <paramref name="manifest"/> is read and turned into an event of today.</summary>
    public EventRegistry AddOld<T>(string manifest, JsonTypeInfo<T> json, Func<T, object> toCurrent) where T : notnull
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(toCurrent);
        AddReader(manifest, json, toCurrent);
        return this;
    }

    /// <exception cref="InvalidOperationException">The type is not registered.</exception>
    /// <exception cref="ArgumentException">The JSON is longer than <paramref name="bytesMax"/>.</exception>
    internal StoredValue Serialize(object value, int bytesMax)
    {
        if (!_writers.TryGetValue(value.GetType(), out var writer))
            throw new InvalidOperationException($"{value.GetType()} has no manifest; register it with EventRegistry.Add.");
        var payload = JsonSerializer.SerializeToUtf8Bytes(value, writer.Json);
        if (payload.Length > bytesMax)
            throw new ArgumentException($"{value.GetType()} takes {payload.Length} bytes as JSON; the limit is {bytesMax}.", nameof(value));
        return new StoredValue(writer.Manifest, payload);
    }

    /// <exception cref="JournalException">The manifest is unknown or the payload does not fit it.</exception>
    internal object Deserialize(StoredValue stored, string where)
    {
        if (!_readers.TryGetValue(stored.Manifest, out var read))
            throw new JournalException(
                $"{where} has the manifest '{stored.Manifest}', which this program does not know; a newer version may have written it.", fault: JournalFault.Newer);
        try
        {
            return read(stored.Payload);
        }
        catch (Exception cause) when (cause is JsonException or NotSupportedException)
        {
            throw new JournalException($"{where} does not fit its manifest '{stored.Manifest}': {cause.Message}", cause, JournalFault.Damaged);
        }
    }

    private void AddReader<T>(string manifest, JsonTypeInfo<T> json, Func<T, object> toCurrent)
    {
        if (!IsManifest(manifest))
            throw new ArgumentException(
                $"'{manifest}' is not a manifest: 1 to {ManifestCharsMax} of a-z, 0-9, '-', '.', '/'.", nameof(manifest));
        var added = _readers.TryAdd(manifest, payload =>
            toCurrent(JsonSerializer.Deserialize(payload, json) ?? throw new JsonException("the payload is null")));
        if (!added) throw new ArgumentException($"The manifest '{manifest}' is taken.", nameof(manifest));
    }

    private static bool IsManifest(string? text) =>
        text is { Length: > 0 and <= ManifestCharsMax } && text.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '.' or '/');
}

/// <summary>A value as it lies on disk.</summary>
/// <param name="Payload">UTF-8 JSON; not changed by anybody once made.</param>
internal readonly record struct StoredValue(string Manifest, byte[] Payload);
