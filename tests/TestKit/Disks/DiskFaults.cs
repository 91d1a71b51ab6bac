namespace CubeActors.TestKit;

/// <summary>What a simulated disk is asked to do.</summary>
public enum DiskOperation { Open, Create, Read, ReadDirect, Write, Sync, SetLength, Allocate, PunchHole, Seek, Stat, List, Rename, Delete, CreateDirectory, SyncDirectory, Space }

public readonly record struct DiskCall(DiskOperation Operation, string Path, long Offset, long Count)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

/// <param name="BytesBefore">Of a write: bytes that reach the file before it fails.</param>
public readonly record struct DiskFault(int Errno, int BytesBefore = 0)
{
    public static DiskFault NoSpace => new(LinuxError.NoSpace);
    public static DiskFault MediaError => new(LinuxError.Io);
}

/// <summary>The error numbers of Linux that tests name.</summary>
public static class LinuxError
{
    public const int NoEntry = 2, Io = 5, IsDirectory = 21, NoSpace = 28, ReadOnly = 30, NotEmpty = 39;
}

/// <summary>The simulated process is dead. Not an IOException: code under test must not be able to handle it.</summary>
public sealed class SimulatedCrashException() : Exception("The simulated process has crashed.");
