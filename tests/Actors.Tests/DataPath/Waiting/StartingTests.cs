using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Before every disk has said what it holds no partition is unknown, and no task of a master is taken but heartbeats.</summary>
public sealed class StartingTests : WaitingNode
{
    [Fact]
    public async Task Tasks_of_masters_are_refused_until_all_disks_are_listed_except_heartbeats()
    {
        await using var door = Open();
        byte[] tasks = [0x60, 0x61, 0x62, 0x66, 0x67, 0x68, 0x69, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x80, 0x8A, 0x8B, 0x8C];
        foreach (var opcode in tasks) await ExpectAsync(door, Plain(opcode), 0xF3, "ActionPreparePkt_datanode still not started");
        await ExpectAsync(door, Plain(0x63), 0xF0, "");
        door.Gates.AllListed();
        foreach (var opcode in tasks)
        {
            // Three of them ask that the partition is here.
            if (opcode is 0x6B or 0x6C or 0x8C) await ExpectAsync(door, Plain(opcode), 0xFC, "ActionPreparePkt_data partition not exists 21");
            else await ExpectAsync(door, Plain(opcode), 0xF0, "");
        }
    }

    [Fact]
    public async Task A_disk_that_never_lists_does_not_keep_tasks_out_for_ever()
    {
        await using var door = Open();
        door.Gate.IsStarted = true;
        await ExpectAsync(door, Plain(0x60), 0xF0, "");
        Assert.Equal(Standing.Expected, door.Gates.StandingOf(new PartitionId(Partition))); // and its partitions stay undecided
    }

    [Fact]
    public async Task What_waits_for_an_id_that_nobody_has_named_yet_is_told_when_all_disks_are_listed()
    {
        await using var door = Open();
        using var append = await SendAsync(door, Request(0x03, asFollower: false));
        using var delete = await SendAsync(door, Request(0x75, asFollower: false));
        await Patience.UntilAsync(() => door.Gates.Waiting.Requests == 2);
        await ExpectAsync(door, Requests.Read(Partition, Extent, 0, 5, 1), 0xFC, "ActionPreparePkt_data partition not exists 21: it is still being loaded");
        door.Gates.AllListed();
        await ExpectAsync(append, 0xFC, "ActionPreparePkt_data partition not exists 21: it does not serve for now");
        await ExpectAsync(delete, 0xF9, "ActionPreparePkt_partition 21 does not serve for now, try again");
        await ExpectAsync(door, Request(0x03, asFollower: false), 0xFC, "ActionPreparePkt_data partition not exists 21");
    }

    [Fact]
    public async Task What_waits_for_an_id_that_nobody_has_named_yet_is_served_if_a_disk_has_it()
    {
        await using var door = Open();
        using var client = await SendAsync(door, Request(0x03, asFollower: false));
        await Patience.UntilAsync(() => door.Gates.Waiting.Requests == 1);
        var wanted = 0;
        door.Gates.Announce(new PartitionId(Partition), () => wanted++);
        Assert.Equal(1, wanted); // it goes to the head of the queue
        door.Gates.AllListed();
        Assert.Equal(1, door.Gates.WaitingFor(new PartitionId(Partition)));
        door.Gates.Publish(Node.GateOf(Partition));
        await ExpectAsync(client, 0xF0, "");
        Assert.Equal(1, door.Counted(WaitOutcome.Served));
    }

    [Fact]
    public async Task A_partition_that_serves_is_served_while_others_are_not_even_listed()
    {
        await using var door = Open();
        door.Gates.Publish(Node.GateOf(Partition));
        foreach (var opcode in (byte[])[0x01, 0x03, 0x75]) await ExpectAsync(door, Request(opcode, asFollower: false), 0xF0, "");
        await ExpectAsync(door, Requests.Read(Partition, Extent, 0, 5, 1), 0xF0, "hello");
    }

    [Fact]
    public async Task A_thousand_clients_cannot_take_more_than_the_lots_have_and_the_rest_is_served()
    {
        await using var door = Open(settings => settings with
        {
            BufferBudgetBytes = 16 << 20,
            Waiting = settings.Waiting with { RequestsPerPartitionMax = 100, RequestsMax = 150, BytesPerPartitionMax = 3 << 20 },
        });
        door.Gates.Publish(Node.GateOf(Second));
        var clients = new List<PacketPeer>();
        try
        {
            var data = Requests.Noise(100_000, 1);
            for (var i = 0; i < 1000; i++) clients.Add(Keep(await PacketPeer.ConnectAsync(door.EndPoint)));
            // A fifth brings data, half asks for one partition, half for ids that it makes up.
            await Task.WhenAll(clients.Select((client, i) => client.SendAsync(
                i % 5 == 0 ? Requests.Append(Partition, Extent, 0, i, data) : Requests.Create(i % 2 == 0 ? Partition : 100_000ul + (ulong)i, i))));
            await Patience.UntilAsync(() => door.Counted(WaitOutcome.Overflow) + door.Gates.Waiting.Requests == 1000);
            var (requests, bytes) = door.Gates.Waiting;
            Assert.InRange(requests, 100, 150);
            Assert.InRange(bytes, 1, 4 << 20);
            Assert.InRange(door.Gates.WaitingFor(new PartitionId(Partition)), 1, 100);
            await ExpectAsync(door, Requests.Append(Second, Extent, 5, 1, data), 0xF0, "");
            await ExpectAsync(door, Requests.Read(Second, Extent, 0, 5, 1), 0xF0, "hello");
            Time.Advance(TimeSpan.FromSeconds(2.25));
            foreach (var client in clients) Assert.Equal(0xFC, (int)(await client.ReceiveAsync()).Header.Result);
            Assert.Equal((0, 0L), door.Gates.Waiting);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    [Fact]
    public async Task Data_that_waits_cannot_spend_the_buffers_of_the_node()
    {
        await using var door = Open(settings => settings with { BufferBudgetBytes = 16 << 20 });
        door.Gates.Announce(new PartitionId(Partition), () => { });
        door.Gates.Publish(Node.GateOf(Second));
        var clients = new List<PacketPeer>();
        for (var i = 0; i < 60; i++)
        {
            clients.Add(Keep(await PacketPeer.ConnectAsync(door.EndPoint)));
            await clients[i].SendAsync(Requests.Append(Partition, Extent, 5, i, Requests.Noise(131072, i)));
        }

        await Patience.UntilAsync(() => door.Counted(WaitOutcome.Overflow) + door.Gates.Waiting.Requests == 60);
        Assert.Equal((32, 4L << 20), door.Gates.Waiting); // a quarter of the budget
        await ExpectAsync(door, Requests.Append(Second, Extent, 5, 1, Requests.Noise(131072, 1)), 0xF0, "");
        foreach (var client in clients) client.Dispose();
    }

    private StartingDoor Open(Func<DataPathSettings, DataPathSettings>? change = null)
    {
        var settings = Options.DataPath;
        return new StartingDoor(Time, change is null ? settings : change(settings));
    }

    private static byte[] Plain(byte opcode) => Requests.Build(Requests.Plain(0, (Opcode)opcode, Partition, 0, 0, 10), [], []);

    private async Task<PacketPeer> SendAsync(StartingDoor door, byte[] request)
    {
        var client = Keep(await PacketPeer.ConnectAsync(door.EndPoint));
        await client.SendAsync(request);
        return client;
    }

    private async Task ExpectAsync(StartingDoor door, byte[] request, int code, string text)
    {
        using var client = await SendAsync(door, request);
        await ExpectAsync(client, code, text);
    }
}
