using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CubeActors.Runtime.Files;

/// <summary>Reads of one open file past the page cache: over a second handle with O_DIRECT, in whole aligned pages. Thread-safe.</summary>
/// <remarks>The kernel writes dirty pages of the range back first, so that what was written before is read.</remarks>
internal sealed unsafe class DirectReader(SafeFileHandle file) : IDisposable
{
    /// <summary>Offset, length and address are multiples of this. 4 KiB is enough for every block device in use. Source: CubeFS storage/extent.go pageSize, alignSize.</summary>
    private const int PageBytes = 4096;

    /// <summary>A range of up to 128 KiB that is not aligned lies in this many bytes.</summary>
    private const int BufferBytes = 131072 + PageBytes;

    [ThreadStatic]
    private static byte[]? _buffer; // of a thread of a disk; pinned, with room to begin it at a page

    private SafeFileHandle? _direct;
    private volatile bool _refused;
    private volatile bool _closed;

    /// <param name="read">Bytes read; fewer than asked only at the end of the file.</param>
    /// <returns>0, or the error number of a read that failed.</returns>
    /// <param name="isRefused">It cannot be read in this way here: nothing was read.</param>
    public int Read(long offset, Span<byte> destination, out int read, out bool isRefused)
    {
        read = 0;
        isRefused = true;
        if (_refused || (_direct ?? Open()) is not { } handle) return 0;
        isRefused = false;
        var buffer = _buffer ??= GC.AllocateUninitializedArray<byte>(BufferBytes + PageBytes, pinned: true);
        var first = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0);
        var pages = first + (PageBytes - ((nuint)first % PageBytes));
        while (read < destination.Length)
        {
            var at = offset + read;
            var start = at / PageBytes * PageBytes;
            var skipped = (int)(at - start);
            var wanted = Math.Min(destination.Length - read, BufferBytes - skipped);
            var asked = (skipped + wanted + PageBytes - 1) / PageBytes * PageBytes;
            var got = LibC.PRead(handle, pages, (nuint)asked, start);
            if (got < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == LibC.ErrInterrupted) continue;
                if (error is not (LibC.ErrInvalid or LibC.ErrNotSupported)) return error;
                _refused = isRefused = true; // a file system that takes the flag and then does not take 4 KiB
                return 0;
            }

            var present = Math.Min(wanted, (int)got - skipped);
            if (present <= 0) break;
            new ReadOnlySpan<byte>(pages + skipped, present).CopyTo(destination[read..]);
            read += present;
            if (got % PageBytes != 0) break; // only the end of the file is not aligned
        }

        return 0;
    }

    public void Dispose()
    {
        _closed = true;
        Interlocked.Exchange(ref _direct, null)?.Dispose();
    }

    private SafeFileHandle? Open()
    {
        Invariant.Check(!_closed);
        // By its number, since the name may belong to another file by now or to none.
        var descriptor = LibC.Open($"/proc/self/fd/{file.DangerousGetHandle()}", LibC.OpenReadOnly | LibC.OpenCloseOnExec | LibC.OpenDirect, 0);
        if (descriptor < 0)
        {
            // Whatever else the reason is, such as too many open files, may pass; and the ordinary read finds out what the disk says.
            _refused = Marshal.GetLastPInvokeError() == LibC.ErrInvalid;
            return null;
        }

        var opened = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Interlocked.CompareExchange(ref _direct, opened, null) is not { } earlier) return opened;
        opened.Dispose();
        return earlier;
    }
}
