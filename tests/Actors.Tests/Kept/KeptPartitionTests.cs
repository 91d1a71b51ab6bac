using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Partition directories that earlier versions wrote, kept as they were: each later version opens them, serves them and goes on.</summary>
/// <remarks>Only the addresses in META are filled in, for the node of the test.</remarks>
public sealed class KeptPartitionTests : NodeTest
{
    private const ulong Partition = 1, TinyExtent = 1, NormalExtent = 1025;
    private const string AddressToFillIn = "000.0.0.00:17310";

    /// <summary>What both extents hold from their start, as often as it fits.</summary>
    private static readonly byte[] Line = Encoding.ASCII.GetBytes("kept by the first version\n");

    [Fact]
    public async Task A_partition_of_the_first_version_without_a_raft_log_is_read_and_overwritten()
    {
        await UnpackAsync("first-version.tar.gz");
        await RestartAsync();

        var peer = await ConnectAsync();
        Assert.Equal(Kept(70_000), await peer.ReadAsync(Partition, TinyExtent, 0, 70_000));
        Assert.Equal(Kept(1_200_000), await peer.ReadAsync(Partition, NormalExtent, 0, 1_200_000));

        var data = Requests.Noise(5000, seed: 1);
        var overwrite = Requests.Write(Opcode.RandomWrite, Requests.Normal, Partition, NormalExtent, 1000, 7, data);
        var reply = await peer.AskAsync(overwrite);
        Assert.Equal((ResultCode.Ok, ""), (reply.Header.Result, reply.Text));

        await RestartAsync();
        peer = await ConnectAsync();
        var expected = Kept(1_200_000);
        data.CopyTo(expected, 1000);
        Assert.Equal(expected, await peer.ReadAsync(Partition, NormalExtent, 0, 1_200_000));
    }

    private static byte[] Kept(int bytes) => [.. Enumerable.Range(0, bytes).Select(at => Line[at % Line.Length])];

    private async Task UnpackAsync(string archive)
    {
        await using var packed = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Kept", archive));
        await using var unzipped = new GZipStream(packed, CompressionMode.Decompress);
        await TarFile.ExtractToDirectoryAsync(unzipped, Node.DiskPath, overwriteFiles: false);
        var meta = Directory.EnumerateFiles(Node.DiskPath, "META", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(meta, (await File.ReadAllTextAsync(meta)).Replace(AddressToFillIn, Node.Address, StringComparison.Ordinal));
    }
}
