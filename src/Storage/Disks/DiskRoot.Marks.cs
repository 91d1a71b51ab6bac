using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Storage;

// What a disk's root says of the disk, and META of the errors under a partition.
public sealed partial class DiskRoot
{
    /// <summary>An empty file: the master moves the disk's partitions elsewhere. Source: CubeFS datanode/disk.go decommissionDiskMark.</summary>
    public const string DecommissionMark = "decommissionDiskMark";

    private const int ErrnoNoEntry = 2, ErrnoNoPermission = 13;

    /// <summary>The disk is marked as decommissioned, as of its opening or the last <see cref="MarkDecommissioned"/>.</summary>
    public bool IsDecommissioned { get; private set; }

    /// <summary>Sets or removes the mark, durably.</summary>
    public void MarkDecommissioned(bool isDecommissioned)
    {
        if (isDecommissioned) _files.OpenOrCreate($"{Path}/{DecommissionMark}", FilePermission.Marker).Dispose();
        else _files.DeleteFile($"{Path}/{DecommissionMark}");
        _files.SyncDirectory(Path);
        IsDecommissioned = isDecommissioned;
    }

    /// <summary>False once .diskStatus is gone or not permitted: the disk was taken away, or an operator removed the file to say so.</summary>
    /// <exception cref="DiskFaultException">The disk failed to answer, which is another thing.</exception>
    public static bool IsPresent(IFileSystem files, string path)
    {
        try
        {
            return files.Stat($"{path}/{StatusProbe.DiskName}") is not null;
        }
        catch (DiskFaultException fault) when (fault.Errno is ErrnoNoEntry or ErrnoNoPermission)
        {
            return false;
        }
    }

    /// <summary>Whether a fault says that the disk is not there, rather than broken.</summary>
    public static bool SaysAbsent(DiskFaultException fault) => fault.Errno is ErrnoNoEntry or ErrnoNoPermission;

    /// <summary>False once .diskStatus is gone or not permitted, or another device lies under the path: the disk was unmounted.</summary>
    /// <exception cref="DiskFaultException">The disk failed to answer, which is another thing.</exception>
    public bool IsPresent()
    {
        try
        {
            return IsPresent(_files, Path) && _files.DeviceId(Path) == DeviceId;
        }
        catch (DiskFaultException fault) when (SaysAbsent(fault))
        {
            return false;
        }
    }

    /// <summary>Removes .diskStatus: nobody takes the disk for present until it is opened by order.</summary>
    public void ForgetPresence()
    {
        _files.DeleteFile($"{Path}/{StatusProbe.DiskName}");
        _files.SyncDirectory(Path);
    }

    /// <summary>Adds to the errors that a partition's META counts, so that the next start knows. Its store is closed.</summary>
    /// <returns>The new count; null if there is no META.</returns>
    public ulong? CountErrors(in RootEntry partition, uint errors) => ChangeErrors(partition, count => count + errors);

    /// <summary>Sets the count back to 0. Its store is closed.</summary>
    public void ClearErrors(in RootEntry partition) => ChangeErrors(partition, _ => 0);

    private ulong? ChangeErrors(in RootEntry partition, Func<ulong, ulong> change)
    {
        var directory = DirectoryOf(partition);
        if (PartitionMeta.Load(_files, directory) is not { } meta) return null;
        var count = change(meta.DiskErrorCount);
        if (count != meta.DiskErrorCount) (meta with { DiskErrorCount = count }).Save(_files, directory);
        return count;
    }
}
