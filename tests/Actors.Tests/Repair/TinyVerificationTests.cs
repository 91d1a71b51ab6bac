using System.Collections.Concurrent;
using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>
/// After a restart the tiny extents of a partition take no writes on its chain leader until all replicas have said that they are equally
/// long. The other replica is a script. Source: storage-and-repair 2.9, 4.3, 4.4, and decision 7 of the design.
/// </summary>
public sealed class TinyVerificationTests : NodeTest
{
    private const ulong Partition = 21;
    private readonly ConcurrentDictionary<ulong, long> _sizes = new(); // as the other replica tells; 0 where nothing stands
    private readonly ConcurrentQueue<RepairTask> _tasks = new();
    private volatile bool _answers = true;
    private Func<Packet, byte[]> _data = _ => [];
    private ScriptedFollower _other = null!;

    private protected override NodeOptions Options => new()
    {
        Repair = new RepairSettings
        {
            FirstVerification = TimeSpan.FromMilliseconds(1),
            FirstCycle = TimeSpan.FromDays(1),
            VerificationPeriod = TimeSpan.FromMilliseconds(50),
            BrokenPeriod = TimeSpan.FromMilliseconds(50),
            RetryMin = TimeSpan.FromMilliseconds(10),
        },
    };

    private protected override Task PrepareAsync()
    {
        _other = Keep(new ScriptedFollower(Serve));
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Extents_that_are_equally_long_everywhere_take_writes_again_after_a_restart()
    {
        await CreateAsync();
        await WriteAsync();
        await StartAnewAsync();
        await AvailableAsync(64);
        Assert.Empty(_tasks);
        var asked = (await NextListAsync()).Packet;
        Assert.Equal((ExtentTypes.Tiny, Opcode.GetAllWatermarks, 57), (asked.Header.ExtentType, asked.Header.Opcode, asked.HeaderBytes));
        await WriteAsync();
    }

    [Fact]
    public async Task A_replica_that_does_not_answer_leaves_all_broken_until_it_does()
    {
        await CreateAsync();
        _answers = false;
        await StartAnewAsync();
        await NextListAsync();
        await NextListAsync(); // a second comparison has begun: the first has settled
        Assert.Equal(0, Store.TinyAvailable);
        using (var client = await Node.ConnectAsync())
            Assert.Equal(0xF6, (int)(await client.AskAsync(Requests.TinyAppend(Partition, 1, [1], _other.Address))).Header.Result);
        _answers = true;
        await AvailableAsync(64);
    }

    [Fact]
    public async Task A_shorter_replica_is_asked_to_repair_itself_and_the_extent_takes_writes_when_it_has()
    {
        await CreateAsync();
        var written = await WriteAsync();
        _sizes[written] = 0;
        await StartAnewAsync();
        await Patience.UntilAsync(() => !_tasks.IsEmpty);
        Assert.True(_tasks.TryPeek(out var task));
        Assert.Equal((RepairTask.Tiny, Node.Address), (task.TaskType, task.LeaderAddr));
        Assert.Empty(task.ExtentsToBeCreated);
        var extent = Assert.Single(task.ExtentsToBeRepaired);
        Assert.Equal((written, 4096ul, Node.Address, Watermark.NoSnapshot), (extent.Extent.Value, extent.Size, extent.Source, extent.SnapshotEnd));
        await AvailableAsync(63);
        await Patience.UntilAsync(() => Store.TinyBroken == 1); // it is out while it is being compared again
        _sizes[written] = 4096;
        await AvailableAsync(64);
    }

    [Fact]
    public async Task What_is_longer_elsewhere_is_fetched_before_it_takes_writes()
    {
        await CreateAsync();
        var written = await WriteAsync();
        var more = Requests.Noise(8192, 3);
        _sizes[written] = 12288;
        _data = packet => RepairRequests.TinyData(packet, 4096, more, 8192);
        await StartAnewAsync();
        await AvailableAsync(64);
        using var reader = await Node.ConnectAsync();
        Assert.Equal(more, (await reader.ReadAsync(Partition, written, 0, 12288))[4096..]);
        Assert.Empty(_tasks);
    }

    [Fact]
    public async Task A_partition_without_other_replicas_needs_nobody()
    {
        await Node.CreatePartitionAsync(Partition);
        await StartAnewAsync();
        await AvailableAsync(64);
    }

    [Fact]
    public async Task Who_is_not_the_first_of_the_hosts_compares_nothing()
    {
        var request = AdminPackets.CreateRequest(Node, Partition, _other.Address);
        using (var master = await Node.ConnectAsync())
            Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Create(Node, request with { Hosts = [_other.Address, Node.Address] }))).Header.Result);
        // A second partition, which this node leads, shows that the time for comparisons has come.
        const ulong Led = 22;
        await Node.CreatePartitionAsync(Led, _other.Address);
        for (var lists = 0; lists < 5; lists++) Assert.Equal(Led, (await NextListAsync()).Packet.Header.Partition.Value);
        Assert.Equal((0, 64), (Store.TinyAvailable, Store.TinyBroken));
    }

    private Storage.ExtentStore Store => Node.GateOf(Partition).Store;

    private async Task CreateAsync()
    {
        await Node.CreatePartitionAsync(Partition, _other.Address);
        await AvailableAsync(64); // it is new, and this node leads
    }

    /// <summary>One small object into some extent, on both replicas.</summary>
    private async Task<ulong> WriteAsync()
    {
        using var client = await Node.ConnectAsync();
        var reply = await client.AskAsync(Requests.TinyAppend(Partition, 1, Requests.Noise(100, 1), _other.Address));
        Assert.True(reply.Header.Result == ResultCode.Ok, reply.Text);
        return reply.Header.Extent.Value;
    }

    private async Task StartAnewAsync()
    {
        while (_other.Untaken > 0) await _other.NextAsync();
        await Node.StopAsync();
        Replace(await Node.StartAgainAsync(Options));
    }

    private Task AvailableAsync(int count) => Patience.UntilAsync(() => Store.TinyAvailable == count);

    private async Task<Forwarded> NextListAsync()
    {
        while (true)
            if (await _other.NextAsync() is { Packet.Header.Opcode: Opcode.GetAllWatermarks } asked) return asked;
    }

    private byte[]? Serve(Packet packet)
    {
        switch (packet.Header.Opcode)
        {
            case Opcode.Write:
                _sizes[packet.Header.Extent.Value] = (packet.Header.ExtentOffset + packet.Header.Size + 4095) / 4096 * 4096;
                return ScriptedFollower.Ok(packet);
            case Opcode.GetAllWatermarks when _answers:
                Assert.True(WatermarkRequest.TryRead(packet.Header, packet.Data, out var wanted));
                var list = WatermarkJson.Write([.. wanted.TinyExtents.Select(id => new Watermark { Extent = id, Size = (ulong)_sizes.GetValueOrDefault(id.Value) })]);
                return Requests.Build(packet.Header with { Result = ResultCode.Ok, Size = (uint)list.Length }, [], list);
            case Opcode.NotifyReplicasToRepair:
                Assert.True(RepairTask.TryRead(packet.Data, out var task));
                _tasks.Enqueue(task);
                return ScriptedFollower.Ok(packet);
            case Opcode.TinyExtentRepairRead:
                return _data(packet);
            default:
                return [];
        }
    }
}
