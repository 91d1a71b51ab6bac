using BenchmarkDotNet.Attributes;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Micro;

/// <summary>
/// The raft log in a directory of its own under the system's temporary directory: entries of 4 KiB and of one block, written and not synced,
/// and read again. Old entries are truncated as it goes, so that a long run does not fill the disk.
/// </summary>
public class RaftLogBenchmarks
{
    private const int Batch = 16, KeptMax = 8192, FileBytes = 32 * 1024 * 1024;

    private readonly byte[] _data = new byte[DataPlane.BlockBytes];
    private readonly byte[] _buffer = new byte[1024 * 1024];
    private readonly RaftLogEntry[] _entries = new RaftLogEntry[Batch];
    private readonly RaftLogSlice[] _slices = new RaftLogSlice[Batch];
    private readonly RaftLogStaging _staging = new();
    private readonly Done _done = new();
    private readonly InlineQueue _queue = new();
    private string _directory = "";
    private RaftLog _log = null!; // these are set by SetUp, before any benchmark runs
    private RaftLogWriter _writer = null!;
    private GroupLog _group = null!;
    private ulong _last, _kept;

    [GlobalSetup]
    public void SetUp()
    {
        new Random(1).NextBytes(_data);
        _directory = Directory.CreateTempSubdirectory("cubeactors-micro-").FullName;
        _log = Open("direct");
        _writer = new RaftLogWriter(_queue, _queue, TimeProvider.System, new RaftLogWriterSettings { SyncInterval = TimeSpan.FromHours(1) });
        _group = _writer.Attach(Open("writer"), _done);
        // A file's worth each: what grows with the number of entries in a file has its size, and the reads have something to read.
        for (var i = 0; i < FileBytes / (Batch * DataPlane.SlotBytes); i++)
        {
            AppendPages();
            AppendPagesThroughWriter();
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _log.Dispose();
        _group.Close();
        _writer.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Sixteen entries of 4 KiB in one write.</summary>
    [Benchmark]
    public ulong AppendPages() => Append(Batch, DataPlane.SlotBytes);

    [Benchmark]
    public ulong AppendPage() => Append(1, DataPlane.SlotBytes);

    [Benchmark]
    public ulong AppendBlock() => Append(1, DataPlane.BlockBytes);

    /// <summary>The same sixteen entries through the writer's queue, a round for each.</summary>
    [Benchmark]
    public long AppendPagesThroughWriter()
    {
        var last = _group.Log.Last.Index;
        if (last - _group.Log.Truncated.Index > KeptMax) _group.TruncateFront(last - 10);
        Fill(last, Batch, DataPlane.SlotBytes);
        Invariant.Check(_group.TryReserve(Batch, Batch * DataPlane.SlotBytes));
        var sequence = _group.Append(_entries, lease: null);
        Invariant.Check(_done.LastSaved == sequence);
        return sequence;
    }

    /// <summary>Sixteen entries of the last file, in one read.</summary>
    [Benchmark]
    public int ReadPages()
    {
        var last = _log.Last.Index;
        var read = _log.Read(last - Batch + 1, last, _buffer, _slices);
        Invariant.Check(read.Count == Batch);
        return read.Count;
    }

    private ulong Append(int count, int bytes)
    {
        Fill(_last, count, bytes);
        _log.Append(_entries.AsSpan(0, count), _staging);
        _last += (ulong)count;
        if (_last - _kept > KeptMax)
        {
            _kept = _last - 10;
            _log.TruncateFront(_kept);
        }
        return _last;
    }

    private void Fill(ulong last, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
            _entries[i] = new RaftLogEntry(new RaftEntryHeader(RaftEntryType.Normal, 1, last + (ulong)i + 1, bytes), _data.AsMemory(0, bytes));
    }

    private RaftLog Open(string name) =>
        RaftLog.Open(LinuxFileSystem.Instance, $"{_directory}/{name}", new RaftLogSettings(TimeProvider.System), applied: 0, _staging);

    /// <summary>Runs an item where it is posted: what the writer itself costs, without a hop to its thread.</summary>
    private sealed class InlineQueue : IWorkQueue
    {
        public bool TryPost(WorkItem item, IoClass ioClass = IoClass.Client)
        {
            item.Execute();
            return true;
        }
    }

    private sealed class Done : IRaftLogListener
    {
        public long LastSaved { get; private set; }

        public void Saved(long sequence) => LastSaved = sequence;

        public void Failed(Exception failure) => throw new InvalidOperationException("the log failed", failure);

        public void Closed()
        {
        }
    }
}
