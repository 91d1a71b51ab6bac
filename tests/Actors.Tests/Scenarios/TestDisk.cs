using System.Text;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;
using CubeActors.Storage;
using CubeActors.TestKit;
using CubeActors.TestKit.Work;

namespace CubeActors.Actors.Tests;

/// <summary>One disk of a scenario: a file system of its own, its I/O threads, and what a test finds or leaves on it.</summary>
internal sealed class TestDisk
{
    public const long PartitionBytes = 1 << 30;
    public const string BootId = "boot-1";
    private const long DiskBytes = 100L << 30;

    private readonly VirtualTime _time;
    private bool _touched;

    public TestDisk(string path, VirtualTime time, Journal journal)
    {
        (Path, _time) = (path, time);
        Files = new SimulatedFileSystem(1, time) { CapacityBytes = DiskBytes };
        Files.MakeDirectories(path);
        Files.Fault = call =>
        {
            if (_touched || !IsWatched) return Fails?.Invoke(call);
            _touched = true;
            journal.Add($"disk {path}");
            return Fails?.Invoke(call);
        };
        Threads = new ManualDiskThreads(time.Loop);
    }

    public string Path { get; }
    public SimulatedFileSystem Files { get; }
    public ManualDiskThreads Threads { get; }

    /// <summary>The first touch from now on is written into the journal.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Free bytes below which it is read-only.</summary>
    public long ReadOnlyBelowBytes { get; set; }

    /// <summary>META of a partition as it is on the disk.</summary>
    public PartitionMeta MetaOf(ulong number) => PartitionMeta.Load(Files, DirectoryOf(number)) ?? throw new InvalidOperationException($"Partition {number} has no META.");

    /// <summary>Makes META of a partition count I/O errors.</summary>
    public TestDisk WithErrors(ulong number, ulong errors)
    {
        (MetaOf(number) with { DiskErrorCount = errors }).Save(Files, DirectoryOf(number));
        return this;
    }

    /// <summary>Makes a partition one that the master has added and that is still to be filled.</summary>
    public TestDisk WithRebuild(ulong number)
    {
        (MetaOf(number) with { IsBeingRebuilt = true, IsRepairing = true }).Save(Files, DirectoryOf(number));
        return this;
    }

    /// <summary>Asked before each call to the disk; an answer makes it fail.</summary>
    public Func<DiskCall, DiskFault?>? Fails { get; set; }

    /// <summary>Directories and files in the disk's root that belong to partitions, hidden ones included.</summary>
    public IReadOnlyList<string> PartitionNames => [.. Files.List(Path)!.Where(name => name.Contains("datapartition_", StringComparison.Ordinal)).Order()];

    public static PartitionId Id(ulong number) => new(number);

    public static string NameOf(ulong number) => PartitionDirectory.NameOf(Id(number), PartitionBytes);

    public string DirectoryOf(ulong number) => $"{Path}/{NameOf(number)}";

    /// <summary>Leaves partitions as a run before this one did that was stopped cleanly before they had a raft log.</summary>
    public TestDisk WithPartitions(params ulong[] numbers) => WithPartitions(numbers, static (_, _, store) => store.Close());

    /// <summary>Leaves partitions as any later run does: with the list of what they hold.</summary>
    public TestDisk WithListedPartitions(params ulong[] numbers) => WithPartitions(numbers, (root, number, store) =>
    {
        Files.MakeDirectories($"{DirectoryOf(number)}/{RaftLog.DirectoryName(Id(number))}");
        root.ClosePartition(Id(number), store);
    });

    private TestDisk WithPartitions(ulong[] numbers, Action<DiskRoot, ulong, ExtentStore> close)
    {
        using var root = DiskRoot.Open(Files, Path, BootId, "an earlier run");
        foreach (var number in numbers)
        {
            var meta = new PartitionMeta
            {
                Volume = "vol",
                Partition = Id(number),
                PartitionBytes = PartitionBytes,
                CreateTime = "2030-01-01 00:00:00",
                Hosts = ["127.0.0.11:17310", "127.0.0.12:17310"],
                Peers = [new Peer { Id = new NodeId(7), Address = "127.0.0.11:17310" }, new Peer { Id = new NodeId(8), Address = "127.0.0.12:17310" }],
                ReplicaCount = 2,
            };
            close(root, number, root.CreatePartition(meta, new ExtentStoreSettings(_time)));
        }

        root.MarkCleanStop();
        return this;
    }

    /// <summary>Makes the META of a partition something that is no JSON.</summary>
    public TestDisk WithDamagedMeta(ulong number)
    {
        using var meta = Files.OpenOrCreate($"{DirectoryOf(number)}/{PartitionMeta.Name}", FilePermission.Data, truncate: true);
        meta.Write(0, "{half of an obj"u8);
        meta.Sync();
        return this;
    }

    /// <summary>How the next run would find the disk, on the same kernel or after a restart of it.</summary>
    public string BootRecordText
    {
        get
        {
            using var record = Files.TryOpen($"{Path}/{BootRecord.Name}") ?? throw new InvalidOperationException("The disk has no boot record.");
            var bytes = new byte[record.Length];
            record.Read(0, bytes);
            return Encoding.UTF8.GetString(bytes);
        }
    }

    public bool WasStoppedCleanly => BootRecordText.Contains("\"cleanStop\":true", StringComparison.Ordinal);
}
