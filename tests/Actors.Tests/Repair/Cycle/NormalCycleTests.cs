using System.Collections.Concurrent;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Storage;

namespace CubeActors.Actors.Tests;

/// <summary>
/// This node as the repair leader of a partition: it asks two other replicas for their normal extents, repairs what it lacks itself, and has them
/// repair theirs. The others are scripts, sound and hostile ones. Source: storage-and-repair 4.2 to 4.4, 4.9, 4.13, 4.14.
/// </summary>
public sealed class NormalCycleTests : NodeTest
{
    private const ulong Partition = 21;
    private static readonly byte[] Content = Requests.Noise(300_000, 5);

    private readonly ShiftedTime _time = new();
    private readonly ConcurrentDictionary<ulong, long>[] _sizes = [new(), new()]; // as the others list
    private readonly ConcurrentQueue<(int Replica, RepairTask Task, string Json)> _tasks = new();
    private readonly Func<Packet, byte[]?>?[] _lists = new Func<Packet, byte[]?>?[2]; // instead of a sound answer to 0x07
    private readonly Func<Packet, Task<byte[]?>>?[] _answers = new Func<Packet, Task<byte[]?>>?[2]; // instead of OK to 0x08
    private readonly int[] _asked = new int[2];
    private int _fetched;
    private Task _reads = Task.CompletedTask; // answers to 0x09 wait for it
    private RepairSettings _repair = new()
    {
        FirstVerification = TimeSpan.FromDays(1),
        FirstCycle = TimeSpan.FromMilliseconds(1),
        CyclePeriod = TimeSpan.FromMilliseconds(60),
        RetryMin = TimeSpan.FromMilliseconds(10),
    };

    private ScriptedFollower[] _others = [];

    private protected override NodeOptions Options => new() { Repair = _repair, Time = _time };

    private protected override async Task PrepareAsync()
    {
        _others = [Keep(new ScriptedFollower(packet => ServeAsync(0, packet))), Keep(new ScriptedFollower(packet => ServeAsync(1, packet)))];
        await Node.CreatePartitionAsync(Partition, _others[0].Address, _others[1].Address);
    }

    [Fact]
    public async Task A_replica_that_lacks_an_extent_is_told_to_fetch_it_as_a_CubeFS_leader_tells()
    {
        await WriteAsync(1025, 5000);
        List(0, 1025, 5000);
        Quiet();
        var (replica, task, json) = await NextTaskAsync();
        // A comparison that was under way while all this was set up may have missed the own copy, and name the other one.
        while (!json.Contains($"\"src\":\"{Node.Address}\"", StringComparison.Ordinal)) (replica, task, json) = await NextTaskAsync();
        Assert.Equal(1, replica);
        var extent = $$"""{"deleted":false,"Crc":0,"fileId":1025,"size":5000,"modTime":0,"snapSize":134217728,"snapPreAllocSize":0,"applyID":0,"src":"{{Node.Address}}"}""";
        Assert.Equal($$"""{"TaskType":1,"ExtentsToBeCreated":[{{extent}}],"ExtentsToBeRepaired":[{{extent}}],"LeaderTinyDeleteRecordFileSize":0,"LeaderAddr":"{{Node.Address}}"}""", json);
        Assert.Equal(Node.Address, task.LeaderAddr);
        var asked = await NextAsync(1, Opcode.NotifyReplicasToRepair);
        Assert.Equal((ExtentTypes.Normal, 57, Partition), (asked.Packet.Header.ExtentType, asked.Packet.HeaderBytes, asked.Packet.Header.Partition.Value));
    }

    [Fact]
    public async Task Every_question_goes_over_a_connection_of_its_own_that_is_closed_behind_the_answer()
    {
        await WriteAsync(1025, 5000);
        Quiet();
        var seen = new HashSet<int>();
        for (var i = 0; i < 6; i++)
        {
            var asked = await _others[0].NextAsync();
            Assert.True(seen.Add(asked.Connection), $"a second question over connection {asked.Connection}");
            if (asked.Packet.Header.Opcode != Opcode.GetAllWatermarks) continue;
            Assert.Equal((ExtentTypes.Normal, 57, (byte)'B'), (asked.Packet.Header.ExtentType, asked.Packet.HeaderBytes, Assert.Single(asked.Packet.Data)));
            await _others[0].NextEndAsync();
        }
    }

    [Fact]
    public async Task Level_replicas_are_told_nothing()
    {
        await WriteAsync(1025, 5000);
        List(0, 1025, 5000);
        List(1, 1025, 5000);
        Quiet();
        await CyclesAsync(3);
        Assert.Empty(_tasks);
        Assert.Equal(0, _fetched);
    }

    [Fact]
    public async Task What_others_have_longer_or_alone_is_fetched_here_byte_for_byte()
    {
        await WriteAsync(1025, 5000);
        List(0, 1025, Content.Length);
        List(1, 1025, 5000);
        List(1, 1030, Content.Length - 1);
        Quiet();
        await Patience.UntilAsync(() => Size(1025) == Content.Length && Size(1030) == Content.Length - 1);
        using var reader = await Node.ConnectAsync();
        Assert.Equal(Content, await reader.ReadAsync(Partition, 1025, 0, (uint)Content.Length));
        Assert.Equal(Content[..^1], await reader.ReadAsync(Partition, 1030, 0, (uint)Content.Length - 1));
        // The others fetch from whoever has the longest copy, not from the leader.
        var tasks = new[] { await NextTaskAsync(), await NextTaskAsync() }.OrderBy(one => one.Replica).ToList();
        Assert.Equal([(1030ul, _others[1].Address)], tasks[0].Task.ExtentsToBeRepaired.Select(extent => (extent.Extent.Value, extent.Source!)));
        Assert.Equal([(1025ul, _others[0].Address)], tasks[1].Task.ExtentsToBeRepaired.Select(extent => (extent.Extent.Value, extent.Source!)));
        Assert.Empty(tasks[1].Task.ExtentsToBeCreated);
    }

    [Fact]
    public async Task What_was_written_here_within_the_last_minute_is_not_missing_here()
    {
        await WriteAsync(1025, 5000);
        List(0, 1025, 5000);
        List(1, 1025, 5000);
        await CyclesAsync(3);
        Assert.Empty(_tasks);
        Assert.Equal(0, _fetched);
        Assert.DoesNotContain(Node.Log.Texts, text => text.Contains("begins", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_deleted_here_comes_back_nowhere_also_after_a_restart()
    {
        await WriteAsync(1025, 5000);
        Assert.Equal(StorageError.None, Store.Delete(new ExtentId(1025)));
        List(0, 1025, 5000);
        await CyclesAsync(3);
        foreach (var other in _others) while (other.Untaken > 0) await other.NextAsync();
        await Node.StopAsync();
        Replace(await Node.StartAgainAsync(Options));
        await CyclesAsync(3);
        Assert.Null(Store.Find(new ExtentId(1025)));
        Assert.Empty(_tasks);
        Assert.Equal(0, _fetched);
        Assert.Contains(Node.Log.Texts, text => text.Contains("1 that differ were deleted here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_deleted_here_between_two_parts_of_a_share_is_left_out_of_the_second()
    {
        await RestartWithAsync(_repair with { ExtentsPerTask = 1 });
        foreach (var id in (ulong[])[1025, 1026, 1027]) await WriteAsync(id, 5000);
        foreach (var id in (ulong[])[1025, 1026, 1027]) List(0, id, 5000);
        _answers[1] = packet =>
        {
            if (Ids(packet) is "1025") Assert.Equal(StorageError.None, Store.Delete(new ExtentId(1026)));
            return Task.FromResult<byte[]?>(ScriptedFollower.Ok(packet));
        };
        Quiet();
        Assert.Equal("1025", Ids((await NextTaskAsync()).Task));
        Assert.Equal("1027", Ids((await NextTaskAsync()).Task));
    }

    [Theory]
    [InlineData("request id")]
    [InlineData("partition")]
    [InlineData("opcode")]
    [InlineData("offset")]
    [InlineData("extent")]
    [InlineData("file bytes")]
    [InlineData("negative count")]
    [InlineData("tiny extents")]
    [InlineData("twice the same")]
    [InlineData("0xF3")]
    [InlineData("0xFC")]
    [InlineData("the end")]
    [InlineData("a cut")]
    [InlineData("two answers")]
    [InlineData("silence")]
    public async Task A_replica_with_a_wrong_list_is_left_out_and_the_others_are_repaired(string what)
    {
        if (what == "silence") await RestartWithAsync(_repair with { Packet = TimeSpan.FromMilliseconds(300) });
        await WriteAsync(1025, 5000);
        byte[] good = WatermarkBinary.Write([new Watermark { Extent = new ExtentId(1040), Size = 777 }]);
        var cut = false;
        _others[0].DiesAfter = _ => cut;
        _lists[0] = packet =>
        {
            var header = packet.Header with { Result = ResultCode.Ok, Size = (uint)good.Length };
            byte[] Body(byte[] body) => Requests.Build(header with { Size = (uint)body.Length }, [], body);
            switch (what)
            {
                case "request id": return Requests.Build(header with { RequestId = header.RequestId - 1 }, [], good);
                case "partition": return Requests.Build(header with { Partition = new PartitionId(Partition + 1) }, [], good);
                case "opcode": return Requests.Build(header with { Opcode = Opcode.GetPartitionSize }, [], good);
                case "offset": return Requests.Build(header with { ExtentOffset = 131072 }, [], good);
                case "extent": return Requests.Build(header with { Extent = new ExtentId(1040) }, [], good);
                case "file bytes": return Body(Requests.Noise(4000, 3));
                case "negative count": return Body([(byte)'M', 0xFF, 0xFF, 0xFF, 0xFF]);
                case "tiny extents": return Body(WatermarkBinary.Write([new Watermark { Extent = new ExtentId(5), Size = 4096 }]));
                case "twice the same": return Body(WatermarkBinary.Write([new Watermark { Extent = new ExtentId(1040), Size = 777 }, new Watermark { Extent = new ExtentId(1040), Size = 1 }]));
                case "0xF3": return ScriptedFollower.Error(packet, ResultCode.ArgMismatch, "datanode still not started");
                case "0xFC": return ScriptedFollower.Error(packet, ResultCode.TryOtherAddress, "unknown data partition");
                case "the end": return [];
                case "a cut":
                    cut = true;
                    return Body(good)[..70];
                case "two answers": return [.. Body(good), .. Body(good)];
                default: return null;
            }
        };
        Quiet();
        var (replica, task, _) = await NextTaskAsync();
        Assert.Equal(1, replica);
        Assert.Equal("1025", Ids(task));
        await CyclesAsync(2);
        Assert.All(_tasks, one => Assert.Equal(1, one.Replica));
        Assert.Null(Store.Find(new ExtentId(1040)));
        Assert.Equal(0, _fetched);
        Assert.Contains(Node.Log.Texts, text => text.Contains("left out", StringComparison.Ordinal) && text.Contains(_others[0].Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_as_JSON_counts_as_well()
    {
        await WriteAsync(1025, 5000);
        _lists[0] = packet =>
        {
            var json = WatermarkJson.Write([new Watermark { Extent = new ExtentId(1025), Size = 5000, Crc = 77, ModifiedAt = 1_700_000_000 }]);
            return Requests.Build(packet.Header with { Result = ResultCode.Ok, Size = (uint)json.Length }, [], json);
        };
        Quiet();
        Assert.Equal(1, (await NextTaskAsync()).Replica);
        await CyclesAsync(2);
        Assert.All(_tasks, one => Assert.Equal(1, one.Replica));
    }

    [Fact]
    public async Task A_replica_that_is_at_its_task_gets_no_second_one_and_holds_up_nobody()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(1025, 5000);
        _answers[0] = async packet =>
        {
            await done.Task;
            return ScriptedFollower.Ok(packet);
        };
        Quiet();
        var (both, _) = (await NextTaskAsync(), await NextTaskAsync());
        Assert.Equal("1025", Ids(both.Task));
        var again = 0;
        while (again < 3) // each cycle tells the other one anew
        {
            Assert.Equal(1, (await NextTaskAsync()).Replica);
            again++;
        }

        done.SetResult();
        while ((await NextTaskAsync()).Replica != 0) { }
    }

    [Fact]
    public async Task A_replica_that_does_not_answer_its_task_in_time_is_let_alone_for_as_long_again()
    {
        await RestartWithAsync(_repair with { TaskPatience = TimeSpan.FromMilliseconds(300) });
        await WriteAsync(1025, 5000);
        List(1, 1025, 5000);
        _answers[0] = _ => Task.FromResult<byte[]?>(null);
        _time.Stop();
        Quiet();
        await NextTaskAsync();
        await Patience.UntilAsync(() => Node.Log.Texts.Any(text => text.Contains("the rest waits for the next cycle", StringComparison.Ordinal)));
        await CyclesAsync(2);
        Assert.True(_tasks.IsEmpty);
        _time.MoveOn(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await NextTaskAsync()).Replica);
    }

    [Theory]
    [InlineData("an error")]
    [InlineData("another request's answer")]
    [InlineData("the end")]
    [InlineData("a body")]
    public async Task A_task_without_a_sound_answer_ends_its_share_and_the_next_cycle_tells_it_anew(string what)
    {
        await RestartWithAsync(_repair with { ExtentsPerTask = 1 });
        await WriteAsync(1025, 5000);
        await WriteAsync(1026, 5000);
        List(1, 1025, 5000);
        List(1, 1026, 5000);
        _answers[0] = packet => Task.FromResult<byte[]?>(what switch
        {
            "an error" => ScriptedFollower.Error(packet, ResultCode.ArgMismatch, "ActionRepair_bad task"),
            "another request's answer" => ScriptedFollower.Answer(packet, header => header with { RequestId = header.RequestId + 1 }),
            "a body" => Requests.Build(packet.Header with { Result = ResultCode.Ok, Size = 8 }, [], new byte[8]),
            _ => [],
        });
        Quiet();
        // Never the second part: the next cycle begins with what is missing then.
        for (var i = 0; i < 3; i++) Assert.Equal("1025", Ids((await NextTaskAsync()).Task));
        _answers[0] = null;
        while (Ids((await NextTaskAsync()).Task) is not "1026") { }
    }

    [Fact]
    public async Task A_share_is_cut_into_parts_which_go_out_one_after_the_other()
    {
        await RestartWithAsync(_repair with { BytesPerTask = 10_000 });
        for (ulong id = 1025; id < 1030; id++)
        {
            await WriteAsync(id, 4000);
            List(1, id, 4000);
        }

        var (inside, most) = (0, 0);
        _answers[0] = async packet =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            return ScriptedFollower.Ok(packet);
        };
        Quiet();
        Assert.Equal("1025 1026", Ids((await NextTaskAsync()).Task));
        Assert.Equal("1027 1028", Ids((await NextTaskAsync()).Task));
        Assert.Equal("1029", Ids((await NextTaskAsync()).Task));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task With_repair_switched_off_nothing_is_fetched_here_and_the_others_are_told_as_ever()
    {
        Node.DiskQos.RepairsNormalExtents = false;
        await WriteAsync(1025, 5000);
        List(0, 1025, 5000);
        List(0, 1030, 5000);
        Quiet();
        Assert.Equal("1025 1030", Ids((await NextTaskAsync()).Task));
        await CyclesAsync(3);
        Assert.Null(Store.Find(new ExtentId(1030)));
        Assert.Equal(0, _fetched);
    }

    [Theory]
    [InlineData("not first")]
    [InlineData("being rebuilt")]
    [InlineData("disk errors")]
    public async Task A_replica_that_must_not_lead_asks_nobody(string why)
    {
        await WriteAsync(1025, 5000);
        // A second partition, which this node leads, shows that the time has come.
        const ulong Led = 22;
        await Node.CreatePartitionAsync(Led, _others[1].Address);
        Node.GateOf(Partition).Machine.Record.Change(meta => why switch
        {
            "not first" => meta with { Hosts = [_others[0].Address, Node.Address, _others[1].Address] },
            "being rebuilt" => meta with { IsBeingRebuilt = true },
            _ => meta with { DiskErrorCount = 1 },
        });
        Quiet();
        // What was under way when META changed has asked both by the time the other partition has asked ten times.
        await PartitionAsksAsync(Led, 10);
        while (_others[0].Untaken > 0) await _others[0].NextAsync();
        await PartitionAsksAsync(Led, 3);
        Assert.Equal(0, _others[0].Untaken);
        Assert.DoesNotContain(_tasks, one => one.Replica == 0);
    }

    [Fact]
    public async Task A_task_of_another_leader_is_dropped_while_the_own_share_is_fetched()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _reads = go.Task;
        List(0, 1025, 5000);
        Quiet();
        await Patience.UntilAsync(() => _fetched == 1);
        using var peer = await Node.ConnectAsync();
        var task = new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeCreated = [RepairRequests.Listed(1026, 5000, _others[1].Address)], LeaderAddr = _others[1].Address };
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(RepairRequests.Notify(Partition, task, 7))).Header.Result);
        await CyclesAsync(2); // and comparisons go on beside it, without a second operation
        Assert.Equal(1, _fetched);
        go.SetResult();
        await Patience.UntilAsync(() => Size(1025) == 5000);
        Assert.Null(Store.Find(new ExtentId(1026)));
    }

    [Fact]
    public async Task Closing_the_partition_ends_its_cycle_and_its_shares()
    {
        await WriteAsync(1025, 5000);
        _answers[0] = _ => Task.FromResult<byte[]?>(null);
        Quiet();
        await Patience.UntilAsync(() => _tasks.Any(one => one.Replica == 0));
        using var master = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, Partition))).Header.Result);
        while (_others[0].Untaken > 0) await _others[0].NextAsync();
        for (var ended = -1; ended < _others[0].Connections - 1;) ended = Math.Max(ended, await _others[0].NextEndAsync());
    }

    private ExtentStore Store => Node.GateOf(Partition).Store;

    private long Size(ulong extent) => Store.Find(new ExtentId(extent))?.Size ?? -1;

    private static string Ids(RepairTask task) => string.Join(' ', task.ExtentsToBeRepaired.Select(extent => extent.Extent));

    private static string Ids(Packet packet) => RepairTask.TryRead(packet.Data, out var task) ? Ids(task) : "";

    private void List(int replica, ulong extent, long size) => _sizes[replica][extent] = size;

    /// <summary>All that was written so far is old enough to be listed.</summary>
    private void Quiet() => _time.MoveOn(TimeSpan.FromSeconds(62));

    private async Task RestartWithAsync(RepairSettings repair)
    {
        _repair = repair;
        await Node.StopAsync();
        Replace(await Node.StartAgainAsync(Options));
    }

    private Task WriteAsync(ulong extent, int bytes)
    {
        Assert.Equal(StorageError.None, Store.CreateExtent(new ExtentId(extent)));
        for (var at = 0; at < bytes; at += DataPlane.BlockBytes)
            Assert.Equal(StorageError.None, Store.Append(new ExtentId(extent), at, Content.AsSpan(at, Math.Min(DataPlane.BlockBytes, bytes - at)), 0, false, out _));
        return Task.CompletedTask;
    }

    /// <summary>So many comparisons have begun and ended from now on.</summary>
    private async Task CyclesAsync(int count)
    {
        var from = Volatile.Read(ref _asked[1]);
        await Patience.UntilAsync(() => Volatile.Read(ref _asked[1]) > from + count);
    }

    private async Task PartitionAsksAsync(ulong partition, int times)
    {
        for (var seen = 0; seen < times;)
            if (await _others[1].NextAsync() is { Packet.Header.Opcode: Opcode.GetAllWatermarks } asked && asked.Packet.Header.Partition.Value == partition) seen++;
    }

    private async Task<Forwarded> NextAsync(int replica, Opcode opcode)
    {
        while (true)
            if (await _others[replica].NextAsync() is var asked && asked.Packet.Header.Opcode == opcode) return asked;
    }

    private async Task<(int Replica, RepairTask Task, string Json)> NextTaskAsync()
    {
        (int, RepairTask, string) next = default;
        await Patience.UntilAsync(() => _tasks.TryDequeue(out next));
        return next;
    }

    private async Task<byte[]?> ServeAsync(int replica, Packet packet)
    {
        switch (packet.Header.Opcode)
        {
            case Opcode.GetAllWatermarks:
                Interlocked.Increment(ref _asked[replica]);
                if (_lists[replica] is { } list) return list(packet);
                var body = WatermarkBinary.Write([.. _sizes[replica].Select(one => new Watermark { Extent = new ExtentId(one.Key), Size = (ulong)one.Value })]);
                return Requests.Build(packet.Header with { Result = ResultCode.Ok, Size = (uint)body.Length }, [], body);
            case Opcode.NotifyReplicasToRepair:
                Assert.True(RepairTask.TryRead(packet.Data, out var task));
                _tasks.Enqueue((replica, task, packet.Text));
                return _answers[replica] is { } answer ? await answer(packet) : ScriptedFollower.Ok(packet);
            case Opcode.ExtentRepairRead:
                Interlocked.Increment(ref _fetched);
                await _reads;
                return RepairRequests.Blocks(packet, Content);
            default:
                return [];
        }
    }
}
