using System.Text.Json;

namespace CubeActors.Protocol;

/// <summary>The JSON of one <see cref="ExtentKey"/>, and of the list that 0x58 carries.</summary>
public static class ExtentKeyJson
{
    public static bool TryRead(ReadOnlySpan<byte> data, out ExtentKey key) => GoJson.TryRead(data, BodyJson.Default.ExtentKey, out key);

    /// <returns>False if it is no list of keys, or one of more than <paramref name="keysMax"/>.</returns>
    public static bool TryReadList(ReadOnlySpan<byte> data, int keysMax, out List<ExtentKey> keys) =>
        GoJson.TryReadList(data, keysMax, BodyJson.Default.ExtentKey, out keys);

    public static byte[] Write(in ExtentKey key) => JsonSerializer.SerializeToUtf8Bytes(key, BodyJson.Default.ExtentKey);

    public static byte[] WriteList(IReadOnlyList<ExtentKey> keys) =>
        JsonSerializer.SerializeToUtf8Bytes(keys, BodyJson.Default.IReadOnlyListExtentKey);
}
