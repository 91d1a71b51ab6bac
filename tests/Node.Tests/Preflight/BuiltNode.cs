using System.Buffers.Binary;
using System.Net;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Node.Tests;

/// <summary>A node's disks in memory, sound at first; tests break one thing each and see what a check says of it.</summary>
internal sealed class BuiltNode
{
    public const string Disk = "/data/disk1", OtherDisk = "/data/disk2", Partition = "/data/disk1/datapartition_7_1024", Log = Partition + "/wal_7";
    public const string BootId = "this-boot";
    private const long GiB = 1L << 30;

    private readonly Clock _clock = new();

    public SimulatedFileSystem Files { get; }

    /// <summary>Keys of datanode.json that differ from the sample.</summary>
    public List<(string Key, string? Value)> Keys { get; } = [("disks", $"[\"{Disk}:10737418240\",\"{OtherDisk}:10737418240\"]"), ("localIP", "\"10.0.0.5\"")];

    public MachineFacts Machine { get; set; } = new(
        BootId, [new MountPoint("/dev/sdb1", Disk, "ext4", ["rw"]), new MountPoint("/dev/sdc1", OtherDisk, "xfs", ["rw"])], [], new Dictionary<string, DiskUse>(),
        SawAllProcesses: true, OpenFilesMax: 1_000_000);

    public BuiltNode()
    {
        Files = new SimulatedFileSystem(clock: _clock) { CapacityBytes = 100 * GiB, DeviceOf = path => path.StartsWith(OtherDisk, StringComparison.Ordinal) ? 2UL : 1UL };
        Files.MakeDirectories("/data/raft");
        Write("/data/raft/constcfg", """{"listen":"17310","raftReplicaPort":"17340","raftHeartbetPort":"17330"}""");
        Files.MakeDirectories(Disk);
        Files.MakeDirectories(OtherDisk);
        Use(Disk, clean: true, make: [7]);
        Use(OtherDisk, clean: true, make: []);
    }

    /// <summary>What a run of this program leaves.</summary>
    public void Use(string disk, bool clean, ulong[] make, string bootId = BootId)
    {
        using var root = DiskRoot.Open(Files, disk, bootId, "test");
        foreach (var id in make)
        {
            root.CreatePartition(
                new PartitionMeta
                {
                    Volume = "v",
                    Partition = new PartitionId(id),
                    PartitionBytes = 1024,
                    Hosts = ["10.0.0.5:17310"],
                },
                new ExtentStoreSettings(TimeProvider.System)).Close();
        }

        if (clean) root.MarkCleanStop();
    }

    public async Task<PreflightReport> CheckAsync()
    {
        var changes = Files.Changes;
        var report = await Preflight().CheckAsync(Settings(), offline: true, CancellationToken.None);
        Assert.Equal(changes, Files.Changes); // it changes nothing, whatever it finds
        Assert.Equal(0, Files.OpenFiles);
        return report;
    }

    public async Task<PreflightReport> CheckHandbackAsync()
    {
        var changes = Files.Changes;
        var report = await Preflight().CheckHandbackAsync(Settings(), CancellationToken.None);
        Assert.Equal(changes, Files.Changes);
        Assert.Equal(0, Files.OpenFiles);
        return report;
    }

    public NodeSettings Settings() => SampleConfig.ReadWithAll([.. Keys]);

    public void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    public void Write(string path, byte[] content)
    {
        Files.MakeDirectories(path[..path.LastIndexOf('/')]);
        using var file = Files.OpenOrCreate(path, truncate: true);
        file.Write(0, content);
    }

    /// <summary>META of the partition with one thing replaced.</summary>
    public void ChangeMeta(string from, string to)
    {
        using var file = Files.TryOpen($"{Partition}/META")!;
        var content = new byte[file.Length];
        file.Read(0, content);
        var text = Encoding.UTF8.GetString(content);
        Assert.Contains(from, text, StringComparison.Ordinal);
        Write($"{Partition}/META", text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>META of the raft log. Order as on the disk.</summary>
    public void WriteLogMeta(ulong term, ulong commit, ulong vote, ulong truncated, ulong truncatedTerm)
    {
        var meta = new byte[40];
        foreach (var (value, index) in ((ulong[])[term, commit, vote, truncated, truncatedTerm]).Select((value, index) => (value, index)))
            BinaryPrimitives.WriteUInt64BigEndian(meta.AsSpan(8 * index), value);
        Write($"{Log}/META", meta);
    }

    public void UsedBy(string disk, ProcessName? lockHolder, params ProcessName[] others) =>
        Machine = Machine with { Uses = new Dictionary<string, DiskUse> { [disk] = new(lockHolder, others, IsWritable: true) } };

    public void ListenedOn(string address, int port, params ProcessName[] owners) => Machine = Machine with { Listeners = [new Listening(new IPEndPoint(IPAddress.Parse(address), port), owners)] };

    /// <summary>What is written from now on is newer than what was.</summary>
    public void WaitAMinute() => _clock.Now += TimeSpan.FromMinutes(1);

    private Preflight Preflight() => new(Files, new NoNetwork(), TimeProvider.System, (_, _) => Machine, _ => { });

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class NoNetwork : Runtime.INetwork
    {
        public Runtime.IListener Listen(IPEndPoint endPoint) => throw new InvalidOperationException("a check opens no port");

        public ValueTask<Runtime.IConnection> ConnectAsync(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancel) => throw new InvalidOperationException("nobody is asked offline");
    }
}
