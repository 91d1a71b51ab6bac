using System.Text.Json;
using System.Text.Json.Serialization;

namespace CubeActors.Protocol;

/// <summary>What fsck locks an extent for. Source: CubeFS proto/extent_key.go, the GC flags.</summary>
public enum ExtentLockKind : byte
{
    Normal = 0,
    Mark = 1,
    /// <summary>Appends are refused, 0x76 may delete it.</summary>
    Delete = 2,
}

/// <summary>Data of 0x57: the extents that fsck locks, or creates to restore into.</summary>
public sealed record ExtentLock
{
    /// <summary>Lock all, then create those that are missing.</summary>
    public bool IsCreate { get; init; }
    public string BeforeTime { get; init => field = value ?? ""; } = "";
    [JsonPropertyName("Eks")] public IReadOnlyList<ExtentKey> Keys { get; init => field = value ?? []; } = [];
    /// <summary>An <see cref="ExtentLockKind"/>.</summary>
    public byte Flag { get; init; }

    /// <returns>False if it is no lock request, its flag is unknown, or it names more than <paramref name="keysMax"/> extents.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, int keysMax, out ExtentLock request)
    {
        request = new ExtentLock();
        if (GoJson.ObjectsAtMost(data) > 2L * keysMax + 1) return false; // a key may hold one object
        if (!GoJson.TryRead(data, BodyJson.Default.ExtentLock, out var read)) return false;
        if (read.Keys.Count > keysMax || read.Flag > (byte)ExtentLockKind.Delete) return false;
        request = read;
        return true;
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, BodyJson.Default.ExtentLock);
}
