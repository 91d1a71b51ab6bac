using CubeActors.Protocol;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>A raft log on a simulated disk, with what a test needs to fill, cut and look at it.</summary>
internal sealed class TestLog
{
    public const string Directory = "/disk/datapartition_101_1000/wal_101";

    private readonly RaftLogStaging _staging = new(64 * 1024);
    private readonly Func<RaftLogSettings, RaftLogSettings> _settings;
    private RaftLog? _log;

    public TestLog(int seed = 1, Func<RaftLogSettings, RaftLogSettings>? settings = null)
    {
        _settings = settings ?? (s => s);
        Disk = new SimulatedFileSystem(seed, Clock);
        Disk.MakeDirectories("/disk/datapartition_101_1000");
    }

    public ManualClock Clock { get; } = new();
    public SimulatedFileSystem Disk { get; }
    public bool UnsyncedMayBeLost { get; set; }
    public ulong Applied { get; set; }
    public RaftLogStaging Staging => _staging;

    /// <summary>The open log; opened at first use.</summary>
    public RaftLog Log => _log ??= Open();

    public RaftLog Open() => _log = RaftLog.Open(
        Disk, Directory, _settings(new RaftLogSettings(Clock)) with { UnsyncedMayBeLost = UnsyncedMayBeLost }, Applied, _staging);

    public RaftLogReport Reopen()
    {
        _log?.Close();
        return Open().Report;
    }

    public RaftLogReport KillAndReopen()
    {
        Kill();
        return Open().Report;
    }

    public void Kill()
    {
        Disk.Kill();
        _log = null;
    }

    public RaftLogReport CutPowerAndReopen()
    {
        Disk.PowerCut();
        _log = null;
        UnsyncedMayBeLost = true;
        return Open().Report;
    }

    /// <summary>A directory as some node left it, closed.</summary>
    public TestLog With(string name, byte[] content)
    {
        Disk.MakeDirectories(Directory);
        using var file = Disk.OpenOrCreate(PathOf(name), FilePermission.Private, truncate: true);
        file.Write(0, content);
        file.Sync();
        Disk.SyncDirectory(Directory);
        return this;
    }

    public byte[] Content(string name)
    {
        using var file = Disk.TryOpen(PathOf(name))!;
        var content = new byte[file.Length];
        file.Read(0, content);
        return content;
    }

    public string[] LogNames => [.. Disk.List(Directory)!.Where(name => name.EndsWith(".log", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public GoView Go() => GoView.Of(Disk, Directory);

    public void Append(ulong first, ulong last, ulong term, int bytes = 10) => Append(WalBuilder.Entries(first, last, term, bytes));

    public void Append(params WalBuilder.Entry[] entries) => Log.Append(ToEntries(entries), _staging);

    public static RaftLogEntry[] ToEntries(params WalBuilder.Entry[] entries) => Array.ConvertAll(entries, entry =>
        new RaftLogEntry(new RaftEntryHeader((RaftEntryType)entry.Type, entry.Term, entry.Index, entry.Data.Length), entry.Data));

    /// <summary>All that can be read, through the log's own reader.</summary>
    public WalBuilder.Entry[] ReadAll() => Read(Log.Truncated.Index + 1, Log.Last.Index);

    public WalBuilder.Entry[] Read(ulong from, ulong to, int bufferBytes = 100_000, int slicesMax = 7)
    {
        var found = new List<WalBuilder.Entry>();
        var (buffer, slices) = (new byte[bufferBytes], new RaftLogSlice[slicesMax]);
        while (from <= to)
        {
            var read = Log.Read(from, to, buffer, slices);
            Assert.True(read.Status == RaftLogReadStatus.Read, $"{read} at {from}");
            Assert.InRange(read.Count, 1, slicesMax);
            foreach (var slice in slices.AsSpan(0, read.Count))
                found.Add(new WalBuilder.Entry(slice.Header.Index, slice.Header.Term, slice.Data(buffer).ToArray(), (byte)slice.Header.Type));
            from += (ulong)read.Count;
        }
        return [.. found];
    }

    public static void AssertSame(IEnumerable<WalBuilder.Entry> expected, IEnumerable<WalBuilder.Entry> actual) =>
        Assert.Equal(expected.Select(Describe), actual.Select(Describe));

    private static string Describe(WalBuilder.Entry entry) => $"{entry.Term}/{entry.Index} {entry.Type} {Convert.ToHexString(entry.Data)}";

    private static string PathOf(string name) => $"{Directory}/{name}";
}
