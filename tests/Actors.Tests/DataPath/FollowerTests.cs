using CubeActors.Protocol;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>The chain leader and its followers: whose answer counts, what is no answer, and that links are private. Source: data-plane 4.</summary>
public sealed class FollowerTests : NodeTest
{
    private const ulong Partition = 21;
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private readonly ManualTime _time = new();

    private protected override NodeOptions Options => new() { Time = _time };

    private protected override Task PrepareAsync() => Node.CreatePartitionAsync(Partition, "192.168.0.32:17310", "192.168.0.33:17310");

    [Fact]
    public async Task Success_is_told_only_when_every_follower_has_answered()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var quick = Follower(ScriptedFollower.Ok);
        var slow = Keep(new ScriptedFollower(async packet =>
        {
            await release.Task;
            return ScriptedFollower.Ok(packet);
        }));
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Requests.TinyAppend(Partition, 1, Hello, quick.Address, slow.Address));
        await quick.NextAsync();
        await slow.NextAsync();
        await Node.Network.DealtWithAsync(client);
        var reply = client.ReceiveAsync();
        Assert.False(reply.IsCompleted);
        release.SetResult();
        Assert.Equal((ResultCode.Ok, 0u), ((await reply).Header.Result, (await reply).Header.ArgBytes));
    }

    [Fact]
    public async Task While_a_replica_is_rebuilt_no_follower_gets_what_would_miss_it()
    {
        Node.SetFlags(Partition, flags => flags with { Repairing = true });
        var follower = Follower(ScriptedFollower.Ok);
        foreach (var request in new[]
        {
            Requests.TinyAppend(Partition, 1, Hello, follower.Address), Requests.Append(Partition, 1025, 0, 2, Hello, follower.Address),
        })
        {
            using var client = await Node.ConnectAsync();
            Assert.Equal(ResultCode.DecommissionRepairing, (await client.AskAsync(request)).Header.Result);
        }

        Assert.Equal(0, follower.Connections);
    }

    [Fact]
    public async Task While_a_replica_of_a_forbidden_volume_is_rebuilt_no_follower_deletes_what_would_miss_it()
    {
        Node.Gate.Volumes = VolumePolicies.None with { Forbidden = System.Collections.Frozen.FrozenSet.ToFrozenSet([AdminPackets.Volume]) };
        Node.SetFlags(Partition, flags => flags with { Repairing = true });
        var follower = Follower(ScriptedFollower.Ok);
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.DecommissionRepairing, (await client.AskAsync(Requests.BatchDelete(Partition, 1, $"[{Requests.Element(1025, 0, 5)}]", follower.Address))).Header.Result);
        Assert.Equal(0, follower.Connections);
    }

    [Fact]
    public async Task The_error_of_a_follower_is_told_with_the_code_of_its_words_and_without_Arg()
    {
        foreach (var (text, code) in ((string, int)[])
        [
            ("ActionWrite:_no space left on the device", 0xF6), ("ActionWrite:_parameter mismatch error: x", 0xF4), ("ActionPreparePkt_data partition not exists 21", 0xFC),
            ("ActionWrite:_extent does not exist", 0xF5), ("ActionWrite:_limited io error", 0xB1), ("ActionWrite:_whatever", 0xF3), ("ActionWrite:_disk has broken", 0xF7),
        ])
        {
            var first = Follower(ScriptedFollower.Ok);
            var second = Follower(packet => ScriptedFollower.Error(packet, ResultCode.DiskError, text));
            using var client = await Node.ConnectAsync();
            var reply = await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello, first.Address, second.Address));
            ExpectError(reply, code, "ActionReceiveFromFollower_" + text, "");
            await client.ExpectEndAsync();
            Assert.Equal(0, await first.NextEndAsync());
            Assert.Equal(0, await second.NextEndAsync());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Of_several_failing_followers_the_last_in_the_list_is_told_whoever_answers_first(int answersLast)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var followers = Enumerable.Range(0, 3).Select(number => Keep(new ScriptedFollower(async packet =>
        {
            if (number == answersLast) await release.Task;
            return number == 1 ? ScriptedFollower.Ok(packet) : ScriptedFollower.Error(packet, ResultCode.Again, $"ActionWrite:_follower {number}");
        }))).ToArray();
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Requests.TinyAppend(Partition, 1, Hello, [.. followers.Select(follower => follower.Address)]));
        foreach (var follower in followers) await follower.NextAsync();
        release.SetResult();
        ExpectError(await client.ReceiveAsync(), 0xF3, "ActionReceiveFromFollower_ActionWrite:_follower 2", "");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task An_answer_that_differs_in_any_identifying_field_is_no_answer_and_ends_the_link()
    {
        foreach (var change in (Func<PacketHeader, PacketHeader>[])
        [
            header => header with { RequestId = header.RequestId + 1 }, header => header with { Partition = new PartitionId(22) },
            header => header with { Extent = new ExtentId(header.Extent.Value + 1) }, header => header with { ExtentOffset = header.ExtentOffset + 4096 },
            header => header with { Crc = header.Crc ^ 1 }, header => header with { Opcode = Opcode.SyncWrite },
        ])
        {
            var sound = Follower(ScriptedFollower.Ok);
            var odd = Follower(packet => ScriptedFollower.Answer(packet, change));
            using var client = await Node.ConnectAsync();
            ExpectError(
                await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello, sound.Address, odd.Address)), 0xF3, $"ActionReceiveFromFollower_reply mismatch from {odd.Address}", "");
            Assert.Equal(0, await odd.NextEndAsync());
            await client.ExpectEndAsync();
        }

        Assert.Equal(6, Node.Log.Texts.Count(text => text.StartsWith("Reply mismatch from", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0xF3)]
    [InlineData(0xD7)]
    public async Task A_result_code_other_than_OK_is_an_error_also_without_a_text(byte code)
    {
        var follower = Follower(packet => ScriptedFollower.Answer(packet, header => header with { Result = (ResultCode)code }));
        using var client = await Node.ConnectAsync();
        ExpectError(await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello, follower.Address)), 0xF3, $"ActionReceiveFromFollower_result code {code}", "");
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_ends_the_link_and_the_next_request_fails()
    {
        var follower = Follower(packet => [.. ScriptedFollower.Ok(packet), .. ScriptedFollower.Ok(packet)]);
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello, follower.Address))).Header.Result);
        Assert.Equal(0, await follower.NextEndAsync());
        Assert.Equal(0xF3, (int)(await client.AskAsync(Requests.TinyAppend(Partition, 2, Hello, follower.Address))).Header.Result);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_silent_follower_is_an_error_when_its_time_is_over()
    {
        var silent = Follower(ScriptedFollower.Silence);
        var sound = Follower(ScriptedFollower.Ok);
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Requests.TinyAppend(Partition, 1, Hello, sound.Address, silent.Address));
        await silent.NextAsync();
        await sound.NextAsync();
        _time.Advance(Options.DataPath.FollowerReply - TimeSpan.FromSeconds(1));
        var reply = client.ReceiveAsync();
        Assert.False(reply.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        ExpectError(await reply, 0xF3, $"ActionReceiveFromFollower_read tcp {silent.Address}: no answer in time", "");
        await client.ExpectEndAsync();
        await silent.NextEndAsync();
    }

    [Fact]
    public async Task A_batch_delete_may_take_its_followers_longer()
    {
        var silent = Follower(ScriptedFollower.Silence);
        using var client = await Node.ConnectAsync();
        await client.SendAsync(Requests.BatchDelete(Partition, 1, "[]", silent.Address));
        await silent.NextAsync();
        var reply = client.ReceiveAsync();
        _time.Advance(Options.DataPath.FollowerReply + TimeSpan.FromSeconds(1));
        Assert.False(reply.IsCompleted);
        _time.Advance(Options.DataPath.FollowerDeleteReply);
        Assert.Equal(0xF3, (int)(await reply).Header.Result);
    }

    [Fact]
    public async Task A_follower_that_closes_or_sends_garbage_is_an_error()
    {
        foreach (var answer in (byte[][])[[], new byte[57], [0xFF, .. Enumerable.Repeat((byte)0xFF, 68)]])
        {
            var odd = Follower(_ => answer);
            using var client = await Node.ConnectAsync();
            var reply = await client.AskAsync(Requests.TinyAppend(Partition, 1, Hello, odd.Address));
            Assert.Equal(0xF3, (int)reply.Header.Result);
            Assert.StartsWith($"ActionReceiveFromFollower_read tcp {odd.Address}: ", reply.Text, StringComparison.Ordinal);
            await client.ExpectEndAsync();
        }
    }

    /// <summary>All followers are dialled before anything is written or forwarded, so that a missing one leaves no replica longer than another.</summary>
    [Fact]
    public async Task A_follower_that_does_not_listen_refuses_the_request_before_anybody_writes()
    {
        var first = Follower(ScriptedFollower.Ok);
        var missing = $"{LoopbackAddresses.Next()}:17310";
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])[.. Requests.Create(Partition, 1, first.Address, missing), .. Requests.TinyAppend(Partition, 2, Hello, first.Address)]);
        ExpectError(await client.ReceiveAsync(), 0xF3, $"ActionSendToFollowers_dial tcp {missing}: connect: connection refused", $"{first.Address}/{missing}/");
        await client.ExpectEndAsync();
        await first.NextEndAsync();
        Assert.Equal(0, first.Untaken);
        using var another = await Node.ConnectAsync();
        Assert.Equal("0000000000000400" + "0000000000000000", Hex.Text((await another.AskAsync(Requests.Totals(Partition, 3))).Data)); // nothing allocated, nothing written here
    }

    [Fact]
    public async Task An_empty_address_in_the_list_is_a_follower_that_cannot_be_dialled()
    {
        using var client = await Node.ConnectAsync();
        var request = Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, 0, 0, 1) with { RemainingFollowers = 2 }, "/"u8.ToArray(), []);
        ExpectError(await client.AskAsync(request), 0xF3, "ActionSendToFollowers_dial tcp : missing address", "/");
    }

    [Fact]
    public async Task A_local_error_is_told_at_once_with_the_Arg_and_the_followers_have_the_packet()
    {
        var silent = Follower(ScriptedFollower.Silence);
        using var client = await Node.ConnectAsync();
        ExpectError(await client.AskAsync(Requests.Append(Partition, 4711, 0, 1, Hello, silent.Address)), 0xF5, "ActionWrite:_extent does not exist", $"{silent.Address}/");
        Assert.Equal(4711ul, (await silent.NextAsync()).Packet.Header.Extent.Value);
        await client.ExpectEndAsync();
        await silent.NextEndAsync();
    }

    [Fact]
    public async Task Without_a_slash_at_the_end_the_last_follower_is_lost()
    {
        var first = Follower(ScriptedFollower.Ok);
        using var client = await Node.ConnectAsync();
        var arg = System.Text.Encoding.ASCII.GetBytes($"{first.Address}/127.0.0.1:1");
        var request = Requests.Build(Requests.Plain(Requests.Normal, Opcode.CreateExtent, Partition, 0, 0, 1) with { RemainingFollowers = 2 }, arg, []);
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(request)).Header.Result);
        await first.NextAsync();
    }

    [Fact]
    public async Task Two_clients_never_share_a_link_and_a_link_ends_with_its_client()
    {
        var follower = Follower(ScriptedFollower.Ok);
        var clients = new List<PacketPeer>();
        for (var number = 0; number < 3; number++)
        {
            clients.Add(Keep(await Node.ConnectAsync()));
            for (var request = 0; request < 2; request++)
            {
                Assert.Equal(ResultCode.Ok, (await clients[number].AskAsync(Requests.TinyAppend(Partition, number * 10 + request, Hello, follower.Address))).Header.Result);
                var forwarded = await follower.NextAsync();
                Assert.Equal((number, number * 10L + request), (forwarded.Connection, forwarded.Packet.Header.RequestId));
            }
        }

        clients[1].Dispose();
        Assert.Equal(1, await follower.NextEndAsync());
        Assert.Equal(ResultCode.Ok, (await clients[2].AskAsync(Requests.TinyAppend(Partition, 29, Hello, follower.Address))).Header.Result);
        Assert.Equal(2, (await follower.NextAsync()).Connection);
        clients[0].Reset();
        Assert.Equal(0, await follower.NextEndAsync());
        Assert.Equal(3, follower.Connections);
    }

    [Fact]
    public async Task Pipelined_requests_reach_every_follower_in_order_and_are_executed_while_answers_are_missing()
    {
        const int Count = 40;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var quick = Follower(ScriptedFollower.Ok);
        var slow = Keep(new ScriptedFollower(async packet =>
        {
            await release.Task;
            return ScriptedFollower.Ok(packet);
        }));
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Result);
        await client.SendAsync(Enumerable.Range(0, Count).SelectMany(number => Requests.Append(Partition, 1025, number * 1000, number, Requests.Noise(1000, number), quick.Address, slow.Address)).ToArray());
        for (var number = 0; number < Count; number++)
        {
            var packet = (await quick.NextAsync()).Packet;
            Assert.Equal(((long)number, (byte)0, 0u), (packet.Header.RequestId, packet.Header.RemainingFollowers, packet.Header.ArgBytes));
            Assert.Equal(Requests.Noise(1000, number), packet.Data);
        }

        using var reader = await Node.ConnectAsync();
        Assert.Equal(Requests.Noise(1000, Count - 1), await ReadWhenThereAsync(reader, (Count - 1) * 1000, 1000));
        release.SetResult();
        for (var number = 0; number < Count; number++) Assert.Equal((long)number, (await client.ReceiveAsync()).Header.RequestId);
    }

    [Fact]
    public async Task Behind_a_follower_s_error_nothing_is_forwarded_or_executed()
    {
        var follower = Follower(packet => packet.Header.RequestId == 2 ? ScriptedFollower.Error(packet, ResultCode.DiskError, "ActionWrite:_disk has broken") : ScriptedFollower.Ok(packet));
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])[.. Requests.TinyAppend(Partition, 1, Hello, follower.Address), .. Requests.TinyAppend(Partition, 2, Hello, follower.Address)]);
        Assert.Equal(1L, (await client.ReceiveAsync()).Header.RequestId);
        ExpectError(await client.ReceiveAsync(), 0xF7, "ActionReceiveFromFollower_ActionWrite:_disk has broken", "");
        await client.SendAsync(Requests.TinyAppend(Partition, 3, Hello, follower.Address)); // drained, so that the error is not lost to a reset
        await client.ExpectEndAsync();
        await follower.NextEndAsync();
        Assert.Equal(2, follower.Untaken);
    }

    [Fact]
    public async Task Behind_an_error_of_its_own_a_leader_forwards_and_executes_nothing()
    {
        var follower = Follower(ScriptedFollower.Ok);
        using var client = await Node.ConnectAsync();
        await client.SendAsync((byte[])
        [
            .. Requests.Create(Partition, 1, follower.Address), .. Requests.Append(Partition, 4711, 0, 2, Hello, follower.Address),
            .. Requests.Append(Partition, 1025, 0, 3, Hello, follower.Address), .. Requests.TinyAppend(Partition, 4, Hello, follower.Address),
        ]);
        Assert.Equal(1L, (await client.ReceiveAsync()).Header.RequestId);
        ExpectError(await client.ReceiveAsync(), 0xF5, "ActionWrite:_extent does not exist", $"{follower.Address}/");
        await client.ExpectEndAsync();
        await follower.NextEndAsync();
        foreach (var request in (long[])[1, 2]) Assert.Equal(request, (await follower.NextAsync()).Packet.Header.RequestId);
        Assert.Equal(0, follower.Untaken);
        using var another = await Node.ConnectAsync();
        Assert.Equal("0000000000000401" + "0000000000000000", Hex.Text((await another.AskAsync(Requests.Totals(Partition, 5))).Data));
    }

    /// <summary>All dials of a first burst are let end at the same moment. Run often, because what it looks for is a race.</summary>
    [Fact]
    public async Task However_the_dials_end_the_requests_behind_them_run_one_after_the_other()
    {
        var followers = Enumerable.Range(0, 4).Select(_ => Follower(ScriptedFollower.Ok)).Select(follower => follower.Address).ToArray();
        for (var round = 0; round < 60; round++)
        {
            var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Node.Network.HoldDials(release.Task);
            using var client = await Node.ConnectAsync();
            var extent = (await client.AskAsync(Requests.Create(Partition, 1))).Header.Extent.Value;
            await client.SendAsync(Enumerable.Range(0, 30).SelectMany(number => Requests.Append(Partition, extent, number * 5, number, Hello, followers)).ToArray());
            foreach (var _ in followers) await Node.Network.HeldDialAsync();
            await Node.Network.DealtWithAsync(client);
            release.SetResult();
            for (var number = 0; number < 30; number++)
            {
                var reply = await client.ReceiveAsync();
                Assert.True((reply.Header.Result, reply.Header.RequestId) == (ResultCode.Ok, number), $"round {round}: {reply.Header} {reply.Text}");
            }
        }
    }

    [Fact]
    public async Task Clients_that_vanish_while_followers_are_dialled_leave_nothing_behind()
    {
        var follower = Follower(ScriptedFollower.Ok);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            var random = new Random(worker);
            for (var round = 0; round < 60; round++)
            {
                var client = await Node.ConnectAsync();
                await client.SendAsync((byte[])[.. Requests.TinyAppend(Partition, 1, Hello, follower.Address, "127.0.0.1:1"), .. Requests.TinyAppend(Partition, 2, Hello, follower.Address)]);
                if (random.Next(2) == 0) client.Reset();
                else client.Dispose();
            }
        }));
        using var other = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await other.AskAsync(Requests.Create(Partition, 1, follower.Address))).Header.Result);
    }

    private static async Task<byte[]> ReadWhenThereAsync(PacketPeer reader, long offset, uint size)
    {
        while (true)
        {
            var packet = await reader.AskAsync(Requests.Read(Partition, 1025, offset, size, 1));
            if (packet.Header.Result == ResultCode.Ok) return packet.Data;
            Assert.True((int)packet.Header.Result is 0xF3 or 0xF4, packet.Text); // not yet written: the follower gets its packet first
        }
    }

    private ScriptedFollower Follower(Func<Packet, byte[]?> script) => Keep(new ScriptedFollower(script));

    private static void ExpectError(Packet reply, int code, string text, string arg) =>
        Assert.Equal((code, text, arg), ((int)reply.Header.Result, reply.Text, System.Text.Encoding.ASCII.GetString(reply.Arg)));
}
