using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary><c>.cubeactors-scrub</c> at a disk's root: how far the walk through it is. One JSON object; losing it costs a walk from the start.</summary>
/// <param name="Partition">That it is at, or was done with last; partitions are walked through in the order of their ids. 0 at the beginning.</param>
/// <param name="Extent">Of it the last extent that is done; 0 at its beginning.</param>
/// <param name="IsPartitionDone">The next one comes.</param>
/// <param name="PassStarted">Unix seconds; 0 before the first walk.</param>
/// <param name="IsPassDone">It rests until the next walk is due.</param>
/// <param name="LastFullPass">Unix seconds of the end of the last whole walk; 0: there was none.</param>
public sealed record ScrubRecord(
    [property: JsonPropertyName("format")] int Format, [property: JsonPropertyName("partition")] ulong Partition, [property: JsonPropertyName("extent")] ulong Extent,
    [property: JsonPropertyName("partitionDone")] bool IsPartitionDone, [property: JsonPropertyName("passStarted")] long PassStarted, [property: JsonPropertyName("passDone")] bool IsPassDone,
    [property: JsonPropertyName("lastFullPass")] long LastFullPass)
{
    public const string Name = ".cubeactors-scrub";
    public const string TemporaryName = ".cubeactors-scrub.new";
    public const int CurrentFormat = 1;

    public static readonly ScrubRecord None = new(CurrentFormat, 0, 0, IsPartitionDone: true, 0, IsPassDone: true, 0);

    /// <returns><see cref="None"/> if there is none, or none that this version can read.</returns>
    public static ScrubRecord Load(IFileSystem files, string diskRoot)
    {
        if (DurableFile.Read(files, diskRoot, Name) is not { } content) return None;
        try
        {
            var record = JsonSerializer.Deserialize(content, ScrubRecordContext.Default.ScrubRecord);
            return record is { Format: CurrentFormat, PassStarted: >= 0 and < MomentMax, LastFullPass: >= 0 and < MomentMax } ? record : None;
        }
        catch (JsonException)
        {
            return None;
        }
    }

    /// <summary>Durable on return.</summary>
    public void Save(IFileSystem files, string diskRoot) =>
        DurableFile.Replace(files, diskRoot, Name, TemporaryName, FilePermission.Data, JsonSerializer.SerializeToUtf8Bytes(this, ScrubRecordContext.Default.ScrubRecord));

    /// <summary>What a DateTimeOffset can hold.</summary>
    private const long MomentMax = 253_402_300_800;
}

[JsonSerializable(typeof(ScrubRecord))]
internal sealed partial class ScrubRecordContext : JsonSerializerContext;
