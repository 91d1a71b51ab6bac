using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>How a disk was last left: what the last run's unsynced writes are worth.</summary>
public enum BootVerdict
{
    /// <summary>The kernel has not restarted since the last run: all that was written is there, also after kill -9.</summary>
    SameBoot,
    /// <summary>The last run synced everything before it ended.</summary>
    CleanStop,
    /// <summary>The kernel restarted under a running node: what was not synced may be gone, from raft logs too.</summary>
    DirtyBoot,
    /// <summary>No usable record: a new disk, or another program wrote here since.</summary>
    Unknown,
}

/// <summary>`.cubeactors` at a disk's root: one JSON object. Losing it is harmless; see docs/formats/disk-layout.md.</summary>
/// <param name="BootId">The kernel's boot id during the run that wrote it.</param>
/// <param name="CleanStop">Written as the last act of a run that synced everything.</param>
/// <param name="BlockCrcsAreHints">Some stored block CRCs may be stale: written by Go, or before a power cut. Stays until a scrub has looked at all.</param>
/// <param name="Process">Who wrote it, for the message to whoever finds the disk locked.</param>
/// <param name="Extents">SHA-256 of the list of extents that a clean stop has left; null for none, as in all other records.</param>
public sealed record BootRecord(
    [property: JsonPropertyName("format")] int Format, [property: JsonPropertyName("bootId")] string BootId,
    [property: JsonPropertyName("cleanStop")] bool CleanStop, [property: JsonPropertyName("blockCrcsAreHints")] bool BlockCrcsAreHints,
    [property: JsonPropertyName("process")] string Process,
    [property: JsonPropertyName("extents"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Extents = null)
{
    public const string Name = ".cubeactors";
    public const string TemporaryName = ".cubeactors.new";
    public const int CurrentFormat = 1;

    /// <summary>Decides what the record says. Pure.</summary>
    /// <param name="record">Null if there is none.</param>
    /// <param name="recordedAt">mtime of the record.</param>
    /// <param name="probedAt">
    /// mtime of .diskStatus. We write the record after every probe, a Go node writes only the probe: a newer probe tells that Go ran since.
    /// </param>
    /// <param name="newestStateAt">
    /// mtime of the newest META or raft log. It counts after a clean stop only; a run that was killed has naturally written both after its
    /// record.
    /// </param>
    public static BootVerdict Judge(BootRecord? record, string currentBootId, long recordedAt, long probedAt, long newestStateAt)
    {
        if (record is null || probedAt > recordedAt || (record.CleanStop && newestStateAt > recordedAt)) return BootVerdict.Unknown;
        if (record.CleanStop) return BootVerdict.CleanStop;
        return record.BootId == currentBootId ? BootVerdict.SameBoot : BootVerdict.DirtyBoot;
    }

    /// <returns>Null if there is none, or none that can be read.</returns>
    /// <exception cref="StorageCorruptException">A later version of this program wrote it.</exception>
    public static BootRecord? Load(IFileSystem files, string diskRoot)
    {
        if (DurableFile.Read(files, diskRoot, Name) is not { } content) return null;
        BootRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(content, BootRecordContext.Default.BootRecord);
        }
        catch (JsonException)
        {
            return null; // the same as none: the disk is then trusted less, never more
        }
        if (record is null || record.Format < 1 || record.BootId is null || record.Process is null) return null;
        return record.Format <= CurrentFormat ? record : throw new StorageCorruptException($"{diskRoot}/{Name}",
            $"a later version of this program wrote it (format {record.Format}, known is {CurrentFormat})", "Start that version, or delete the file if its partitions may be judged anew");
    }

    /// <summary>There is none any more: the disk is trusted less. Durable on return.</summary>
    public static void Delete(IFileSystem files, string diskRoot)
    {
        files.DeleteFile($"{diskRoot}/{TemporaryName}");
        if (files.DeleteFile($"{diskRoot}/{Name}")) files.SyncDirectory(diskRoot);
    }

    /// <summary>Durable on return.</summary>
    public void Save(IFileSystem files, string diskRoot) => DurableFile.Replace(
        files, diskRoot, Name, TemporaryName, FilePermission.Data, JsonSerializer.SerializeToUtf8Bytes(this, BootRecordContext.Default.BootRecord));
}

[JsonSerializable(typeof(BootRecord))]
internal sealed partial class BootRecordContext : JsonSerializerContext;
