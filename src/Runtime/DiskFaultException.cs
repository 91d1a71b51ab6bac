namespace CubeActors.Runtime;

/// <summary>The disk did not do what it was asked: the failing operation, the path and the byte range, and the cause.</summary>
/// <remarks>Raised only where the disk is touched. It is a fault of the world, neither an expected outcome nor our mistake.</remarks>
/// <param name="operation">What was tried, with its range, for example <c>write 131072 bytes at 0</c>.</param>
/// <param name="path">The file or directory it was tried on.</param>
/// <param name="errno">The errno of the failing call, or 0 where there is none.</param>
public sealed class DiskFaultException(string operation, string path, int errno = 0, Exception? cause = null)
    : IOException($"{operation}: {path}: {cause?.Message ?? Describe(errno)}", cause)
{
    private const int ErrnoIo = 5, ErrnoNoSpace = 28, ErrnoReadOnly = 30, ErrnoQuota = 122;

    public string Operation { get; } = operation;
    public string Path { get; } = path;
    public int Errno { get; } = errno;

    /// <summary>The file system is full: expected, answered with a result code, no reason to distrust the disk.</summary>
    public bool IsNoSpace => Errno is ErrnoNoSpace or ErrnoQuota;

    /// <summary>EIO or EROFS: the two errors that CubeFS counts against a disk (storage-and-repair 3.6).</summary>
    public bool IsMediaError => Errno is ErrnoIo or ErrnoReadOnly;

    private static string Describe(int errno) =>
        errno == 0 ? "failed" : $"{System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})";
}
