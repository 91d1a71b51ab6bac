namespace CubeActors.Storage;

/// <summary>How long what was set aside is kept. Pure.</summary>
public static class SetAsideRetention
{
    /// <summary>For a partition that the master does not know. Source: CubeFS datanode/disk.go ExpiredPartitionExistTime, 7 days.</summary>
    public static readonly TimeSpan Expired = TimeSpan.FromDays(7);

    /// <summary>Least time for one that was set aside by order. Source: CubeFS proto/admin_proto.go DefaultDataPartitionBackupTimeOut.</summary>
    public static readonly TimeSpan BackupMin = TimeSpan.FromHours(168);

    /// <param name="changedAt">ctime of the directory: when it got its name.</param>
    public static bool IsExpiredDue(DateTimeOffset changedAt, DateTimeOffset now) => now - changedAt >= Expired;

    /// <summary>CubeFS removes every backup five minutes after the first heartbeat; the timestamp is there to be honoured.</summary>
    /// <param name="name">A backup's name. One without a time that can be read, or with one that lies in the future, is never due.</param>
    /// <param name="timeout">The master's DpBackupTimeout; below <see cref="BackupMin"/> that counts.</param>
    public static bool IsBackupDue(string name, TimeSpan timeout, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (!SetAsideName.TryReadTime(name, out var local)) return false;
        // Of an hour that the clocks showed twice the later one is meant: kept too long rather than too short.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Min() : zone.GetUtcOffset(local);
        return now - new DateTimeOffset(local, offset) >= (timeout > BackupMin ? timeout : BackupMin);
    }

    /// <summary>Which of several backups of one partition is taken back: the one whose time is nearest to now. Source: CubeFS 0x6D, control-plane 3.15.</summary>
    /// <returns>Null if there is none.</returns>
    public static RootEntry? Nearest(IEnumerable<RootEntry> backups, DateTime local)
    {
        RootEntry? nearest = null;
        var least = TimeSpan.MaxValue;
        foreach (var backup in backups)
        {
            var distance = SetAsideName.TryReadTime(backup.Name, out var at) ? (local - at).Duration() : TimeSpan.MaxValue;
            if (nearest is not null && distance >= least) continue;
            (nearest, least) = (backup, distance);
        }

        return nearest;
    }
}
