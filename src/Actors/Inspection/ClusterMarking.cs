using CubeActors.Client;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>Marks a node's directories as this cluster's, by an operator's order. Thread-safe.</summary>
public interface IClusterMarking
{
    /// <summary>Writes CLUSTER-VERSION into raftDir and every disk that holds partitions, unless one of them has one.</summary>
    /// <returns>How it went, and never an exception but that of <paramref name="cancel"/>.</returns>
    Task<ClusterMark> MarkAsync(CancellationToken cancel);
}

/// <param name="AlreadyIn">The directory that has a mark: then nothing was written.</param>
/// <param name="Problem">One sentence; null if all went well.</param>
public sealed record ClusterMark(string? AlreadyIn, string? Problem);

/// <inheritdoc cref="IClusterMarking"/>
/// <param name="thread">That of the node's own state.</param>
internal sealed class ClusterMarking(MasterClient masters, IFileSystem files, IWorkQueue thread, string raftDirectory, NodeBoard board) : IClusterMarking
{
    public async Task<ClusterMark> MarkAsync(CancellationToken cancel)
    {
        if (raftDirectory.Length == 0) return new ClusterMark(null, "the node has no raftDir");
        try
        {
            var cluster = await masters.GetClusterInfoAsync(cancel).ConfigureAwait(false);
            if (cluster.ClusterUuid.Length == 0) return new ClusterMark(null, "the masters give no id of their cluster");
            IReadOnlyList<string> directories = [raftDirectory.TrimEnd('/'), .. board.Partitions.Select(partition => partition.DiskPath).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return new ClusterMark(await thread.RunAsync(() => ClusterVersionFile.Generate(files, directories, cluster.ClusterUuid), IoClass.Load).ConfigureAwait(false), null);
        }
        catch (Exception failure) when (failure is MasterException or DiskFaultException)
        {
            return new ClusterMark(null, failure.Message);
        }
    }
}
