using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Micro;

/// <summary>A disk full of partitions as a cleanly stopped node leaves it: what the loading of disks is measured with.</summary>
internal static class MadeDisk
{
    /// <summary>Names the one peer of every partition, so that a node of that address leads all groups alone.</summary>
    public const string Address = "127.0.0.41";

    private const ulong FirstPartition = 1;
    private const long PartitionBytes = 128L << 30;

    /// <summary>Makes partitions with 64 tiny extents, as every one has, and so many normal extents of so many bytes each.</summary>
    public static void Make(string path, int partitions, int extents, int bytes)
    {
        Directory.CreateDirectory(path);
        var content = new byte[bytes];
        new Random(1).NextBytes(content);
        using var root = DiskRoot.Open(LinuxFileSystem.Instance, path, KernelBoot.ReadId(), "the maker of disks");
        for (var number = FirstPartition; number < FirstPartition + (ulong)partitions; number++)
        {
            var meta = new PartitionMeta
            {
                Volume = "made",
                Partition = new PartitionId(number),
                PartitionBytes = PartitionBytes,
                CreateTime = "2030-01-01 00:00:00",
                Hosts = [$"{Address}:17310"],
                Peers = [new Peer { Id = new NodeId(7), Address = $"{Address}:17310" }],
                ReplicaCount = 1,
            };
            root.CreatePartition(meta, new ExtentStoreSettings(TimeProvider.System)).Close();
            var directory = $"{path}/{meta.DirectoryName}";
            for (var extent = 1; extent <= extents; extent++) File.WriteAllBytes($"{directory}/{ExtentId.NormalBase + (ulong)extent}", content);
            for (var tiny = ExtentId.TinyFirst; tiny <= ExtentId.TinyLast; tiny += 4) File.WriteAllBytes($"{directory}/{tiny}", content);
        }

        root.MarkCleanStop();
    }
}
