using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Overwrites of a partition with three replicas: decided by a real group, kept through changes of the leader and restarts.</summary>
public sealed class ReplicatedOverwriteTests : ThreeNodes
{
    [Fact]
    public async Task An_overwrite_reaches_every_replica_and_all_say_the_same_applied_id()
    {
        var data = Requests.Noise(30000, seed: 1);

        await OverwriteAsync(1000, data);
        await OverwriteAsync(500, "sync"u8.ToArray(), Opcode.SyncRandomWriteVersion);

        Assert.Equal("sync"u8.ToArray(), await LeaderReadAsync(500, 4));
        await AllHoldAsync(1000, data);
        await AllHoldAsync(500, "sync"u8.ToArray());
    }

    [Fact]
    public async Task A_read_as_leader_sees_every_overwrite_that_was_answered_whoever_leads()
    {
        for (byte value = 1; value <= 60; value++)
        {
            await OverwriteAsync(7, [value]);
            Assert.Equal([value], await LeaderReadAsync(7, 1));
            if (value % 20 == 0) await TryToLeaderAsync(value / 20 - 1);
        }
    }

    [Fact]
    public async Task A_task_of_the_master_moves_the_leader()
    {
        await OverwriteAsync(0, "before"u8.ToArray());
        var next = (await LeaderAsync() + 1) % 3;
        var group = Nodes[next].GateOf(Partition).Raft!;
        // It may be behind, or lose against another one: the master repeats it, and so does this, each time when the campaign is decided.
        for (var attempt = 0; !group.Leads; attempt++)
        {
            Assert.True(attempt < 20, "it never came to lead");
            var before = group.Status.Term;
            var reply = await TryToLeaderAsync(next);
            Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
            await Patience.UntilAsync(() => group.Leads || (group.Status.Term > before && group.Status.Leader != default));
        }

        Assert.Equal("before"u8.ToArray(), await LeaderReadAsync(0, 6));
        await OverwriteAsync(0, "after!"u8.ToArray());
        await AllHoldAsync(0, "after!"u8.ToArray());
    }

    [Fact]
    public async Task When_the_leader_stops_the_others_go_on_and_it_catches_up_when_it_is_back()
    {
        await OverwriteAsync(0, "one"u8.ToArray());
        var stopped = await LeaderAsync();
        await StopAsync(stopped);

        await OverwriteAsync(3, "two"u8.ToArray());
        Assert.Equal("onetwo"u8.ToArray(), await LeaderReadAsync(0, 6));
        await AllHoldAsync(0, "onetwo"u8.ToArray());

        await StartAsync(stopped);
        await AllHoldAsync(0, "onetwo"u8.ToArray());
    }

    [Fact]
    public async Task All_nodes_stopped_and_started_again_hold_every_overwrite()
    {
        var data = Requests.Noise(65536, seed: 2);
        for (var at = 0; at < data.Length; at += 8192) await OverwriteAsync(at, data[at..(at + 8192)]);

        for (var node = 0; node < 3; node++) await StopAsync(node);
        for (var node = 0; node < 3; node++) await StartAsync(node);

        await OverwriteAsync(0, data[..10]);
        await AllHoldAsync(0, data);
    }

    [Fact]
    public async Task Without_a_quorum_nobody_leads_and_every_replica_still_reads_what_it_has()
    {
        await OverwriteAsync(0, "kept"u8.ToArray());
        await AllHoldAsync(0, "kept"u8.ToArray());
        await StopAsync(0);
        await StopAsync(1);

        await Patience.UntilAsync(() => !Nodes[2].GateOf(Partition).Raft!.Leads);
        var read = await AskAsync(2, Requests.LeaderRead(Partition, Extent, 0, 4, 10));
        Assert.Equal((0xFC, "ActionStreamRead_raft is not the leader."), ((int)read!.Header.Result, read.Text));
        var write = await AskAsync(2, Requests.Overwrite(Opcode.RandomWrite, Partition, Extent, 0, 11, "lost"u8.ToArray()));
        Assert.Equal((0xFC, "ActionWrite:_raft is not the leader."), ((int)write!.Header.Result, write.Text));
        using var follower = await Nodes[2].ConnectAsync();
        Assert.Equal("kept"u8.ToArray(), await follower.ReadAsync(Partition, Extent, 0, 4));
    }

    [Fact]
    public async Task A_task_to_lead_for_a_partition_that_is_not_here_is_refused()
    {
        using var master = await Nodes[0].ConnectAsync();
        var reply = await master.AskAsync(AdminPackets.Build(
            Nodes[0], Opcode.DataPartitionTryToLeader, 666, new Protocol.Master.DeleteDataPartitionRequest(), Protocol.Master.MasterJson.Default.DeleteDataPartitionRequest));
        Assert.Equal((0xF3, "ActionDataPartitionTryToLeader_partition 666 not exsit"), ((int)reply.Header.Result, reply.Text));
    }
}
