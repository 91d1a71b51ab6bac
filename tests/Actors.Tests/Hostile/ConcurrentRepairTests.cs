using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.Storage;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>Repair while extents and partitions are deleted, paused and taken away under it, and with a proxy in between: storage-and-repair 8.5.</summary>
/// <remarks>D7 stands in ThreeNodeCycleTests, D8 in ResultCodeTests and FollowerTests.</remarks>
public sealed class ConcurrentRepairTests : NodeTest
{
    private const ulong Partition = 21, Other = 22, Extent = 1025;
    private static readonly byte[] Content = Requests.Noise(300_000, 5);

    /// <summary>The clock stands still, and waits between tries pass by themselves.</summary>
    private readonly ManualTime _time = new();
    private readonly StaleProxy _proxy = new(new TcpNetwork());
    private Func<Packet, Task<byte[]?>> _script = packet => Task.FromResult<byte[]?>(RepairRequests.Blocks(packet, Content));
    private ScriptedFollower _source = null!;

    private protected override NodeOptions Options
    {
        get
        {
            var options = new NodeOptions { Time = _time, Repair = Repair, Network = _proxy };
            return options with { Budgets = options.Budgets with { Repair = options.Budgets.Repair with { Streams = Repair.StreamsPerTask } } };
        }
    }

    private static RepairSettings Repair => new()
    {
        FirstVerification = TimeSpan.FromDays(1),
        FirstCycle = TimeSpan.FromDays(1),
        StreamsPerTask = 10,
        // Times that nobody else in the node waits for, so that the clock moves for repair alone.
        RetryMin = TimeSpan.FromMilliseconds(1017),
        Packet = TimeSpan.FromMilliseconds(60017),
    };

    private protected override async Task PrepareAsync()
    {
        _time.Passing.UnionWith([Repair.RetryMin, Repair.RetryMin * 2, Repair.RetryMin * 4]);
        _source = Keep(new ScriptedFollower(packet => _script(packet)));
        await Node.CreatePartitionAsync(Partition, _source.Address);
        await Node.CreatePartitionAsync(Other, _source.Address);
    }

    [Fact]
    public async Task D1_extents_that_are_deleted_while_ten_streams_fetch_them_end_as_deleted_and_all_others_whole()
    {
        const int Count = 90;
        var store = Node.GateOf(Partition).Store;
        _script = packet => Task.FromResult<byte[]?>((packet.Header.Extent.Value % 3) switch
        {
            0 => [.. RepairRequests.Block(packet, packet.Header.ExtentOffset, Content[..131072]), .. ScriptedFollower.Error(packet, ResultCode.NotExist, "ActionStreamRead_extent has been deleted")], // there
            1 when store.Delete(packet.Header.Extent) != StorageError.None => throw new InvalidOperationException("the delete failed"), // here
            _ => RepairRequests.Blocks(packet, Content),
        });
        await NotifyAsync(Partition, [.. Enumerable.Range(0, Count).Select(i => Extent + (ulong)i)]);
        for (var extent = Extent; extent < Extent + Count; extent++)
        {
            var here = store.Find(new ExtentId(extent));
            if (extent % 3 == 2) Assert.Equal(Content, await ReadAsync(Partition, extent));
            else if (extent % 3 == 1) Assert.Null(here);
            else Assert.Equal(0, here!.Value.Size); // what came of a stream that broke off is void
        }

        Assert.Equal(0, Node.Surface.Figures().ReplyMismatches);
        for (var i = _source.Connections; i > 0; i--) await _source.NextEndAsync(); // none is left open
    }

    [Fact]
    public async Task D2_a_partition_that_is_taken_away_in_the_middle_leaves_nothing_for_the_questions_of_another()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _script = async packet =>
        {
            if (packet.Header.Partition.Value == Partition) await go.Task;
            return RepairRequests.Blocks(packet, Content);
        };
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, TaskOf([Extent, Extent + 1]), 5));
        await _source.NextAsync();
        await _source.NextAsync();
        using (var master = await Node.ConnectAsync()) Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, Partition))).Header.Result);
        go.SetResult(); // to connections that are closed

        await NotifyAsync(Other, [Extent]);
        Assert.Equal(Content, await ReadAsync(Other, Extent));
        Assert.Equal((3, 0L), (_source.Connections, Node.Surface.Figures().ReplyMismatches));
    }

    [Fact]
    public async Task D3_a_pause_ends_the_sync_of_delete_records_with_its_connection_and_what_comes_after_goes_over_another()
    {
        Node.GateOf(Partition).Machine.Record.Change(meta => meta with { IsBeingRebuilt = true, CopyBasis = 1 });
        var records = Records(TinyRecordSync.LagBytesMin / 24 + 1000);
        _script = packet => Task.FromResult<byte[]?>(packet.Header.Opcode switch
        {
            Opcode.GetAppliedId => CopySource.Answer(packet.Header, Hex.Bytes("0000000000000001")),
            Opcode.ReadTinyDeleteRecord => RecordPacket(packet, records, 0, 240), // and the rest never comes
            _ => RepairRequests.Blocks(packet, Content),
        });
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, new RepairTask { TaskType = RepairTask.Tiny, LeaderAddr = _source.Address, LeaderTinyDeleteRecordFileSize = records.Length }, 5));
        Assert.Equal(Opcode.ReadTinyDeleteRecord, (await _source.NextAsync()).Packet.Header.Opcode);
        Assert.Equal(ResultCode.Ok, await StopAsync(true));
        Assert.Equal(ResultCode.Ok, (await peer.ReceiveAsync()).Header.Result);
        await _source.NextEndAsync();

        Assert.Equal(ResultCode.Ok, await StopAsync(false));
        await NotifyAsync(Partition, [Extent]);
        Assert.Equal(Content, await ReadAsync(Partition, Extent));
        Assert.Equal((2, 0L), (_source.Connections, Node.Surface.Figures().ReplyMismatches));
        Node.GateOf(Partition).Machine.Record.Change(meta => meta with { IsBeingRebuilt = false });
    }

    [Fact]
    public async Task D4_deletes_that_come_while_their_records_are_fetched_are_left_to_the_next_task()
    {
        var announced = TinyRecordSync.LagBytesMin / 24 * 24 + 2400;
        var records = Records(announced / 24 + 50); // the log of the leader has grown since it sent the task
        _script = packet => Task.FromResult<byte[]?>(packet.Header.Opcode == Opcode.ReadTinyDeleteRecord
            ? [.. RecordPacket(packet, records, 0, 2_400_000), .. RecordPacket(packet, records, 2_400_000, records.Length - 2_400_000)]
            : RepairRequests.Blocks(packet, Content));
        using var peer = await Node.ConnectAsync();
        var task = TaskOf([Extent]) with { LeaderTinyDeleteRecordFileSize = announced };
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(RepairRequests.Notify(Partition, task, 5))).Header.Result);
        Assert.Equal(announced, Node.GateOf(Partition).Store.TinyDeleteLogBytes);
        Assert.Equal(Content, await ReadAsync(Partition, Extent));
        for (var i = _source.Connections; i > 0; i--) await _source.NextEndAsync();
    }

    [Fact]
    public async Task D4_as_a_source_no_record_is_sent_beyond_what_the_last_task_named_and_the_next_answer_on_the_connection_is_its_own()
    {
        var gate = Node.GateOf(Partition);
        Assert.Equal(StorageError.None, gate.Store.AppendTinyDeleteLog(Records(3)));
        gate.Announced.Set(48);
        using var follower = await Node.ConnectAsync();
        Assert.Equal((0L, 48), Told(await follower.AskAsync(RepairRequests.Records(Partition, 0, 10))));
        Assert.Equal(StorageError.None, gate.Store.AppendTinyDeleteLog(Records(1000))); // at full rate
        Assert.Equal((24L, 24), Told(await follower.AskAsync(RepairRequests.Records(Partition, 24, 11))));
        var applied = await follower.AskAsync(Requests.AppliedId(Partition, 12));
        Assert.Equal((12L, Opcode.GetAppliedId, 8), (applied.Header.RequestId, applied.Header.Opcode, applied.Data.Length));
        var nothing = await follower.AskAsync(RepairRequests.Records(Partition, 48, 13));
        Assert.Equal((13L, ResultCode.IntraGroupNetError), (nothing.Header.RequestId, nothing.Header.Result)); // an error, and never silence

        static (long, int) Told(Packet packet) => (packet.Header.ExtentOffset, packet.Data.Length);
    }

    public static TheoryData<string> StalePackets => ["request id", "opcode", "partition", "extent", "offset", "empty body", "negative count"];

    [Theory]
    [MemberData(nameof(StalePackets))]
    public async Task D5_a_proxy_that_puts_a_stale_packet_before_each_answer_is_refused_by_name_and_the_repair_gets_through_behind_it(string kind)
    {
        var stale = Requests.Noise(1000, 9);
        _proxy.Stale = request => kind switch
        {
            "request id" => Build(request with { RequestId = request.RequestId - 1 }, stale),
            "opcode" => Build(request with { Opcode = Opcode.StreamFollowerRead }, stale),
            "partition" => Build(request with { Partition = new PartitionId(Other) }, stale),
            "extent" => Build(request with { Extent = new ExtentId(Extent + 1) }, stale),
            "offset" => Build(request with { ExtentOffset = request.ExtentOffset + 4096 }, stale),
            "empty body" => Build(request with { Opcode = Opcode.SnapshotExtentRepairRead }, []),
            _ => Build(request with { Opcode = Opcode.GetAllWatermarks, RequestId = request.RequestId - 3 }, [(byte)'M', 0xFF, 0xFF, 0xFF, 0xFF]),
        };
        _proxy.Left = 3;
        await NotifyAsync(Partition, [Extent]);
        Assert.Equal(Content, await ReadAsync(Partition, Extent));
        var figures = Node.Surface.Figures();
        Assert.Equal(3, figures.ReplyMismatches);
        Assert.InRange(figures.Operations.Alerts.Single(alert => alert.Kind == OperationAlertKind.ReplyMismatch).Raised, 1, 3); // the same again within a minute is one alert
        var named = kind is "empty body" ? "opcode" : kind is "negative count" ? "request id" : kind;
        Assert.Equal(3, figures.MismatchesByDoubt[ReplyDoubtNames.All.ToList().IndexOf(named)]);
        Assert.Equal(3, Node.Log.Texts.Count(text => text.Contains("Reply mismatch from", StringComparison.Ordinal) && text.Contains("expected op 09 req", StringComparison.Ordinal)));

        static byte[] Build(PacketHeader request, byte[] data) =>
            Requests.Build(request with { Result = ResultCode.Ok, Size = (uint)data.Length, Crc = data.Length == 0 ? 0 : Crc32.Compute(data) }, [], data);
    }

    [Fact]
    public async Task D6_an_answer_that_comes_after_its_time_finds_a_closed_connection_and_is_never_used()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isFirst = 1;
        _script = async packet =>
        {
            if (Interlocked.Exchange(ref isFirst, 0) == 0) return RepairRequests.Blocks(packet, Content);
            await go.Task;
            return RepairRequests.Blocks(packet, Requests.Noise(Content.Length, 6)); // what it says now is not so any more
        };
        var notified = NotifyAsync(Partition, [Extent]);
        await _source.NextAsync();
        await _time.FireAsync(Repair.Packet);
        await notified;
        go.SetResult();
        Assert.Equal(Content, await ReadAsync(Partition, Extent));
        Assert.Equal((2, 0L), (_source.Connections, Node.Surface.Figures().ReplyMismatches));
    }

    private RepairTask TaskOf(IReadOnlyList<ulong> extents)
    {
        var listed = extents.Select(extent => RepairRequests.Listed(extent, Content.Length, _source.Address)).ToList();
        return new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeCreated = listed, ExtentsToBeRepaired = listed, LeaderAddr = _source.Address };
    }

    private async Task NotifyAsync(ulong partition, IReadOnlyList<ulong> extents)
    {
        using var peer = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await peer.AskAsync(RepairRequests.Notify(partition, TaskOf(extents), 5))).Header.Result);
    }

    private async Task<ResultCode> StopAsync(bool stop)
    {
        using var master = await Node.ConnectAsync();
        var request = new StopPartitionRepairRequest { PartitionId = new PartitionId(Partition), Stop = stop };
        return (await master.AskAsync(AdminPackets.Build(Node, Opcode.StopDataPartitionRepair, Partition, request, MasterJson.Default.StopPartitionRepairRequest))).Header.Result;
    }

    private async Task<byte[]> ReadAsync(ulong partition, ulong extent)
    {
        using var reader = await Node.ConnectAsync();
        return await reader.ReadAsync(partition, extent, 0, (uint)Content.Length);
    }

    private static byte[] Records(long count)
    {
        var records = new byte[count * TinyDeleteRecord.Bytes];
        for (var at = 0; at < records.Length; at += TinyDeleteRecord.Bytes) new TinyDeleteRecord(new ExtentId(5), (ulong)at, 1).Write(records.AsSpan(at));
        return records;
    }

    private static byte[] RecordPacket(Packet request, byte[] records, int at, int bytes)
    {
        var data = records.AsSpan(at, bytes).ToArray();
        return Requests.Build(request.Header.ToReadData(ExtentTypes.Normal, Opcode.TinyDeleteRecordReply, at, (uint)bytes, Crc32.Compute(data)), [], data);
    }
}
