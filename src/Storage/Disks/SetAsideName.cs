using System.Globalization;
using CubeActors.Protocol;

namespace CubeActors.Storage;

/// <summary>Names of partitions that are kept and not served.</summary>
/// <remarks>Source: CubeFS datanode/disk.go ExpiredPartitionPrefix, BackupPartitionPrefix; datanode/partition.go RemoteBackupDir.</remarks>
public static class SetAsideName
{
    public const string ExpiredPrefix = "expired_", BackupPrefix = "backup_";
    private const string TimeFormat = "yyyyMMddHHmmss";

    /// <summary><c>expired_datapartition_&lt;id&gt;_&lt;size&gt;</c>: the master does not know the replica.</summary>
    public static string Expired(PartitionId partition, long bytes) => ExpiredPrefix + PartitionDirectory.NameOf(partition, bytes);

    /// <summary><c>backup_datapartition_&lt;id&gt;_&lt;size&gt;-&lt;yyyyMMddHHmmss&gt;</c>: kept by order.</summary>
    /// <param name="local">Local time, as CubeFS writes it.</param>
    public static string Backup(PartitionId partition, long bytes, DateTime local) =>
        $"{BackupPrefix}{PartitionDirectory.NameOf(partition, bytes)}-{local.ToString(TimeFormat, CultureInfo.InvariantCulture)}";

    /// <summary>When a backup was made, in local time, as its name says.</summary>
    /// <returns>False if what stands behind the last dash is no such time: nobody knows how old it is.</returns>
    public static bool TryReadTime(string name, out DateTime local)
    {
        var dash = name.LastIndexOf('-');
        local = default;
        return dash >= 0 && DateTime.TryParseExact(name.AsSpan(dash + 1), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out local);
    }
}
