using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>How fsck collects garbage: it locks, reads a backup, deletes, and can write it back. Source: data-plane 3.16 and 3.8.</summary>
public sealed class GarbageTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private static readonly byte[] Content = Requests.Noise(200_000, 1);
    private PacketPeer _peer = null!;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        _peer = await ConnectAsync();
        await _peer.AskAsync(Requests.Create(Partition, 1));
        Assert.Equal(ResultCode.Ok, (await _peer.AskAsync(Requests.Append(Partition, Extent, 0, 2, Content))).Header.Result);
    }

    [Fact]
    public async Task An_extent_that_is_locked_for_deletion_takes_no_appends_until_all_locks_are_lifted()
    {
        await OkAsync(Lock(false, 2, (Extent, Content.Length)));
        var refused = await AskAsync(Requests.Append(Partition, Extent, Content.Length, 3, [1]));
        Assert.Equal((0xF3, "ActionWrite:_extent(1025) is locked"), ((int)refused.Header.Result, refused.Text));
        Assert.Equal(ExtentLockKind.Delete, (await Node.Surface.Partitions.ExtentsAsync(new PartitionId(Partition), default)).Value.LockOf(new ExtentId(Extent)));
        await OkAsync(Build(Opcode.BatchUnlockNormalExtent, "[]"));
        await OkAsync(Requests.Append(Partition, Extent, Content.Length, 4, [1]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Other_locks_keep_nobody_from_writing(byte flag)
    {
        await OkAsync(Lock(false, flag, (Extent, Content.Length)));
        await OkAsync(Requests.Append(Partition, Extent, Content.Length, 3, [1]));
    }

    [Fact]
    public async Task A_key_of_another_length_than_the_file_is_refused_and_a_missing_extent_is_passed_over()
    {
        await OkAsync(Lock(false, 2, (4711, 10)));
        var refused = await AskAsync(Lock(false, 2, (Extent, 10)));
        Assert.Equal(0xF3, (int)refused.Header.Result);
        Assert.StartsWith("ActionBatchLockNormalExtent_", refused.Text, StringComparison.Ordinal);
        await OkAsync(Requests.Append(Partition, Extent, Content.Length, 3, [1]));
    }

    [Fact]
    public async Task Only_what_is_locked_for_it_is_deleted_as_garbage()
    {
        var delete = Requests.BatchDelete(Partition, 9, $"[{Requests.Element(Extent, 0, 0)}]");
        delete[2] = (byte)Opcode.GcBatchDeleteExtent;
        Assert.Equal((0xF4, "ActionBatchMarkDelete_parameter mismatch error"), Told(await AskAsync(delete)));
        await OkAsync(Lock(false, 1, (Extent, Content.Length)));
        Assert.Equal(0xF4, (int)(await AskAsync(delete)).Header.Result);
        await OkAsync(Lock(false, 2, (Extent, Content.Length)));
        await OkAsync(delete);
        await OkAsync(delete); // what is gone is done
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
    }

    [Fact]
    public async Task A_locked_extent_is_read_by_the_leader_deleted_and_written_back()
    {
        var read = Requests.Build(Requests.Plain(ExtentTypes.Normal, Opcode.BackupRead, Partition, Extent, 0, 10) with { Size = (uint)Content.Length }, [], []);
        await Patience.UntilAsync(() => Node.GateOf(Partition).Raft is { Leads: true });
        var unlocked = await AskAsync(read);
        Assert.Equal((0xF3, "ActionStreamRead_extent(1025) is not locked"), Told(unlocked));
        await OkAsync(Lock(false, 2, (Extent, Content.Length)));
        using (var reader = await Node.ConnectAsync())
        {
            await reader.SendAsync(read);
            var first = await reader.ReceiveAsync();
            Assert.Equal((ResultCode.Ok, Opcode.BackupRead, 131072u, Crc32.Compute(first.Data)), (first.Header.Result, first.Header.Opcode, first.Header.Size, first.Header.Crc));
            Assert.Equal(Content, first.Data.Concat((await reader.ReceiveAsync()).Data).ToArray());
        }

        await OkAsync(Requests.BatchDelete(Partition, 9, $"[{Requests.Element(Extent, 0, 0)}]"));
        await OkAsync(Lock(true, 2, (Extent, Content.Length)));
        Assert.Equal(0xF3, (int)(await AskAsync(Requests.Append(Partition, Extent, 0, 3, [1]))).Header.Result); // nobody writes into what is being restored
        var restore = Requests.Build(Requests.Plain(ExtentTypes.Normal, Opcode.BackupWrite, Partition, Extent, 0, 11) with { Size = (uint)Content.Length, Crc = 1, RemainingFollowers = Requests.Alone }, "/"u8.ToArray(), Content);
        await OkAsync(restore);
        using var again = await Node.ConnectAsync();
        Assert.Equal(Content, await again.ReadAsync(Partition, Extent, 0, (uint)Content.Length));
        Assert.Equal(0, Node.GateOf(Partition).Store.DamagedBlocks); // the sender's CRC, which nobody compared, is none of the extent's
    }

    [Fact]
    public async Task Lists_that_are_none_are_refused()
    {
        Assert.Equal(0xF3, (int)(await AskAsync(Build(Opcode.BatchLockNormalExtent, "{"))).Header.Result);
        Assert.Equal(0xF3, (int)(await AskAsync(Build(Opcode.BatchUnlockNormalExtent, "nonsense"))).Header.Result);
    }

    private static (int, string) Told(Packet reply) => ((int)reply.Header.Result, reply.Text);

    private static byte[] Lock(bool isCreate, byte flag, params (ulong Extent, int Size)[] keys)
    {
        var eks = string.Join(',', keys.Select(key => $$"""{"FileOffset":0,"PartitionId":21,"ExtentId":{{key.Extent}},"ExtentOffset":0,"Size":{{key.Size}},"CRC":0,"SnapInfo":null}"""));
        return Build(Opcode.BatchLockNormalExtent, $$"""{"IsCreate":{{(isCreate ? "true" : "false")}},"BeforeTime":"","Eks":[{{eks}}],"Flag":{{flag}}}""");
    }

    private static byte[] Build(Opcode opcode, string json) => Requests.Build(
        Requests.Plain(ExtentTypes.Normal, opcode, Partition, 0, 0, 7) with { Size = (uint)json.Length }, [], Encoding.ASCII.GetBytes(json));

    /// <summary>Over a connection of its own, since an error ends it.</summary>
    private async Task<Packet> AskAsync(byte[] request)
    {
        using var peer = await Node.ConnectAsync();
        return await peer.AskAsync(request);
    }

    private async Task OkAsync(byte[] request)
    {
        var reply = await AskAsync(request);
        Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
    }
}
