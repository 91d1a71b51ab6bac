using System.Globalization;
using System.Text.Json;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>META: what a replica knows of its partition. One JSON object with CubeFS's names; see docs/formats/disk-layout.md.</summary>
/// <remarks>Source: CubeFS datanode/partition.go DataPartitionMetadata.</remarks>
public sealed record PartitionMeta
{
    public const string Name = "META";
    public const string TemporaryName = ".meta";

    /// <summary>The volume's name.</summary>
    public required string Volume { get; init; }
    public required PartitionId Partition { get; init; }
    public required long PartitionBytes { get; init; }
    /// <summary>Local time, <c>yyyy-MM-dd HH:mm:ss</c>. Go rewrites it at every save; we keep it.</summary>
    public string CreateTime { get; init; } = "";
    public IReadOnlyList<Peer> Peers { get; init; } = [];
    /// <summary>Addresses <c>ip:port</c>; the first one leads repairs.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
    /// <summary>The replica was added by a decommission and is not rebuilt yet (DataPartitionCreateType 1).</summary>
    public bool IsBeingRebuilt { get; init; }
    public ulong LastTruncateId { get; init; }
    public int ReplicaCount { get; init; }
    /// <summary>The rebuild is paused.</summary>
    public bool StopRecover { get; init; }
    /// <summary>Versions of a snapshot volume; empty without snapshots.</summary>
    public IReadOnlyList<SnapshotVersion> Versions { get; init; } = [];
    /// <summary>Overwrites up to this raft index are durable and are not replayed.</summary>
    public ulong ApplyId { get; init; }
    /// <summary>Above 0 the replica is Unavailable until an operator resets it.</summary>
    public ulong DiskErrorCount { get; init; }

    /// <summary>A count of errors that no disk reaches: blocks of the extents are old, and nobody can tell which. CubeFS takes it for what it says.</summary>
    public const ulong ExtentsUnknown = uint.MaxValue;
    /// <summary>Writes and batch deletes are refused.</summary>
    public bool IsRepairing { get; init; }
    /// <summary>Ours, left out where 0: the replica was made by copying another one that had applied the raft log up to here before the copy began.
    /// Overwrites up to it are in the copy and are not applied again.</summary>
    /// <remarks>Go ignores the key, and loses it when it saves META.</remarks>
    public ulong CopiedUpTo { get; init; }
    /// <summary>Ours, left out where 0: a copy is under way (<see cref="IsBeingRebuilt"/>), and the replica that it is compared with had applied the raft log up to
    /// here before the first byte came. It becomes <see cref="CopiedUpTo"/> when the copy is complete, and says nothing before.</summary>
    /// <remarks>0 while nobody was asked, and for good where a copy was begun by a Go node, which has no such number.</remarks>
    public ulong CopyBasis { get; init; }
    /// <summary>Ours, left out where 0: how much of the copy under way was told to the masters, in ten thousandths. A restart must not tell them less: they take
    /// a copy that does not advance for a broken one.</summary>
    public uint CopyShare { get; init; }

    /// <summary>The directory that such a partition lies in.</summary>
    public string DirectoryName => PartitionDirectory.NameOf(Partition, PartitionBytes);

    /// <summary>A time in the form of <see cref="CreateTime"/>.</summary>
    public static string FormatTime(DateTimeOffset local) => local.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <returns>Null if there is no META: the creation of this directory was cut short, or it is none.</returns>
    /// <exception cref="StorageCorruptException">META is damaged or does not belong to this directory. Nothing was changed.</exception>
    public static PartitionMeta? Load(IFileSystem files, string directory)
    {
        if (DurableFile.Read(files, directory, Name) is not { } content) return null;
        var meta = Parse(content, $"{directory}/{Name}");
        var directoryName = directory[(directory.LastIndexOf('/') + 1)..];
        return meta.DirectoryName == directoryName ? meta : throw new StorageCorruptException($"{directory}/{Name}",
            $"it describes {meta.DirectoryName} but lies in {directoryName}", "Give the directory its right name, or restore META");
    }

    /// <summary>Replaces META; durable on return. The caller has made durable what <see cref="ApplyId"/> claims.</summary>
    public void Save(IFileSystem files, string directory) =>
        DurableFile.Replace(files, directory, Name, TemporaryName, FilePermission.Data, ToJson());

    /// <summary>Removes a temporary that a crash has left, before the directory is handed back to a Go node: that one would write into it.</summary>
    public static void DeleteLeftover(IFileSystem files, string directory)
    {
        if (files.DeleteFile($"{directory}/{TemporaryName}")) files.SyncDirectory(directory);
    }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(MetaJson.From(this), MetaJsonContext.Default.MetaJson);

    /// <param name="path">Names the source in a failure.</param>
    internal static PartitionMeta Parse(ReadOnlySpan<byte> content, string path)
    {
        const string Remedy = "Nothing was changed. Restore META from a backup or from the fields that another replica and the master show, or let the master rebuild this replica";
        if (content.IsEmpty) throw new StorageCorruptException(path, "the file is empty, as a power cut under a Go node can leave it", Remedy);
        MetaJson json;
        try
        {
            json = JsonSerializer.Deserialize(content, MetaJsonContext.Default.MetaJson) ?? throw new StorageCorruptException(path, "it holds no object", Remedy);
        }
        catch (JsonException failure)
        {
            throw new StorageCorruptException(path, $"it is not the JSON object expected ({failure.Message})", Remedy, failure);
        }
        if (json.Problem() is { } problem) throw new StorageCorruptException(path, problem, Remedy);
        return json.ToMeta();
    }
}

/// <summary>One entry of META's VerList.</summary>
public readonly record struct SnapshotVersion(ulong Sequence, long DeleteTime, byte Status);
