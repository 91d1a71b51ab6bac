using CubeActors.Client;
using CubeActors.Protocol.Master;
using CubeActors.Protocol.Objects;

namespace CubeActors.EndToEnd;

/// <summary>Looks at every copy of what was acknowledged, over the wire and in the files themselves.</summary>
internal static class Replicas
{
    private const string PartitionPrefix = "datapartition_";

    /// <summary>Asserts that every replica of every piece holds the object's bytes: read with 0x06 from that host only, and in its extent file.</summary>
    /// <returns>Copies compared and their bytes.</returns>
    public static async Task<(int Copies, long Bytes)> AssertIdenticalAsync(ClusterProcesses cluster, CubeClient client, StoredObject stored, byte[] content)
    {
        var hosts = HostsByPartition(await client.Master.GetClientPartitionsAsync(ClusterProcesses.Volume));
        var (copies, total) = (0, 0L);
        foreach (var piece in stored.Extents)
        {
            var expected = content.AsMemory((int)piece.FileOffset, (int)piece.Size);
            for (var replica = 0; replica < hosts[piece.PartitionId].Count; replica++)
            {
                var what = $"{piece} on {hosts[piece.PartitionId][replica]}";
                var served = new MemoryStream((int)piece.Size);
                await client.Objects(ClusterProcesses.Volume).ReadPieceAsync(piece, 0, piece.Size, served, replica);
                Assert.True(expected.Span.SequenceEqual(served.ToArray()), $"served bytes differ: {what}");
                var onDisk = ReadFile(cluster.NodeAt(hosts[piece.PartitionId][replica]), piece);
                Assert.True(expected.Span.SequenceEqual(onDisk), $"bytes in the extent file differ: {what}");
                copies++;
                total += piece.Size;
            }
        }

        return (copies, total);
    }

    /// <summary>The partition whose largest normal extent is the largest of all: where a large put that runs is writing, or has written most.</summary>
    public static ulong PartitionWithLargestExtent(ClusterProcesses cluster) => cluster.Nodes
        .SelectMany(node => new DirectoryInfo(node.Disk).EnumerateDirectories(PartitionPrefix + "*"))
        .SelectMany(directory => directory.EnumerateFiles().Where(file => ulong.TryParse(file.Name, out _)))
        .MaxBy(file => file.Length)!.Directory!.Name.Split('_') is [_, var id, ..] ? ulong.Parse(id) : throw new InvalidOperationException("no partition");

    private static Dictionary<ulong, IReadOnlyList<string>> HostsByPartition(DataPartitionsView view) =>
        view.DataPartitions.ToDictionary(partition => partition.PartitionId.Value, partition => partition.Hosts);

    private static byte[] ReadFile(NodePlace node, ObjectExtent piece)
    {
        var directory = Directory.EnumerateDirectories(node.Disk, $"{PartitionPrefix}{piece.PartitionId}_*").Single();
        using var file = new FileStream(Path.Combine(directory, $"{piece.ExtentId}"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = piece.ExtentOffset;
        var bytes = new byte[piece.Size];
        file.ReadExactly(bytes);
        return bytes;
    }
}
