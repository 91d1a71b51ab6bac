using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CubeActors.Runtime.Files;

/// <summary>An open file of the running Linux system.</summary>
internal sealed unsafe class LinuxFile(string path, SafeFileHandle handle) : IFile
{
    /// <summary>fallocate is not restarted by the kernel after a signal; as many tries as CubeFS (util/unit.go SyscallTryMaxTimes).</summary>
    private const int InterruptedTriesMax = 3;

    private static bool _cachedReadsUnsupported; // of the kernel or of libc: asked once

    private readonly SafeFileHandle _handle = handle;
    private readonly DirectReader _direct = new(handle);

    public string Path { get; } = path;

    public long Length => (long)Status().Size;

    public long AllocatedBytes => (long)Status().Blocks * 512;

    public int Read(long offset, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* buffer = destination)
        {
            while (done < destination.Length)
            {
                var got = LibC.PRead(_handle, buffer + done, (nuint)(destination.Length - done), offset + done);
                if (got == 0) break;
                if (got > 0) done += (int)got;
                else if (Marshal.GetLastPInvokeError() != LibC.ErrInterrupted) throw Fault("read", offset, destination.Length);
            }
        }
        return done;
    }

    public bool TryReadCached(long offset, Span<byte> destination)
    {
        if (_cachedReadsUnsupported) return false;
        fixed (byte* buffer = destination)
        {
            var vector = new LibC.IoVector { Base = buffer, Length = (nuint)destination.Length };
            try
            {
                // A partial count means that the rest is not cached: one call is enough to know.
                if (LibC.PReadV2(_handle, &vector, 1, offset, LibC.ReadNoWait) == destination.Length) return true;
            }
            catch (EntryPointNotFoundException)
            {
                _cachedReadsUnsupported = true;
                return false;
            }
        }
        if (Marshal.GetLastPInvokeError() == LibC.ErrNoSystemCall) _cachedReadsUnsupported = true;
        return false;
    }

    public int ReadDirect(long offset, Span<byte> destination)
    {
        var error = _direct.Read(offset, destination, out var read, out var isRefused);
        if (isRefused) return Read(offset, destination);
        return error == 0 ? read : throw new DiskFaultException(Range("direct read", offset, destination.Length), Path, error);
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        var done = 0;
        fixed (byte* buffer = source)
        {
            while (done < source.Length)
            {
                var put = LibC.PWrite(_handle, buffer + done, (nuint)(source.Length - done), offset + done);
                if (put > 0) done += (int)put;
                else if (put == 0) throw new DiskFaultException(Range("write of no progress", offset, source.Length), Path);
                else if (Marshal.GetLastPInvokeError() != LibC.ErrInterrupted) throw Fault("write", offset, source.Length);
            }
        }
    }

    public void Sync()
    {
        // Never repeated after a failure: the kernel drops the dirty mark of pages it could not write, so a second try would lie.
        if (LibC.FDataSync(_handle) != 0) throw Fault("fdatasync");
    }

    public void SetLength(long length)
    {
        while (LibC.FTruncate(_handle, length) != 0)
            if (Marshal.GetLastPInvokeError() != LibC.ErrInterrupted) throw Fault($"set length {length}");
    }

    public void Allocate(long offset, long count) => FAllocate("allocate", LibC.FallocateKeepSize, offset, count);

    public void PunchHole(long offset, long count) =>
        FAllocate("punch hole", LibC.FallocateKeepSize | LibC.FallocatePunchHole, offset, count);

    public long? SeekData(long offset) => Seek("seek data", offset, LibC.SeekData);

    public long? SeekHole(long offset) => Seek("seek hole", offset, LibC.SeekHole);

    public void Dispose()
    {
        _direct.Dispose();
        _handle.Dispose();
    }

    private long? Seek(string operation, long offset, int whence)
    {
        var found = LibC.LSeek(_handle, offset, whence);
        if (found >= 0) return found;
        if (Marshal.GetLastPInvokeError() == LibC.ErrNoAddress) return null;
        throw Fault($"{operation} from {offset}");
    }

    private void FAllocate(string operation, int mode, long offset, long count)
    {
        for (var tries = 1; LibC.FAllocate(_handle, mode, offset, count) != 0; tries++)
            if (Marshal.GetLastPInvokeError() != LibC.ErrInterrupted || tries == InterruptedTriesMax) throw Fault(operation, offset, count);
    }

    private LibC.StatX Status()
    {
        LibC.StatX status;
        if (LibC.StatXOf(_handle, "", LibC.AtEmptyPath, LibC.StatBasic, &status) != 0) throw Fault("stat");
        return status;
    }

    private DiskFaultException Fault(string operation, long offset, long count) => Fault(Range(operation, offset, count));

    private DiskFaultException Fault(string operation) => new(operation, Path, Marshal.GetLastPInvokeError());

    private static string Range(string operation, long offset, long count) => $"{operation} {count} bytes at {offset}";
}
