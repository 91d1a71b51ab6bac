using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;
using CubeActors.TestKit.Work;

namespace CubeActors.Actors.Tests;

/// <summary>A log writer on a simulated disk, a clock that stands still and threads that run when the test says so.</summary>
internal sealed class LogWriterTest
{
    public LogWriterTest(RaftLogWriterSettings? settings = null, int seed = 1)
    {
        Disk = new SimulatedFileSystem(seed, Time);
        Disk.MakeDirectories("/disk");
        (Writes, Syncs) = (new ManualDiskThreads(Loop), new ManualDiskThreads(Loop));
        Writer = new RaftLogWriter(Writes, Syncs, Time, settings ?? new RaftLogWriterSettings(), new RaftLogStaging(64 * 1024));
    }

    public ManualTime Time { get; } = new();
    public SimulatedFileSystem Disk { get; }
    public WorkLoop Loop { get; } = new();
    public ManualDiskThreads Writes { get; }
    public ManualDiskThreads Syncs { get; }
    public RaftLogWriter Writer { get; }
    public BufferPool Pool { get; } = new(16 * 1024 * 1024);

    /// <summary>File operations since <see cref="Watch"/>, as <c>Write a/META</c>.</summary>
    public List<string> Calls { get; } = [];

    public TestGroup Group(string name) => new(this, name);

    public void Run() => Loop.RunUntilIdle();

    public void Watch(Func<DiskCall, DiskFault?>? fault = null)
    {
        Calls.Clear();
        Disk.Fault = call =>
        {
            var parts = call.Path.Split('/');
            if (call.Operation is DiskOperation.Write or DiskOperation.Sync or DiskOperation.SetLength or DiskOperation.Delete)
                Calls.Add($"{call.Operation} {parts[^2]}/{(parts[^1] == "META" ? "META" : "log")}");
            return fault?.Invoke(call);
        };
    }
}

/// <summary>A group of the test: its log, and what its writer has told it.</summary>
internal sealed class TestGroup : IRaftLogListener
{
    private readonly LogWriterTest _test;
    private readonly string _directory;

    public TestGroup(LogWriterTest test, string name)
    {
        (_test, _directory) = (test, $"/disk/{name}");
        Log = Attach();
    }

    public GroupLog Log { get; private set; }
    public long LastSaved { get; private set; }
    public List<Exception> Failures { get; } = [];
    public bool IsClosed { get; private set; }
    public ulong LastOrdered { get; private set; }

    public void Saved(long sequence)
    {
        Assert.True(sequence > LastSaved && !IsClosed);
        LastSaved = sequence;
    }

    public void Failed(Exception failure) => Failures.Add(failure);

    public void Closed()
    {
        Assert.False(IsClosed);
        IsClosed = true;
    }

    public RaftLogReport Reopen()
    {
        (LastSaved, IsClosed) = (0, false);
        Log = Attach();
        return Log.Log.Report;
    }

    /// <summary>Appends entries of which each has data of its own, held by a lease.</summary>
    public long Append(int count = 1, ulong term = 1, int bytes = 100)
    {
        Assert.True(Log.TryReserve(count, (long)count * bytes));
        Assert.True(_test.Pool.TryRent(count * bytes, out var lease));
        var entries = new RaftLogEntry[count];
        for (var i = 0; i < count; i++)
        {
            var data = lease!.Data.Slice(i * bytes, bytes);
            data.Span.Fill((byte)++LastOrdered);
            entries[i] = new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, term, LastOrdered, bytes), data);
        }
        return Log.Append(entries, lease);
    }

    public long TruncateBack(ulong from)
    {
        LastOrdered = from - 1;
        return Log.TruncateBack(from);
    }

    public long Save(ulong term, ulong vote, ulong commit) => Log.SaveHardState(new HardState(term, new NodeId(vote), commit));

    public long Install(ulong term, ulong index)
    {
        LastOrdered = index;
        return Log.InstallSnapshot(new LogPosition(term, index), new HardState(term, default, index));
    }

    private GroupLog Attach()
    {
        var log = RaftLog.Open(_test.Disk, _directory, new RaftLogSettings(_test.Time) { UnsyncedMayBeLost = true }, applied: 0, new RaftLogStaging(2048));
        LastOrdered = log.Last.Index;
        return _test.Writer.Attach(log, this);
    }
}
