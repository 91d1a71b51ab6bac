using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>A node in virtual time with one replica of a partition, and two others that answer as a test says. Its extent has three whole blocks.</summary>
public abstract class IntegrityScenario : NodeScenario
{
    private protected const ulong Number = 1, Extent = 1025;
    private protected const int Block = DataPlane.BlockBytes;
    private protected static readonly byte[] Content = Requests.Noise(3 * Block, 6);

    /// <summary>Times that nothing else in the node waits for, so that what has come so far can be seen.</summary>
    private protected static readonly TimeSpan Confirm = TimeSpan.FromMilliseconds(3017), Retry = TimeSpan.FromMilliseconds(2019);

    private protected IntegrityScenario()
    {
        Repairs = true;
        Settings = Settings with
        {
            Repair = Settings.Repair with { FirstVerification = TimeSpan.FromDays(100), FirstCycle = TimeSpan.FromDays(100) },
            Integrity = new IntegritySettings { Confirm = Confirm, RetryMin = Retry, RetryMax = Retry, TriesMax = 4, ComparisonsPerDisk = 1 },
        };
        Disk = AddDisk();
        Peers = [new BlockPeer(SimulatedNetwork, "127.0.0.12:17310"), new BlockPeer(SimulatedNetwork, "127.0.0.13:17310")];
        foreach (var peer in Peers) peer.Extents[Extent] = [.. Content];
    }

    private protected TestDisk Disk { get; }
    private protected BlockPeer[] Peers { get; }
    private protected ExtentStore Store => GateOf(Number).Store;
    private protected IntegrityView View => Integrity.Read();

    /// <summary>Starts the node with its replica and the extent in it.</summary>
    /// <param name="replicas">One to three.</param>
    private protected void Begin(int replicas = 3)
    {
        StartWithoutMaster();
        string[] hosts = ["127.0.0.11:17310", "127.0.0.12:17310", "127.0.0.13:17310"];
        var request = CreateRequest(Number) with
        {
            ReplicaNum = replicas,
            Hosts = hosts[..replicas],
            Members = [.. hosts[..replicas].Select((host, at) => new Peer { Id = new NodeId((ulong)at + 7), Address = host })],
        };
        Assert.Equal("ok /disk0", Create(request).Answer);
        Fill();
    }

    private protected void Fill()
    {
        var id = new ExtentId(Extent);
        Assert.Equal(StorageError.None, Store.CreateExtent(id));
        for (var at = 0; at < Content.Length; at += Block)
            Assert.Equal(StorageError.None, Store.Append(id, at, Content.AsSpan(at, Block), Crc32.Compute(Content.AsSpan(at, Block)), sync: true, out _));
        Assert.True(Store.Sync());
    }

    private protected string FileOf(ulong extent) => $"{Disk.DirectoryOf(Number)}/{extent}";

    /// <summary>A bit of the disk changes by itself. The file must not be open: what is open counts as compared.</summary>
    private protected void Flip(long at, ulong extent = Extent)
    {
        using var file = Disk.Files.TryOpen(FileOf(extent))!;
        Span<byte> one = stackalloc byte[1];
        file.Read(at, one);
        one[0] ^= 0x10;
        file.Write(at, one);
    }

    private protected byte[] OnDisk(ulong extent = Extent)
    {
        using var file = Disk.Files.TryOpen(FileOf(extent))!;
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    /// <summary>As if it had not been used for long: its file is closed, and its blocks are compared anew when it is opened.</summary>
    private protected void CloseExtents() => Load();

    /// <summary>The partition is closed and loaded anew.</summary>
    private void Load()
    {
        var done = false;
        Supervisor.Tell(new DiskOperations.PartitionOrder(new PartitionId(Number), PartitionCommand.Reload, (_, _) => done = true), Akka.Actor.ActorRefs.NoSender);
        Until(() => done && StateOf(Number) == PartitionState.Serving, "the partition is loaded anew");
        RunUntilIdle();
    }

    private protected StorageError Read(int block, ulong extent = Extent) => Store.Read(new ExtentId(extent), (long)block * Block, new byte[Block], out _);

    private protected IReadOnlyList<string> Kept => Disk.Files.List($"{Disk.DirectoryOf(Number)}/{ExtentStore.KeptDirectoryName}") ?? [];

    protected override void AfterAll()
    {
        foreach (var peer in Peers) peer.Dispose();
        base.AfterAll();
        foreach (var peer in Peers) Await(peer.Running);
    }
}
