namespace CubeActors.Runtime.Files;

/// <summary>One open file with positional transfers. Thread-safe, except that Dispose must not race other calls.</summary>
/// <remarks>
/// Every failure is a <see cref="DiskFaultException"/> that names the operation, its range and the path. Short transfers and
/// interrupted calls are continued inside. The reads and Write allocate nothing when they succeed.
/// </remarks>
public interface IFile : IDisposable
{
    string Path { get; }

    /// <summary>The file size in bytes, asked from the file system at every call.</summary>
    long Length { get; }

    /// <summary>Bytes that the file really occupies (st_blocks × 512): less than Length where it has holes.</summary>
    long AllocatedBytes { get; }

    /// <summary>Reads until <paramref name="destination"/> is full or the file ends.</summary>
    /// <returns>Bytes read; fewer than asked only at the end of the file.</returns>
    int Read(long offset, Span<byte> destination);

    /// <summary>Reads only if no byte has to come from the device (preadv2 with RWF_NOWAIT).</summary>
    /// <returns>
    /// True if all of <paramref name="destination"/> was filled. False otherwise, whatever the reason: the caller reads again with
    /// <see cref="Read"/>, on a thread that may block, and learns it there. What the buffer holds after false is undefined.
    /// </returns>
    bool TryReadCached(long offset, Span<byte> destination);

    /// <summary>As <see cref="Read"/>, but past the page cache where the file system can (O_DIRECT): nothing is kept of it, and nothing that others need is driven out.</summary>
    int ReadDirect(long offset, Span<byte> destination);

    /// <summary>Writes all of <paramref name="source"/>. After a failure some front part of it may have been written.</summary>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Returns when the data, and the metadata that is needed to read it back, survive a power cut (fdatasync).</summary>
    void Sync();

    /// <summary>Cuts the file, or extends it by a hole.</summary>
    void SetLength(long length);

    /// <summary>Reserves space without changing the length (fallocate KEEP_SIZE).</summary>
    void Allocate(long offset, long count);

    /// <summary>Turns a range into a hole that reads as zeros; the length stays (fallocate PUNCH_HOLE | KEEP_SIZE).</summary>
    void PunchHole(long offset, long count);

    /// <summary>Where the first data at or after <paramref name="offset"/> starts; null if there is none up to the end.</summary>
    long? SeekData(long offset);

    /// <summary>Where the first hole at or after <paramref name="offset"/> starts: the file's length if there is none before it.
    /// Null if the offset is at or behind the end.</summary>
    long? SeekHole(long offset);
}
