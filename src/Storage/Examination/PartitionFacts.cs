using System.Text.Json;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>How much of a partition is looked at.</summary>
public enum ExaminationDepth
{
    /// <summary>META, APPLY and the extent store's small files: safe to read while a node has the partition open.</summary>
    Small,
    /// <summary>The raft log too, whose last file is read from end to end.</summary>
    Log,
}

/// <summary>A key of META that is not CubeFS's.</summary>
/// <param name="Number">Its value, if it is a whole number.</param>
public readonly record struct MetaKey(string Name, ulong? Number);

/// <summary>What lies in the directory of one replica, seen without changing it. Every problem is a value, so that one bad replica does not hide the others.</summary>
/// <param name="Meta">Null if META is missing or <paramref name="MetaDamage"/>.</param>
/// <param name="OwnMetaKeys">Keys of META that a CubeFS node does not know, and loses when it saves META.</param>
/// <param name="Applied">What APPLY says; null if it cannot be read, with <paramref name="AppliedDamage"/>.</param>
/// <param name="Log">Null where it was not looked at.</param>
/// <param name="Leftovers">Temporaries of a save that was cut short.</param>
public sealed record PartitionFacts(
    RootEntry Entry, string Directory, PartitionMeta? Meta, string? MetaDamage, IReadOnlyList<MetaKey> OwnMetaKeys, ulong? Applied, string? AppliedDamage,
    ExtentFacts Extents, RaftLogFacts? Log, IReadOnlyList<string> Leftovers)
{
    /// <summary>The temporary that a CubeFS node writes into without cutting it first: a longer one spoils META.</summary>
    public const string DangerousLeftover = PartitionMeta.TemporaryName;

    /// <summary>Keys that CubeFS has. Source: datanode/partition.go DataPartitionMetadata.</summary>
    private static readonly HashSet<string> KnownMetaKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        "VolumeID", "PartitionID", "PartitionSize", "PartitionType", "CreateTime", "Peers", "Hosts", "DataPartitionCreateType", "LastTruncateID", "ReplicaNum",
        "StopRecover", "VerList", "ApplyID", "DiskErrCnt", "IsRepairing",
    };

    /// <param name="directory">Absolute.</param>
    /// <param name="unsyncedMayBeLost">See <see cref="RaftLogFacts.Read"/>.</param>
    /// <exception cref="Runtime.DiskFaultException">The disk does not answer.</exception>
    public static PartitionFacts Read(IFileSystem files, RootEntry entry, string directory, ExaminationDepth depth, bool unsyncedMayBeLost)
    {
        var names = files.List(directory) ?? [];
        var (meta, metaDamage) = Try(() => PartitionMeta.Load(files, directory));
        var applied = Try(() => (ulong?)ApplyFile.Load(files, directory));
        return new PartitionFacts(
            entry, directory, meta, metaDamage, metaDamage is null && meta is not null ? UnknownKeys(files, directory) : [], applied.Value, applied.Damage,
            ExtentFacts.Read(files, directory, names),
            depth == ExaminationDepth.Log ? RaftLogFacts.Read(files, $"{directory}/{RaftLog.DirectoryName(entry.Partition)}", unsyncedMayBeLost, applied.Value) : null,
            [.. names.Where(name => name is PartitionMeta.TemporaryName or ApplyFile.TemporaryName)]);
    }

    private static (T? Value, string? Damage) Try<T>(Func<T?> read)
    {
        try
        {
            return (read(), null);
        }
        catch (StorageCorruptException damage)
        {
            return (default, damage.Problem);
        }
    }

    private static MetaKey[] UnknownKeys(IFileSystem files, string directory)
    {
        if (DurableFile.Read(files, directory, PartitionMeta.Name) is not { } content) return [];
        try
        {
            using var document = JsonDocument.Parse(content);
            return [.. document.RootElement.EnumerateObject().Where(property => !KnownMetaKeys.Contains(property.Name)).Select(property => new MetaKey(
                property.Name, property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetUInt64(out var number) ? number : null))];
        }
        catch (JsonException)
        {
            return []; // replaced by a running node since it was loaded, and read in between
        }
    }
}
