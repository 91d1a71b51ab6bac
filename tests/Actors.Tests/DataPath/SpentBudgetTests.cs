using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors.Tests;

/// <summary>Peers that claim the node's buffers and send nothing: what goes on meanwhile, and how they lose them.</summary>
public sealed class SpentBudgetTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;

    private protected override NodeOptions Options => new() { BufferBudgetBytes = 2 << 20 };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        Assert.Equal(Extent, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value);
    }

    [Fact]
    public async Task Heartbeats_and_questions_are_answered_while_the_buffers_are_spent()
    {
        await ClaimAllAsync();
        using var peer = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(AdminPackets.Heartbeat(Node, new DataNodeHeartbeatRequest()))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(Requests.Totals(Partition, 1))).Header.Result);
    }

    [Fact]
    public async Task Once_others_wait_a_claim_without_progress_is_taken_back_within_seconds()
    {
        var claims = await ClaimAllAsync();
        using var client = await Node.ConnectAsync();
        // The receive stall of this node is minutes; the append would wait as long if nobody took the claims back.
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, Requests.Noise(131072, 1)))).Header.Result);
        foreach (var claim in claims) Assert.Empty(await claim.ReceiveUntilClosedAsync());
    }

    [Fact]
    public async Task What_is_not_served_may_not_claim_more_than_a_short_body()
    {
        using var peer = await Node.ConnectAsync();
        var header = new byte[PacketHeader.BaseBytes];
        (Requests.Plain(ExtentTypes.Normal, Opcode.BackupWrite, Partition, Extent, 0, 1) with { Size = 100 << 20 }).Write(header);
        await peer.SendAsync(header);
        Assert.Empty(await peer.ReceiveUntilClosedAsync());
        Assert.Equal(0, Node.Buffers.RentedBytes);
    }

    private async Task<List<PacketPeer>> ClaimAllAsync()
    {
        var packet = Requests.TinyAppend(Partition, 1, new byte[1 << 20]);
        var claims = new List<PacketPeer>();
        for (var number = 0; number < 2; number++)
        {
            claims.Add(Keep(await Node.ConnectAsync()));
            await claims[number].SendAsync(packet.AsMemory(0, 200));
        }

        await Patience.UntilAsync(() => Node.Buffers.RentedBytes == 2 << 20);
        return claims;
    }
}
