using System.Runtime.Versioning;
using CubeActors.Protocol;
using CubeActors.Runtime.Files;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>A replica whose META counts disk errors: what it still does for the other replicas, and what it does not do for clients any more.</summary>
[SupportedOSPlatform("linux")]
public sealed class OutOfServiceTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private static readonly byte[] Content = Requests.Noise(200_000, 1);
    private PacketPeer _peer = null!;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        _peer = await ConnectAsync();
        await OkAsync(Requests.Create(Partition, 1));
        await OkAsync(Requests.Append(Partition, Extent, 0, 2, Content));
        await OkAsync(Requests.TinyAppend(Partition, 3, Content[..5000]));
        await Node.StopAsync();
        var directory = Directory.GetDirectories(Node.DiskPath, "datapartition_*").Single();
        (PartitionMeta.Load(LinuxFileSystem.Instance, directory)! with { DiskErrorCount = 2 }).Save(LinuxFileSystem.Instance, directory);
        Damage($"{directory}/{Extent}", 100); // in its first block
        Replace(await Node.StartAgainAsync(Options));
        _peer = await ConnectAsync();
    }

    [Fact]
    public async Task Other_replicas_compare_themselves_with_it_and_read_what_is_whole()
    {
        Assert.Equal(Content[131_079..135_079], (await OkAsync(RepairRequests.Normal(Partition, Extent, 131_079, 4000, 4))).Data);
        await OkAsync(Requests.Totals(Partition, 5));
        await OkAsync(Requests.AppliedId(Partition, 6));
        await OkAsync(RepairRequests.TinyList(Partition, 7, 1));
        Assert.Equal(PartitionState.Unavailable, Assert.Single(Node.Surface.Partitions.List()).Figures.State);
    }

    [Fact]
    public async Task A_block_that_does_not_match_its_CRC_is_not_given_away()
    {
        var reply = await _peer.AskAsync(RepairRequests.Normal(Partition, Extent, 0, 1000, 4));
        Assert.Equal(ResultCode.DiskError, reply.Header.Result);
        Assert.Contains("block CRC mismatch", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deletes_are_done_as_everywhere()
    {
        await OkAsync(Requests.BatchDelete(Partition, 4, $"[{Requests.Element(Extent, 0, 0)}]"));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
    }

    [Fact]
    public async Task Clients_read_and_write_elsewhere()
    {
        await RefusedAsync(Requests.Read(Partition, Extent, 0, 5, 4), 0xFC, "ActionStreamRead_this replica counts disk errors and may be behind; read another one");
        await RefusedAsync(Requests.LeaderRead(Partition, Extent, 0, 5, 4), 0xFC, "ActionStreamRead_this replica counts disk errors and may be behind; read another one");
        await RefusedAsync(Requests.Create(Partition, 4), 0xF7, "ActionCreateExtent:_disk has broken");
        await RefusedAsync(Requests.Append(Partition, Extent, Content.Length, 4, [1]), 0xF7, "ActionWrite:_disk has broken");
        await RefusedAsync(Requests.TinyAppend(Partition, 4, [1]), 0xF7, "ActionWrite:_disk has broken");
        await RefusedAsync(Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 4, [1]), 0xFC, "ActionWrite:_raft is not the leader.");
    }

    [Fact]
    public async Task It_is_not_repaired_piece_by_piece()
    {
        var reply = await _peer.AskAsync(RepairRequests.Notify(Partition, new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeRepaired = [RepairRequests.Listed(Extent, 1, Node.Address)] }, 4));
        Assert.NotEqual(ResultCode.Ok, reply.Header.Result);
        Assert.Contains("counts disk errors", reply.Text, StringComparison.Ordinal);
    }

    private static void Damage(string path, long offset)
    {
        using var file = File.OpenHandle(path, access: FileAccess.ReadWrite);
        RandomAccess.Write(file, (byte[])[0xEE, 0xEE, 0xEE], offset);
    }

    private async Task RefusedAsync(byte[] request, int code, string text)
    {
        using var client = await Node.ConnectAsync();
        var reply = await client.AskAsync(request);
        Assert.Equal((code, text), ((int)reply.Header.Result, reply.Text));
    }

    private async Task<Packet> OkAsync(byte[] request)
    {
        var reply = await _peer.AskAsync(request);
        Assert.True(reply.Header.Result == ResultCode.Ok, $"{reply.Header.Result}: {reply.Text}");
        return reply;
    }
}
