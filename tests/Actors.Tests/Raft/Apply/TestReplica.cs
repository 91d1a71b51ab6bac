using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>One replica on a simulated disk: its extents, META and APPLY, and the state machine over them.</summary>
internal sealed class TestReplica
{
    public const long PartitionBytes = 1 << 30;
    public static readonly PartitionId Partition = new(21);

    private readonly TimeProvider _time;

    public TestReplica(TimeProvider? time = null, int seed = 1)
    {
        _time = time ?? new VirtualTime();
        Files = new SimulatedFileSystem(seed, _time);
        Directory = $"/disk/{PartitionDirectory.NameOf(Partition, PartitionBytes)}";
        Files.MakeDirectories(Directory);
        Store = ExtentStore.Create(Files, Directory, StoreSettings);
        ApplyFile.Save(Files, Directory, 0);
        new PartitionMeta
        {
            Volume = "vol",
            Partition = Partition,
            PartitionBytes = PartitionBytes,
            CreateTime = "2030-01-01 00:00:00",
            Hosts = ["127.0.0.1:17310", "127.0.0.2:17310"],
            Peers = [PeerOf(1), PeerOf(2)],
            ReplicaCount = 2,
        }.Save(Files, Directory);
        (Record, Machine) = Load();
    }

    public SimulatedFileSystem Files { get; }
    public string Directory { get; }
    public ExtentStore Store { get; private set; }
    public ReplicaRecord Record { get; private set; }
    public StateMachine Machine { get; private set; }

    /// <summary>What the state machine has said it ignored.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>APPLY as it lies on the disk.</summary>
    public ulong AppliedOnDisk => ApplyFile.Load(Files, Directory);

    public PartitionMeta MetaOnDisk => PartitionMeta.Load(Files, Directory)!;

    private ExtentStoreSettings StoreSettings => new(_time) { BlockCrcsAreHints = true };

    public static Peer PeerOf(ulong id) => new() { Id = new NodeId(id), Address = $"127.0.0.{id}:17310" };

    /// <summary>The log entry of an overwrite.</summary>
    public static byte[] Overwrite(ExtentId extent, long offset, byte[] data, Opcode opcode = Opcode.RandomWrite)
    {
        var command = new byte[RandomWriteCommand.HeaderBytes + data.Length];
        new RandomWriteCommand(opcode, extent, offset, data.Length, Crc32.Compute(data)).WriteHeader(command);
        data.CopyTo(command, RandomWriteCommand.HeaderBytes);
        return command;
    }

    public ApplyResult Apply(ulong index, byte[] command) => Machine.Apply(index, command, Notes.Add);

    /// <summary>A normal extent with these bytes, durable.</summary>
    public ExtentId NewExtent(byte[] data)
    {
        Assert.Equal(StorageError.None, Store.AllocateExtentId(out var id));
        Assert.Equal(StorageError.None, Store.CreateExtent(id));
        Assert.Equal(StorageError.None, Store.Append(id, 0, data, Crc32.Compute(data), sync: true, out _));
        Store.Sync();
        return id;
    }

    public byte[] Read(ExtentId extent, long offset, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(StorageError.None, Store.Read(extent, offset, bytes, out _));
        return bytes;
    }

    /// <summary>Opens everything anew after a kill or a power cut.</summary>
    public void Reopen()
    {
        Files.Fault = null;
        Store = ExtentStore.Open(Files, Directory, StoreSettings);
        (Record, Machine) = Load();
    }

    /// <summary>Loads META and APPLY anew; the extents are not there until the machine gets them.</summary>
    public void ReloadWithoutExtents()
    {
        Record = new ReplicaRecord(Files, Directory, MetaOnDisk);
        Machine = new StateMachine(null, Record, AppliedOnDisk);
    }

    /// <summary>Loads META and APPLY anew, the store stays open.</summary>
    public void Reload() => (Record, Machine) = Load();

    private (ReplicaRecord, StateMachine) Load()
    {
        var record = new ReplicaRecord(Files, Directory, MetaOnDisk);
        return (record, new StateMachine(Store, record, AppliedOnDisk));
    }
}
