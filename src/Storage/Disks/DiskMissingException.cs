namespace CubeActors.Storage;

/// <summary>There is no directory where a disk should be: it is not mounted, or was taken away.</summary>
public sealed class DiskMissingException(string path)
    : Exception($"{path}: the disk's directory is missing. Mount the disk, or take it out of the configuration")
{
    public string Path { get; } = path;
}
