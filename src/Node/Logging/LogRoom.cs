namespace CubeActors.Node;

/// <summary>Sees to it that log files leave room on their disk: deletes those set aside, the oldest first.</summary>
/// <remarks>Source of names and numbers: CubeFS util/log/log.go and rotate.go. One thread at a time.</remarks>
internal sealed class LogRoom
{
    /// <summary>Sub-directory of logDir, and what the names of a data node's files begin with.</summary>
    public const string Module = "dataNode";

    private const long RotateBytesMin = 200L << 20;
    private const long RotateBytesMax = 1L << 30;
    private const long HeadRoomBytesMax = 50L << 30;

    /// <summary>CubeFS has eight files; each may take an eighth of what is free before it is set aside.</summary>
    private const int Shares = 8;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>CubeFS looks every second; a disk does not fill faster than this lets it.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private readonly string _directory;
    private readonly long _headRoomBytes;
    private readonly int _filesMax;
    private long _lookedAt;

    /// <exception cref="IOException">The disk cannot be asked.</exception>
    /// <param name="filesMax">Of one name that are kept; 0: as many as there is room for.</param>
    public LogRoom(string directory, LogFileSettings settings, int filesMax = 0)
    {
        (_directory, _filesMax) = (directory, filesMax);
        var disk = new DriveInfo(directory);
        RotateBytes = settings.RotateBytes > 0 ? settings.RotateBytes : Math.Clamp(disk.AvailableFreeSpace / Shares, RotateBytesMin, RotateBytesMax);
        _headRoomBytes = settings.HeadRoomBytes > 0 ? settings.HeadRoomBytes : (long)Math.Min(disk.TotalSize * settings.LeftSpaceRatio, HeadRoomBytesMax);
    }

    /// <summary>A file is set aside at this size.</summary>
    public long RotateBytes { get; }

    /// <summary>Looks after the room, if the last time is long enough ago. Never throws: a log that cannot be tidied is still written.</summary>
    public void Keep(TimeProvider time)
    {
        if (_lookedAt != 0 && time.GetElapsedTime(_lookedAt) < LookPeriod) return;
        _lookedAt = time.GetTimestamp();
        try
        {
            var files = new DirectoryInfo(_directory).GetFiles($"{Module}*{RotatingFile.SetAside}");
            foreach (var file in ToDelete([.. files.Select(file => new OldFile(file.FullName, file.Length, file.LastWriteTimeUtc))], new DriveInfo(_directory).AvailableFreeSpace - _headRoomBytes, time.GetUtcNow(), _filesMax))
                File.Delete(file.Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The next look tries again; a full disk shows in the counter of dropped lines.
        }
    }

    /// <summary>What has to go: what is older than a week, what is beyond the number of its name, and the oldest beyond that until there is room. Pure.</summary>
    /// <param name="left">Bytes free above the head room; 0 and less is none.</param>
    /// <param name="filesMax">Of one name; 0: any number.</param>
    internal static IReadOnlyList<OldFile> ToDelete(IReadOnlyList<OldFile> files, long left, DateTimeOffset now, int filesMax = 0)
    {
        var gone = new List<OldFile>();
        var surplus = filesMax == 0 ? [] : files.GroupBy(file => NameOf(file.Path)).SelectMany(name => name.OrderByDescending(file => file.WrittenAt).Skip(filesMax)).ToHashSet();
        foreach (var file in files.OrderBy(file => file.WrittenAt))
        {
            if (left > 0 && now - file.WrittenAt <= KeptFor && !surplus.Contains(file)) continue;
            gone.Add(file);
            left += file.Bytes;
        }

        return gone;
    }

    /// <summary>Of the file that is written, without the time at which another one was set aside.</summary>
    private static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        var end = name.IndexOf(".log.", StringComparison.Ordinal);
        return end < 0 ? name : name[..end];
    }
}

/// <summary>A log file that was set aside.</summary>
internal readonly record struct OldFile(string Path, long Bytes, DateTimeOffset WrittenAt);
