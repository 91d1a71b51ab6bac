using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Client;

// What data nodes ask of a master, and what clients and operators ask about nodes, partitions and volumes.
public sealed partial class MasterClient
{
    /// <summary>The cluster, the caller's address and limits. Any master answers, also without a leader.</summary>
    public Task<ClusterInfo> GetClusterInfoAsync(CancellationToken cancel = default) =>
        GetAsync("/admin/getIp", MasterJson.Default.ClusterInfo, cancel);

    /// <exception cref="MasterException"><see cref="MasterFailure.UnknownApi"/> from an older master: go on with defaults.</exception>
    public Task<UpgradeCompatibleSettings> GetUpgradeSettingsAsync(CancellationToken cancel = default) =>
        GetAsync("/admin/getUpgradeCompatibleSettings", MasterJson.Default.UpgradeCompatibleSettings, cancel);

    /// <summary>Registers a data node; the same address gets the same id again.</summary>
    /// <param name="mediaType">1 SSD, 2 HDD; must equal what the master stored, as must <paramref name="zone"/>.</param>
    /// <param name="clientKey">Base64 key of authnode; empty without authentication.</param>
    public async Task<NodeId> AddDataNodeAsync(
        string address, string raftHeartbeatPort, string raftReplicaPort, string zone, uint mediaType, string clientKey = "", CancellationToken cancel = default) =>
        new(await GetAsync(
            Query("/dataNode/add", ("addr", address), ("heartbeatPort", raftHeartbeatPort), ("replicaPort", raftReplicaPort),
                ("zoneName", zone), ("clientIDKey", clientKey), ("mediaType", Number(mediaType))),
            MasterJson.Default.UInt64, cancel).ConfigureAwait(false));

    /// <summary>What the masters know of a data node.</summary>
    /// <returns>With the master that was asked, which may have passed the question on to its leader.</returns>
    public Task<(string Master, DataNodeInfo Info)> GetDataNodeAsync(string address, CancellationToken cancel = default) =>
        CallAsync(HttpMethod.Get, Query("/dataNode/get", ("addr", address)), null, MasterJson.Default.DataNodeInfo, cancel);

    public Task<IReadOnlyList<DataNodeEntry>> GetAllDataNodesAsync(CancellationToken cancel = default) =>
        GetAsync("/admin/cluster/getAllDataNodes", MasterJson.Default.IReadOnlyListDataNodeEntry, cancel);

    /// <param name="volume">Empty: wherever the id is found.</param>
    public Task<DataPartitionInfo> GetDataPartitionAsync(PartitionId partition, string volume = "", CancellationToken cancel = default) =>
        GetAsync(
            volume.Length == 0 ? Query("/dataPartition/get", ("id", Number(partition.Value))) : Query("/dataPartition/get", ("id", Number(partition.Value)), ("name", volume)),
            MasterJson.Default.DataPartitionInfo, cancel);

    /// <summary>Where clients of a volume read and write; the master renews it about every 5 s.</summary>
    public Task<DataPartitionsView> GetClientPartitionsAsync(string volume, CancellationToken cancel = default) =>
        GetAsync(Query("/client/partitions", ("name", volume)), MasterJson.Default.DataPartitionsView, cancel);

    /// <summary>Answers an asynchronous task of the master: the task as it came, with <see cref="AdminTask.Response"/> set.</summary>
    public async Task PostTaskResponseAsync(AdminTask task, CancellationToken cancel = default) =>
        await CallAsync(HttpMethod.Post, "/dataNode/response",
            System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(task, MasterJson.Default.AdminTask), cancel).ConfigureAwait(false);

    /// <summary>Creates a volume with its first partitions.</summary>
    /// <exception cref="MasterException"><see cref="MasterFailure.Refused"/>: the name is taken, or nodes or space are missing.</exception>
    public async Task CreateVolumeAsync(NewVolume volume, CancellationToken cancel = default)
    {
        var query = Query("/admin/createVol", ("name", volume.Name), ("owner", volume.Owner), ("capacity", Number(volume.CapacityGb)),
            ("replicaNum", Number(volume.ReplicaCount)), ("dpCount", Number(volume.PartitionCount)));
        query += volume.PartitionBytes is { } bytes ? $"&dpSizeBytes={Number(bytes)}" : $"&size={Number(volume.PartitionGb)}";
        await CallAsync(HttpMethod.Get, query, null, cancel).ConfigureAwait(false);
    }
}

/// <summary>A volume to create. GB are 2^30 bytes.</summary>
/// <param name="CapacityGb">Of the whole volume.</param>
/// <param name="PartitionGb">Of one partition. CubeFS masters never report partitions of 10 GB or less as writable.</param>
/// <param name="PartitionBytes">Instead of <paramref name="PartitionGb"/>, for small partitions; the embedded master only.</param>
public sealed record NewVolume(
    string Name, string Owner, long CapacityGb, int ReplicaCount = 3, int PartitionCount = 3, long PartitionGb = 120, long? PartitionBytes = null);
