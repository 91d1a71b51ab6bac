using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>
/// This node as the follower of a CubeFS repair leader: it is told what it lacks, reads it from where it is told, and answers when it is
/// done. The leader, which is the source too, is a script. Source: data-plane 3.12, storage-and-repair 4.5, 4.6, 4.14.
/// </summary>
public sealed class RepairTaskTests : NodeTest
{
    private const ulong Partition = 21, Extent = 1025;
    private const int Block = 131072;
    private static readonly byte[] Content = Requests.Noise((2 * 1048576) + 1000, 5);

    /// <summary>The clock stands still, and waits between tries pass by themselves.</summary>
    private readonly ManualTime _time = new();
    private Func<Packet, byte[]?> _script = _ => [];
    private ScriptedFollower _leader = null!;

    private protected override NodeOptions Options => new() { Time = _time, Repair = Repair };

    private static RepairSettings Repair => new()
    {
        FirstVerification = TimeSpan.FromDays(1),
        FirstCycle = TimeSpan.FromDays(1),
        StreamsPerTask = 2,
        // Times that nobody else in the node waits for, so that the clock moves for repair alone.
        RetryMin = TimeSpan.FromMilliseconds(1017),
        TokenPause = TimeSpan.FromMilliseconds(5017),
        Packet = TimeSpan.FromMilliseconds(60017),
    };

    private protected override async Task PrepareAsync()
    {
        _time.Passing.UnionWith([Repair.RetryMin, Repair.RetryMin * 2, Repair.RetryMin * 4, Repair.TokenPause]);
        _leader = Keep(new ScriptedFollower(packet => _script(packet)));
        await Node.CreatePartitionAsync(Partition, _leader.Address);
    }

    [Fact]
    public async Task A_missing_extent_is_created_and_filled_before_the_answer()
    {
        _script = packet => RepairRequests.Blocks(packet, Content);
        await NotifyAsync(create: true, (Extent, Content.Length));
        Assert.Equal(Content, await ReadAsync(Extent, Content.Length));
        var asked = new List<(long, uint)>();
        while (_leader.Untaken > 0)
        {
            var packet = (await _leader.NextAsync()).Packet;
            Assert.Equal((Opcode.ExtentRepairRead, ExtentTypes.Normal, 57, Extent), (packet.Header.Opcode, packet.Header.ExtentType, packet.HeaderBytes, packet.Header.Extent.Value));
            asked.Add((packet.Header.ExtentOffset, packet.Header.Size));
        }

        // Ranges that a source has sent before its write deadline is over, without a gap, over one connection.
        Assert.Equal([(0L, 917504u), (917504L, 917504u), (1835008L, (uint)(Content.Length - 1835008))], asked);
        Assert.Equal(1, _leader.Connections);
        await _leader.NextEndAsync();
    }

    [Fact]
    public async Task A_stream_gives_its_place_to_a_partition_in_greater_danger_between_two_ranges_and_goes_on_where_it_was()
    {
        var budget = Node.GateOf(Partition).Limits.Budget;
        for (var place = 1; place < new BudgetSettings().Repair.Streams; place++) await budget.EnterAsync(TrafficClass.Repair, "", 0, CancellationToken.None);
        Task<BudgetTicket>? endangered = null;
        var offsets = new List<long>();
        _script = packet =>
        {
            offsets.Add(packet.Header.ExtentOffset);
            endangered ??= budget.EnterAsync(TrafficClass.Repair, "", 0, CancellationToken.None, new Urgency(500)).AsTask();
            return RepairRequests.Blocks(packet, Content);
        };
        var repair = NotifyAsync(create: true, (Extent, Content.Length));
        await _leader.NextEndAsync(); // no connection stands idle while its stream waits
        (await endangered!).Dispose();
        await repair;
        Assert.Equal(Content, await ReadAsync(Extent, Content.Length));
        Assert.Equal([0L, 917504L, 1835008L], offsets);
        Assert.Equal(2, _leader.Connections);
    }

    [Fact]
    public async Task An_extent_that_is_shorter_gets_what_is_missing_and_its_block_CRCs_are_true()
    {
        await AppendAsync(Content[..(Block + 77)]);
        _script = packet => RepairRequests.Blocks(packet, Content, blockBytes: 524288); // packets longer than a block, as of a volume with long repair blocks
        await NotifyAsync(create: false, (Extent, Content.Length));
        await RestartAsync(); // everything is read and compared with its CRCs anew
        Assert.Equal(Content, await ReadAsync(Extent, Content.Length));
        Assert.Equal(0, Node.GateOf(Partition).Store.DamagedBlocks);
    }

    [Fact]
    public async Task What_is_as_long_already_is_not_asked_for()
    {
        await AppendAsync(Content[..5000]);
        await NotifyAsync(create: true, (Extent, 5000), (Extent, 4000));
        Assert.Equal(0, _leader.Connections);
        Assert.Equal(5000, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
    }

    [Fact]
    public async Task An_empty_extent_is_created_without_a_question()
    {
        await NotifyAsync(create: true, (1030, 0));
        Assert.Equal(0, Node.GateOf(Partition).Store.Find(new ExtentId(1030))!.Value.Size);
        Assert.Equal(0, _leader.Connections);
    }

    [Fact]
    public async Task A_deleted_extent_does_not_come_back_also_after_a_restart()
    {
        await AppendAsync(Content[..5000]);
        using (var client = await Node.ConnectAsync())
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.BatchDelete(Partition, 9, $"[{Requests.Element(Extent, 0, 0)}]"))).Header.Result);
        await NotifyAsync(create: true, (Extent, 5000));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        await RestartAsync();
        await NotifyAsync(create: true, (Extent, 5000));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.Equal(0, _leader.Connections);
    }

    /// <summary>A new replica is told of a delete as soon as it is a host, and of the extent by a task that was made from an older list.</summary>
    [Fact]
    public async Task A_delete_that_comes_before_the_task_which_brings_the_extent_stands()
    {
        _script = packet => RepairRequests.Blocks(packet, Content);
        using (var client = await Node.ConnectAsync())
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.BatchDelete(Partition, 9, $"[{Requests.Element(Extent, 0, 0)}]"))).Header.Result);
        await NotifyAsync(create: true, (Extent, 5000));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.Equal(0, _leader.Connections);
    }

    [Fact]
    public async Task The_last_id_that_was_given_out_is_told_also_when_its_extent_is_deleted()
    {
        await AppendAsync(Content[..5000]);
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.BatchDelete(Partition, 9, $"[{Requests.Element(Extent, 0, 0)}]"))).Header.Result);
        Assert.True(NumberBody.TryReadTwo((await client.AskAsync(Requests.Totals(Partition, 10))).Data, out var last, out var bytes));
        Assert.Equal((Extent, 0ul), (last, bytes));
    }

    [Fact]
    public async Task A_delete_that_overtakes_the_repair_stands()
    {
        _script = packet =>
        {
            if (packet.Header.ExtentOffset == 0) return RepairRequests.Blocks(packet, Content);
            Assert.Equal(Storage.StorageError.None, Node.GateOf(Partition).Store.Delete(new ExtentId(Extent)));
            return RepairRequests.Blocks(packet, Content);
        };
        await NotifyAsync(create: true, (Extent, Content.Length));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        Assert.DoesNotContain(Node.Log.Texts, text => text.Contains(" 1 failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_client_appends_meanwhile_stays_and_the_repair_goes_on_behind_it()
    {
        _script = packet =>
        {
            if (packet.Header.ExtentOffset == 0)
            {
                var data = Content[..3000];
                Assert.Equal(Storage.StorageError.None, Node.GateOf(Partition).Store.Append(new ExtentId(Extent), 0, data, 0, false, out _));
            }

            return RepairRequests.Blocks(packet, Content);
        };
        await NotifyAsync(create: true, (Extent, Content.Length));
        Assert.Equal(Content, await ReadAsync(Extent, Content.Length));
    }

    [Fact]
    public async Task A_tiny_extent_gets_data_and_holes_at_their_places()
    {
        var first = Requests.Noise(8192, 1);
        var last = Requests.Noise(100, 2);
        _script = packet =>
        {
            Assert.Equal((Opcode.TinyExtentRepairRead, ExtentTypes.Tiny, 0L, 16384u), (packet.Header.Opcode, packet.Header.ExtentType, packet.Header.ExtentOffset, packet.Header.Size));
            return [.. RepairRequests.TinyData(packet, 0, first, 12388), .. RepairRequests.TinyHole(packet, 8192, 4096, 12388), .. RepairRequests.TinyData(packet, 12288, last, 12388)];
        };
        await NotifyTinyAsync((3, 16384));
        var store = Node.GateOf(Partition).Store;
        Assert.Equal(16384, store.Find(new ExtentId(3))!.Value.Size);
        Assert.Equal(first, await ReadAsync(3, 8192));
        Assert.Equal(new byte[4096], (await ReadAsync(3, 12288))[8192..]);
        Assert.Equal(Storage.StorageError.None, store.FindRun(new ExtentId(3), 8192, out var isHole, out var length));
        Assert.Equal((true, 4096L), (isHole, length));
        Assert.Equal(last, (await ReadAsync(3, 12388))[12288..]);
    }

    [Fact]
    public async Task A_hole_that_reaches_to_the_end_is_cut_where_the_list_ended()
    {
        _script = packet => RepairRequests.TinyHole(packet, 0, 1L << 30, 8192); // CubeFS sends the last hole as one, however long
        await NotifyTinyAsync((3, 8192));
        Assert.Equal(8192, Node.GateOf(Partition).Store.Find(new ExtentId(3))!.Value.Size);
    }

    [Theory]
    [InlineData("request id")]
    [InlineData("partition")]
    [InlineData("extent")]
    [InlineData("opcode")]
    [InlineData("offset")]
    [InlineData("crc")]
    public async Task An_answer_to_something_else_is_written_nowhere_and_asked_for_again_on_a_new_connection(string field)
    {
        var wrong = 1;
        _script = packet =>
        {
            if (Interlocked.Exchange(ref wrong, 0) == 0) return RepairRequests.Blocks(packet, Content);
            var block = RepairRequests.Block(packet, 0, Content[..Block]);
            Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(block, PacketLimits.Replies, out var header, out _));
            header = field switch
            {
                "request id" => header with { RequestId = header.RequestId - 1 },
                "partition" => header with { Partition = new PartitionId(22) },
                "extent" => header with { Extent = new ExtentId(1026) },
                "opcode" => header with { Opcode = Opcode.StreamFollowerRead },
                "offset" => header with { ExtentOffset = Block },
                _ => header with { Crc = header.Crc ^ 1 },
            };
            header.Write(block);
            return block;
        };
        await NotifyAsync(create: true, (Extent, Content.Length));
        Assert.Equal(Content, await ReadAsync(Extent, Content.Length));
        Assert.Equal(2, _leader.Connections);
        Assert.Contains(Node.Log.Texts, text => text.Contains("Reply mismatch", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_behind_the_answer_void_it()
    {
        var surplus = 1;
        _script = packet =>
        {
            var blocks = RepairRequests.Blocks(packet, Content);
            return Interlocked.Exchange(ref surplus, 0) == 1 ? [.. blocks, .. RepairRequests.Block(packet, 0, [1])] : blocks;
        };
        await NotifyAsync(create: true, (Extent, 1000));
        Assert.Equal(Content[..1000], await ReadAsync(Extent, 1000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70)]
    [InlineData(200_000)]
    public async Task A_source_that_dies_in_the_middle_is_dialled_again(int bytes)
    {
        _leader.DiesAfter = _ => _leader.Connections == 1;
        _script = packet => _leader.Connections == 1 ? RepairRequests.Blocks(packet, Content)[..bytes] : RepairRequests.Blocks(packet, Content);
        await NotifyAsync(create: true, (Extent, Content.Length));
        Assert.Equal(Content, await ReadAsync(Extent, Content.Length));
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_given_up_after_some_tries_and_the_task_is_answered()
    {
        var away = $"{LoopbackAddresses.Next()}:17310";
        Node.GateOf(Partition).Machine.Record.Change(meta => meta with { Hosts = [.. meta.Hosts, away] });
        var reply = await AskAsync(new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeCreated = [RepairRequests.Listed(Extent, 10, away)], ExtentsToBeRepaired = [RepairRequests.Listed(Extent, 10, away)] });
        Assert.Equal(ResultCode.Ok, reply.Header.Result);
        Assert.Contains(Node.Log.Texts, text => text.Contains("1 failed", StringComparison.Ordinal));
        Assert.Equal(0, Node.GateOf(Partition).Store.Find(new ExtentId(Extent))!.Value.Size);
    }

    [Fact]
    public async Task A_source_whose_disk_is_busy_is_asked_again_later()
    {
        var busy = 3;
        _script = packet => Interlocked.Decrement(ref busy) >= 0
            ? ScriptedFollower.Error(packet, ResultCode.ReadRepairAgain, "ActionStreamRead_no disk read repair extent token")
            : RepairRequests.Blocks(packet, Content);
        await NotifyAsync(create: true, (Extent, 1000));
        Assert.Equal(Content[..1000], await ReadAsync(Extent, 1000));
        Assert.Equal(4, _leader.Connections);
    }

    [Fact]
    public async Task An_extent_that_the_source_has_deleted_is_left_as_it_is()
    {
        _script = packet => ScriptedFollower.Error(packet, ResultCode.NotExist, "ActionStreamRead_extent has been deleted");
        await NotifyAsync(create: true, (Extent, 1000));
        Assert.Equal(1, _leader.Connections);
    }

    [Fact]
    public async Task A_source_that_says_nothing_is_given_up_in_time()
    {
        _script = ScriptedFollower.Silence;
        _time.Passing.Add(Repair.Packet);
        await NotifyAsync(create: true, (Extent, 1000));
        Assert.Contains(Node.Log.Texts, text => text.Contains("did not answer in time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_paused_rebuilding_begins_no_task_and_goes_on_to_no_further_extent()
    {
        void Pause(bool isPaused) => Node.GateOf(Partition).Machine.Record.Change(meta => meta with { IsBeingRebuilt = true, CopyBasis = 1, StopRecover = isPaused });
        byte[]? Applied(Packet packet) => packet.Header.Opcode == Opcode.GetAppliedId ? CopySource.Answer(packet.Header, Hex.Bytes("0000000000000001")) : null;
        Pause(true);
        await NotifyAsync(create: true, (Extent, 1000));
        Assert.Equal(0, _leader.Connections);
        Pause(false);
        _script = packet =>
        {
            if (Applied(packet) is { } applied) return applied;
            Pause(true); // in the middle of the first extents: two are fetched at a time
            return RepairRequests.Blocks(packet, Content);
        };
        await NotifyAsync(create: true, [.. Enumerable.Range(0, 20).Select(i => (Extent + (ulong)i, 1000L))]);
        Assert.InRange(Enumerable.Range(0, 20).Count(i => Node.GateOf(Partition).Store.Find(new ExtentId(Extent + (ulong)i))?.Size == 1000), 1, 2);
        Pause(false);
        _script = packet => Applied(packet) ?? RepairRequests.Blocks(packet, Content);
        await NotifyAsync(create: true, (Extent + 19, 1000));
        Assert.Equal(Content[..1000], await ReadAsync(Extent + 19, 1000));
        Node.GateOf(Partition).Machine.Record.Change(meta => meta with { IsBeingRebuilt = false });
    }

    [Fact]
    public async Task A_second_task_is_answered_at_once_and_dropped()
    {
        _script = ScriptedFollower.Silence;
        using var first = await Node.ConnectAsync();
        await first.SendAsync(RepairRequests.Notify(Partition, TaskOf(create: true, (Extent, 1000)), 5));
        await _leader.NextAsync();
        Assert.Equal(ResultCode.Ok, (await AskAsync(TaskOf(create: true, (1026, 1000)))).Header.Result);
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(1026)));
        Assert.Equal(1, Node.Surface.Ledger.Figures.Kinds[(int)OperationKind.RepairTask].Dropped);
        Assert.Empty(Node.Surface.Ledger.Alerts); // of the same leader: it may have lost the answer

        var other = TaskOf(create: true, (1027, 1000)) with { LeaderAddr = Node.Address };
        Assert.Equal(ResultCode.Ok, (await AskAsync(other)).Header.Result);
        var alert = Assert.Single(Node.Surface.Ledger.Alerts); // two leaders
        Assert.Equal((OperationAlertKind.Concurrent, Partition, Node.Address), (alert.Kind, alert.Partition!.Value.Value, alert.Peer));
    }

    [Fact]
    public async Task A_task_stands_in_the_ledger_with_its_progress_and_an_operator_may_end_it()
    {
        _script = packet => packet.Header.Extent.Value == Extent ? RepairRequests.Blocks(packet, Content) : ScriptedFollower.Silence(packet);
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, TaskOf(create: true, (Extent, 1000), (Extent + 1, 1000)), 5));
        await Patience.UntilAsync(() => Running() is { Progress.Done: 1 });
        var operation = Running()!;
        Assert.Equal((OperationState.Running, new OperationProgress(1, 2, "extents"), true), (operation.State, operation.Progress, operation.CanCancel));

        Assert.Null(Node.Surface.Ledger.Cancel(operation.Id));
        Assert.Equal(ResultCode.Ok, (await peer.ReceiveAsync()).Header.Result); // its leader is answered, and lists anew
        await Patience.UntilAsync(() => Node.Surface.Ledger.Find(operation.Id)!.State == OperationState.Cancelled);

        _script = packet => RepairRequests.Blocks(packet, Content);
        await NotifyAsync(create: true, (Extent + 1, 1000));
        await Patience.UntilAsync(() => Running() is { State: OperationState.Done });
        Assert.Contains("1 repaired", Running()!.Result);

        OperationEntry? Running() => Node.Surface.Ledger.List(new OperationFilter(Kind: OperationKind.RepairTask)).FirstOrDefault();
    }

    [Fact]
    public async Task The_answer_comes_when_the_work_is_done_and_not_before()
    {
        var go = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var slow = new ScriptedFollower(async packet => await go.Task ? RepairRequests.Blocks(packet, Content) : []);
        Node.GateOf(Partition).Machine.Record.Change(meta => meta with { Hosts = [.. meta.Hosts, slow.Address] });
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeCreated = [RepairRequests.Listed(Extent, 1000, slow.Address)] }, 5));
        await slow.NextAsync();
        var answer = peer.ReceiveAsync();
        Assert.False(answer.IsCompleted);
        go.SetResult(true);
        Assert.Equal(ResultCode.Ok, (await answer).Header.Result);
        Assert.Equal(Content[..1000], await ReadAsync(Extent, 1000));
    }

    [Fact]
    public async Task Deleting_the_partition_ends_its_repair_and_answers_the_leader()
    {
        _script = ScriptedFollower.Silence;
        using var peer = await Node.ConnectAsync();
        await peer.SendAsync(RepairRequests.Notify(Partition, TaskOf(create: true, (Extent, 1000)), 5));
        await _leader.NextAsync();
        using (var master = await Node.ConnectAsync())
            Assert.Equal(ResultCode.Ok, (await master.AskAsync(AdminPackets.Delete(Node, Partition))).Header.Result);
        await _leader.NextEndAsync();
        Assert.Equal(ResultCode.Ok, (await peer.ReceiveAsync()).Header.Result);
    }

    [Fact]
    public async Task Nobody_but_a_replica_of_the_partition_is_dialled()
    {
        using var stranger = new ScriptedFollower(_ => []);
        var task = new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeCreated = [RepairRequests.Listed(Extent, 10, stranger.Address)], LeaderAddr = stranger.Address, LeaderTinyDeleteRecordFileSize = 1L << 40 };
        Assert.Equal(ResultCode.Ok, (await AskAsync(task)).Header.Result);
        Assert.Equal(0, stranger.Connections);
        Assert.Contains(Node.Log.Texts, text => text.Contains("is no replica of the partition", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_repair_switched_off_normal_extents_are_left_and_tiny_ones_are_not()
    {
        Node.DiskQos.RepairsNormalExtents = false;
        _script = packet => RepairRequests.TinyData(packet, 0, Requests.Noise(4096, 1), 4096);
        await NotifyAsync(create: true, (Extent, 1000));
        Assert.Null(Node.GateOf(Partition).Store.Find(new ExtentId(Extent)));
        await NotifyTinyAsync((3, 4096));
        Assert.Equal(4096, Node.GateOf(Partition).Store.Find(new ExtentId(3))!.Value.Size);
    }

    [Fact]
    public async Task Delete_records_are_taken_over_when_the_leader_is_far_ahead_and_only_those_of_tiny_extents()
    {
        var records = new byte[TinyRecordSync.LagBytesMin / 24 * 24 + 24 * 1000];
        for (var at = 0; at < records.Length; at += 24) new TinyDeleteRecord(new ExtentId(at % 48 == 0 ? 5ul : 2000ul), (ulong)at, 1).Write(records.AsSpan(at));
        _script = packet =>
        {
            Assert.Equal((Opcode.ReadTinyDeleteRecord, 0L, 0u), (packet.Header.Opcode, packet.Header.ExtentOffset, packet.Header.Size));
            var packets = new List<byte>();
            for (var at = 0; at < records.Length; at += 2_400_000)
            {
                var data = records[at..Math.Min(records.Length, at + 2_400_000)];
                var header = packet.Header.ToReadData(ExtentTypes.Normal, Opcode.TinyDeleteRecordReply, at, (uint)data.Length, Crc32.Compute(data));
                packets.AddRange(Requests.Build(header, [], data));
            }

            return [.. packets];
        };
        var task = new RepairTask { TaskType = RepairTask.Tiny, LeaderAddr = _leader.Address, LeaderTinyDeleteRecordFileSize = records.Length };
        Assert.Equal(ResultCode.Ok, (await AskAsync(task)).Header.Result);
        Assert.Equal(records.Length / 2, Node.GateOf(Partition).Store.TinyDeleteLogBytes, 24.0);
        await _leader.NextEndAsync();
    }

    private RepairTask TaskOf(bool create, params (ulong Extent, long Size)[] extents)
    {
        var listed = extents.Select(extent => RepairRequests.Listed(extent.Extent, extent.Size, _leader.Address)).ToList();
        return new RepairTask { TaskType = RepairTask.Normal, ExtentsToBeCreated = create ? listed : [], ExtentsToBeRepaired = listed, LeaderAddr = _leader.Address };
    }

    private async Task NotifyAsync(bool create, params (ulong Extent, long Size)[] extents) =>
        Assert.Equal(ResultCode.Ok, (await AskAsync(TaskOf(create, extents))).Header.Result);

    private async Task NotifyTinyAsync(params (ulong Extent, long Size)[] extents)
    {
        var task = TaskOf(create: false, extents) with { TaskType = RepairTask.Tiny };
        Assert.Equal(ResultCode.Ok, (await AskAsync(task)).Header.Result);
    }

    private async Task<Packet> AskAsync(RepairTask task)
    {
        using var peer = await Node.ConnectAsync();
        return await peer.AskAsync(RepairRequests.Notify(Partition, task, 5));
    }

    private async Task<byte[]> ReadAsync(ulong extent, int bytes)
    {
        using var reader = await Node.ConnectAsync();
        return await reader.ReadAsync(Partition, extent, 0, (uint)bytes);
    }

    private async Task AppendAsync(byte[] data)
    {
        using var client = await Node.ConnectAsync();
        Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Create(Partition, 1))).Header.Result);
        for (var at = 0; at < data.Length; at += Block)
            Assert.Equal(ResultCode.Ok, (await client.AskAsync(Requests.Append(Partition, Extent, at, 2, data[at..Math.Min(data.Length, at + Block)]))).Header.Result);
    }
}
