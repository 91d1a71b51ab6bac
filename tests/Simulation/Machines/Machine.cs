using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Simulation;

/// <summary>One computer with one disk and one replica on it; what it keeps when the process or the power goes.</summary>
internal sealed class Machine
{
    public const string DiskPath = "/disk";
    public static readonly PartitionId Group = new(101);
    private const long PartitionBytes = 1L << 30;

    private readonly VirtualClock _clock = new();
    private int _boots = 1;

    public Machine(NodeId id, int seed)
    {
        Id = id;
        Files = new SimulatedFileSystem(seed, _clock);
        Files.MakeDirectories(DiskPath);
        Promises = new Promises(id);
    }

    public NodeId Id { get; }
    public SimulatedFileSystem Files { get; }
    public string Directory => $"{DiskPath}/{PartitionDirectory.NameOf(Group, PartitionBytes)}";
    public string LogDirectory => $"{Directory}/{RaftLog.DirectoryName(Group)}";
    public string Address => AddressOf(Id);

    /// <summary>Null while it is down.</summary>
    public ReplicaProcess? Process { get; set; }

    /// <summary>The kernel's; changes with each loss of power.</summary>
    public string BootId => $"boot-{Id.Value}-{_boots}";

    /// <summary>How often the power was lost.</summary>
    public int PowerCuts => _boots - 1;

    /// <summary>The next crash takes the power with it.</summary>
    public bool DiesOfPower { get; set; }

    /// <summary>It lost power and has not caught up with a leader since: by the rules of the design it takes no part in elections.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>What it acknowledged may be gone since its last process.</summary>
    public bool LostEntries { get; set; }

    public int TickAt { get; set; }
    public int PausedUntil { get; set; }
    public int IsolatedUntil { get; set; }
    public int DiskSlowUntil { get; set; }
    public int RestartAt { get; set; }

    /// <summary>What the replica has promised to others, over all its processes.</summary>
    public Promises Promises { get; }

    public static string AddressOf(NodeId id) => $"127.0.0.{10 + id.Value}:17310";

    public static NodeId IdOf(string address) => new(ulong.Parse(address[(address.LastIndexOf('.') + 1)..address.IndexOf(':', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture) - 10);

    public static Peer PeerOf(NodeId id) => new() { Id = id, Address = AddressOf(id), HeartbeatPort = "17330", ReplicaPort = "17340" };

    /// <summary>Makes the partition with one extent of the given content, durably.</summary>
    /// <param name="copiedUpTo">What the replica that the content comes from had applied; 0 for a new partition.</param>
    public void Create(IReadOnlyList<Peer> peers, IReadOnlyList<string> hosts, ReadOnlySpan<byte> content, ulong copiedUpTo = 0)
    {
        var meta = new PartitionMeta
        {
            Volume = "vol",
            Partition = Group,
            PartitionBytes = PartitionBytes,
            Peers = peers,
            Hosts = hosts,
            ReplicaCount = peers.Count,
            CopiedUpTo = copiedUpTo,
        };
        using var store = PartitionDirectory.Create(Files, DiskPath, meta, new ExtentStoreSettings(_clock));
        Expect(store.CreateExtent(Blocks.Extent));
        Expect(store.Append(Blocks.Extent, 0, content, Runtime.Crc32.Compute(content), sync: true, out _));
        store.Sync();
    }

    public void Kill()
    {
        Process = null;
        Files.Kill();
    }

    public void CutPower()
    {
        Process = null;
        Files.PowerCut();
        _boots++;
        IsDamaged = true;
    }

    private static void Expect(StorageError error)
    {
        if (error != StorageError.None) throw new InvalidOperationException($"the partition cannot be made: {error}");
    }
}
