using CubeActors.Protocol;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>What the passing of time alone does; the clock is the test's.</summary>
public sealed class PassingTimeTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private readonly ManualTime _time = new();

    private protected override NodeOptions Options => new() { Time = _time };

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Partition);
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Result);
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, 0, 2, Requests.Noise(1000, 1)))).Header.Result);
    }

    [Fact]
    public async Task A_normal_extent_is_listed_when_it_was_not_written_for_more_than_a_minute()
    {
        using var client = await Node.ConnectAsync();
        var request = Requests.Build(Requests.Plain(ExtentTypes.Normal, Opcode.GetAllWatermarks, Partition, 0, 0, 1), [], []);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("[]", (await client.AskAsync(request)).Text); // strictly older
        _time.Advance(TimeSpan.FromSeconds(1));
        var reply = await client.AskAsync(request);
        Assert.True(WatermarkJson.TryRead(reply.Data, out var extents));
        var extent = Assert.Single(extents);
        Assert.Equal((Extent, 1000ul, 134217728ul, false), (extent.Extent.Value, extent.Size, extent.SnapshotEnd, extent.IsDeleted));
    }

    [Fact]
    public async Task An_idle_connection_is_never_closed()
    {
        using var client = await Node.ConnectAsync();
        for (var hour = 0; hour < 3; hour++)
        {
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Totals(Partition, hour))).Header.Result);
            await Node.Network.DealtWithAsync(client);
            _time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Totals(Partition, 9))).Header.Result);
    }

    [Fact]
    public async Task A_peer_that_takes_no_replies_is_closed()
    {
        using var client = await Node.ConnectAsync();
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Node.Network.HoldSends(never.Task);
        try
        {
            await client.SendAsync(Requests.Totals(Partition, 1));
            await Node.Network.HeldSendAsync();
            var closed = client.ReceiveUntilClosedAsync();
            // Again and again: the wait may be set only after the first look at the clock.
            await Patience.UntilAsync(() =>
            {
                _time.Advance(Options.DataPath.SendStall + TimeSpan.FromSeconds(1));
                return closed.IsCompleted;
            });
            Assert.Empty(await closed);
        }
        finally
        {
            never.SetResult();
        }

        Assert.Contains(Node.Log.Texts, text => text.Contains("the peer takes no replies", StringComparison.Ordinal));
    }
}
