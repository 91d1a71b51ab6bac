using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.TestKit;

/// <summary>One opening of a simulated file by one simulated process.</summary>
internal sealed class SimulatedFile(SimulatedFileSystem owner, SimulatedInode inode, string path, int generation) : IFile
{
    private const int SectorBytes = 512;

    private bool _disposed;

    public string Path { get; } = path;

    public long Length
    {
        get
        {
            lock (owner.Gate) return Enter(DiskOperation.Stat).Length;
        }
    }

    public long AllocatedBytes
    {
        get
        {
            lock (owner.Gate) return Enter(DiskOperation.Stat).AllocatedBytes;
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        lock (owner.Gate) return Enter(DiskOperation.Read, offset, destination.Length).Read(offset, destination);
    }

    public int ReadDirect(long offset, Span<byte> destination)
    {
        lock (owner.Gate) return Enter(DiskOperation.ReadDirect, offset, destination.Length).Read(offset, destination, keeps: false);
    }

    public bool TryReadCached(long offset, Span<byte> destination)
    {
        lock (owner.Gate)
        {
            if (!Enter(DiskOperation.Seek, offset, destination.Length).IsCached(offset, destination.Length)) return false;
            return inode.Read(offset, destination) == destination.Length;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        lock (owner.Gate)
        {
            CheckAlive();
            if (owner.Enter(DiskOperation.Write, Path, offset, source.Length, partial: true) is { } fault)
            {
                if (fault.BytesBefore > 0) Put(offset, source[..Math.Min(fault.BytesBefore, source.Length)]);
                throw Failed("write", offset, source.Length, fault.Errno);
            }
            if (owner.Change(isWrite: true))
            {
                // A disk writes whole sectors, and a killed process whole pages: a small record is there or not.
                var torn = Math.Max(0, (int)((offset + source.Length / 2) / SectorBytes * SectorBytes - offset));
                inode.Write(offset, source[..torn], owner.Now);
                throw new SimulatedCrashException();
            }
            Put(offset, source);
        }
    }

    public void Sync()
    {
        lock (owner.Gate)
        {
            Enter(DiskOperation.Sync);
            owner.Change();
            if (!owner.SkipsSyncs) inode.SyncBytes();
        }
    }

    public void SetLength(long length)
    {
        lock (owner.Gate)
        {
            Enter(DiskOperation.SetLength, length);
            owner.Change();
            inode.SetLength(length);
        }
    }

    public void Allocate(long offset, long count)
    {
        lock (owner.Gate)
        {
            Enter(DiskOperation.Allocate, offset, count); // reserves nothing here: only that it can fail matters
            owner.Change();
        }
    }

    public void PunchHole(long offset, long count)
    {
        lock (owner.Gate)
        {
            Enter(DiskOperation.PunchHole, offset, count);
            owner.Change();
            inode.PunchHole(offset, count);
        }
    }

    public long? SeekData(long offset)
    {
        lock (owner.Gate) return Enter(DiskOperation.Seek, offset).SeekData(offset);
    }

    public long? SeekHole(long offset)
    {
        lock (owner.Gate) return Enter(DiskOperation.Seek, offset).SeekHole(offset);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        owner.Closed(generation);
    }

    private SimulatedInode Enter(DiskOperation operation, long offset = 0, long count = 0)
    {
        CheckAlive();
        owner.Enter(operation, Path, offset, count);
        return inode;
    }

    private void CheckAlive()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (generation != owner.Generation) throw new SimulatedCrashException();
    }

    /// <summary>Writes as much as there is space for, page by page, as a full disk does.</summary>
    private void Put(long offset, ReadOnlySpan<byte> source)
    {
        var room = inode.BytesThatFit(offset, source.Length, owner.FreeBytes);
        inode.Write(offset, source[..room], owner.Now);
        if (room < source.Length) throw Failed("write", offset, source.Length, LinuxError.NoSpace);
    }

    private DiskFaultException Failed(string operation, long offset, long count, int errno) => new($"{operation} {count} bytes at {offset}", Path, errno);
}
