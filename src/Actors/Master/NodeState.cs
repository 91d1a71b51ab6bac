using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors;

/// <summary>What a node keeps in raftDir about itself, on a thread of its own: a directory that hangs holds up nobody else.</summary>
/// <remarks>One thread, so that what was asked first is done first.</remarks>
internal sealed class NodeState(IFileSystem files, IWorkQueue thread, string raftDirectory, PortRecord ports)
{
    private string Directory => RaftDirectory.StateDirectoryOf(raftDirectory);

    /// <returns>Null if there is no record, or none that is of use.</returns>
    /// <exception cref="StorageCorruptException">Through the task: a later version of this program wrote it.</exception>
    /// <exception cref="DiskFaultException">Through the task.</exception>
    public Task<NodeRecord?> LoadAsync() => thread.RunAsync(() => NodeRecord.Load(files, Directory), IoClass.Load);

    /// <summary>Checks that raftDir and the disks belong to this cluster and this node, and records it where nothing is recorded.</summary>
    /// <param name="diskRoots">Disks that answer.</param>
    /// <returns>Null, or one sentence that says why the node must not go on.</returns>
    /// <exception cref="StorageCorruptException">Through the task.</exception>
    /// <exception cref="DiskFaultException">Through the task.</exception>
    public Task<string?> SettleAsync(IReadOnlyList<string> diskRoots, ClusterInfo cluster) => thread.RunAsync(
        () => RegistrationRules.ClusterProblem(NodeRecord.Load(files, Directory), cluster, $"{Directory}/{NodeRecord.Name}")
            ?? RaftDirectory.Settle(files, raftDirectory, ports, diskRoots, cluster.ClusterUuidEnable ? cluster.ClusterUuid : null),
        IoClass.Load);

    /// <summary>Remembers who the node is. Only after <see cref="SettleAsync"/>: what is written here must not come before CLUSTER-VERSION.</summary>
    /// <exception cref="DiskFaultException">Through the task.</exception>
    public Task<NodeRecord> SaveAsync(NodeRecord record) => thread.RunAsync(
        () =>
        {
            record.Save(files, Directory);
            return record;
        },
        IoClass.Load);
}
