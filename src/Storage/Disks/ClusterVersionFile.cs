using System.Text.Json;
using System.Text.Json.Serialization;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

/// <summary>What a directory's CLUSTER-VERSION says about using it in a cluster.</summary>
public enum ClusterVersionVerdict
{
    /// <summary>It names this cluster.</summary>
    Matches,
    /// <summary>There is none, and nothing else either: the directory becomes this cluster's.</summary>
    New,
    /// <summary>There is none, but other content: whose it is, an operator has to say.</summary>
    Missing,
    /// <summary>It names another cluster.</summary>
    Differs,
    /// <summary>It cannot be read as what it should be.</summary>
    Damaged,
}

/// <summary>CLUSTER-VERSION: the cluster that a directory belongs to, so that a disk which was moved is not served in another one.</summary>
/// <remarks>
/// One JSON object, <c>{"ClusterUUID":"..."}</c>, in raftDir and at each disk's root. It counts only in clusters whose master says so (ClusterUuidEnable).
/// Source: CubeFS util/config/config.go CheckOrStoreClusterUuid. Different from there: a fresh file system (lost+found) and what this program writes before it has
/// talked to a master do not count as content.
/// </remarks>
public static class ClusterVersionFile
{
    public const string Name = "CLUSTER-VERSION";
    private const string TemporaryName = ".cubeactors-cluster-version";

    /// <summary>A longer answer of a master is none.</summary>
    private const int UuidCharactersMax = 128;

    /// <summary>Names that make no directory another cluster's.</summary>
    private static readonly HashSet<string> NoContent =
        ["lost+found", RaftDirectory.StateDirectoryName, BootRecord.Name, BootRecord.TemporaryName, StatusProbe.DiskName, ScrubRecord.Name, ScrubRecord.TemporaryName, TemporaryName,
            ".cubeactors-write-probe"];

    /// <summary>Decides by a directory's names and the id recorded there. Pure.</summary>
    /// <param name="names">Null: there is no such directory, which is like an empty one.</param>
    /// <param name="recorded">Null where there is no file; empty where it cannot be read.</param>
    public static ClusterVersionVerdict Judge(IEnumerable<string>? names, string? recorded, string uuid)
    {
        if (recorded is not null) return recorded.Length == 0 ? ClusterVersionVerdict.Damaged : recorded == uuid ? ClusterVersionVerdict.Matches : ClusterVersionVerdict.Differs;
        return names is null || names.All(NoContent.Contains) ? ClusterVersionVerdict.New : ClusterVersionVerdict.Missing;
    }

    /// <summary>Looks at one directory and changes nothing.</summary>
    /// <exception cref="DiskFaultException">The disk does not answer.</exception>
    public static ClusterVersionVerdict Inspect(IFileSystem files, string directory, string uuid) => Judge(files.List(directory), Load(files, directory), uuid);

    /// <summary>Checks all directories of a node; those without content become this cluster's. Nothing is written unless all are in order. Durable on return.</summary>
    /// <param name="directories">Existing ones: raftDir first, then the roots of the disks that can be used.</param>
    /// <param name="uuid">As the master gave it.</param>
    /// <returns>Null, or one sentence that says what is wrong and what to do: the node must not serve these disks then.</returns>
    /// <exception cref="DiskFaultException">A disk does not answer.</exception>
    public static string? Check(IFileSystem files, IReadOnlyList<string> directories, string uuid)
    {
        if (uuid.Length is 0 or > UuidCharactersMax) return $"the master asks for a check of {Name} and gives no usable id (\"{uuid[..Math.Min(uuid.Length, UuidCharactersMax)]}\"); correct the master";
        var fresh = new List<string>();
        foreach (var directory in directories)
        {
            var verdict = Inspect(files, directory, uuid);
            if (verdict == ClusterVersionVerdict.New) fresh.Add(directory);
            else if (Explain(verdict, directory, Load(files, directory), uuid) is { } problem) return problem;
        }

        foreach (var directory in fresh) Write(files, directory, uuid);
        return null;
    }

    /// <summary>One sentence for an operator; null where nothing is wrong.</summary>
    public static string? Explain(ClusterVersionVerdict verdict, string directory, string? recorded, string uuid) => verdict switch
    {
        ClusterVersionVerdict.Missing =>
            $"{directory} holds files but no {Name}, and the cluster {uuid} asks for one; if they are this cluster's, write {{\"ClusterUUID\":\"{uuid}\"}} to {directory}/{Name} (or call /genClusterVersionFile on a running node)",
        ClusterVersionVerdict.Differs =>
            $"{directory}/{Name} names the cluster {recorded}, and the masters are those of {uuid}; correct masterAddr, or take the directory out of the configuration",
        ClusterVersionVerdict.Damaged =>
            $"{directory}/{Name} is not the JSON object that it should be; restore {{\"ClusterUUID\":\"...\"}} with the id of the cluster that the directory belongs to",
        _ => null,
    };

    /// <summary>What /genClusterVersionFile does: marks directories that have no mark yet as this cluster's. Durable on return.</summary>
    /// <returns>Null, or the first directory that has one: then nothing was written, and CubeFS answers 201.</returns>
    /// <exception cref="DiskFaultException">A disk does not answer.</exception>
    public static string? Generate(IFileSystem files, IReadOnlyList<string> directories, string uuid)
    {
        if (directories.FirstOrDefault(directory => files.Stat($"{directory}/{Name}") is not null) is { } marked) return marked;
        foreach (var directory in directories.Distinct()) Write(files, directory, uuid);
        return null;
    }

    /// <returns>The id in a directory; null without the file, empty if it is damaged.</returns>
    public static string? Load(IFileSystem files, string directory)
    {
        try
        {
            if (files.Stat(directory) is null || DurableFile.Read(files, directory, Name) is not { } content) return null;
            return JsonSerializer.Deserialize(content, ClusterVersionContext.Default.ClusterVersionJson)?.ClusterUUID ?? "";
        }
        catch (Exception failure) when (failure is JsonException or StorageCorruptException)
        {
            return ""; // told of as damaged, with what to do
        }
    }

    private static void Write(IFileSystem files, string directory, string uuid) => DurableFile.Replace(
        files, directory, Name, TemporaryName, FilePermission.Marker, JsonSerializer.SerializeToUtf8Bytes(new ClusterVersionJson(uuid), ClusterVersionContext.Default.ClusterVersionJson));
}

internal sealed record ClusterVersionJson(string? ClusterUUID);

[JsonSerializable(typeof(ClusterVersionJson))]
internal sealed partial class ClusterVersionContext : JsonSerializerContext;
