using System.Buffers.Binary;
using System.Text;
using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>The ways in which CubeFS has read one answer for another, each by the number of its issue: the old pool goes wrong, and ours does not.</summary>
/// <remarks>
/// The cases A to H are those of storage-and-repair 4.13: exits "without an error" that leave packets on a connection which is used again. Each test leaves what
/// the case leaves, and has the pool take it for the answer to its next question. Ours never uses the connection again; and where a proxy hands it the very
/// same packets before its own answer, it refuses them by name.
/// </remarks>
public sealed class CrossedReplyIssueTests
{
    private const string Address = "127.0.0.2:17310";
    private const ulong Applied = 777_777;

    /// <summary>Of a question that nobody here has asked: the counter never comes so far.</summary>
    private const long StaleRequest = long.MaxValue;

    private static readonly PartitionId Partition = new(21);
    private static readonly ExtentId Extent = new(1025);

    private readonly HostileClock _clock = new();
    private readonly RecordedEvents _events = new();
    private readonly Script _peer = new();
    private readonly HostileNetwork _network;
    private readonly NaivePool _pool;
    private readonly PeerQuestion _questions;

    public CrossedReplyIssueTests()
    {
        _network = new HostileNetwork(_clock, _peer);
        _pool = new NaivePool(_network, _clock);
        _questions = new PeerQuestion(_network, _clock, _events);
    }

    [Fact]
    public void Issue_3337_case_A_a_partition_that_is_detached_while_its_stream_runs_leaves_the_rest_of_it()
    {
        _peer.Answer = request => request.Opcode == Opcode.ExtentRepairRead ? Blocks(request, 3) : null;
        var packets = 0;
        Finish(_pool.StreamAsync(Opcode.ExtentRepairRead, Partition, Extent, 0, 3 * DataPlane.BlockBytes, () => packets++ == 0));
        Assert.Equal(FirstNumber(Block(1)), PoolApplied());
        Assert.Equal(1, _network.Dials);

        OursRefuses(BlocksOf(2), ReplyDoubts.RequestId | ReplyDoubts.Opcode | ReplyDoubts.Extent | ReplyDoubts.Offset | ReplyDoubts.Length | ReplyDoubts.Crc);
        OursAsksOnAnotherLine(line => line.FetchAsync(Partition, Extent, 0, new byte[3 * DataPlane.BlockBytes]), Part(Blocks, 1));
    }

    [Fact]
    public void Issue_3337_case_B_a_log_of_deletes_that_grew_since_the_task_leaves_one_record_and_its_extent_id_becomes_an_applied_id()
    {
        const int Announced = 4_800_000, Records = 200_001;
        _peer.Answer = request => request.Opcode == Opcode.ReadTinyDeleteRecord ? RecordPackets(request, Records) : null;
        Assert.Equal(Announced, Finish(_pool.RecordsAsync(Partition, 0, Announced)));
        Assert.Equal(1ul, PoolApplied()); // instead of 777777, and without an error
        Assert.Equal(Applied, PoolApplied()); // which it is the answer to the question before: shifted for the rest of its life
        Assert.True(_network.Dials == 1);

        OursRefuses(RecordPackets(new PacketHeader { Partition = Partition, RequestId = StaleRequest }, Records)[^(PacketHeader.BaseBytes + TinyDeleteRecord.Bytes)..], ReplyDoubts.RequestId | ReplyDoubts.Opcode | ReplyDoubts.Offset | ReplyDoubts.Length | ReplyDoubts.Crc);
        var line = Dial();
        var buffer = new byte[PacketLimits.TinyDeleteRecordBytesMax];
        var request = Finish(line.AskRecordsAsync(Partition, 0));
        for (var taken = 0; taken < Announced;) taken += Finish(line.NextRecordsAsync(request, taken, buffer));
        Assert.False(line.IsOpen); // whatever is left on it, nobody asks on it again
        line.Dispose();
        Assert.Equal(Applied, OursApplied());
    }

    [Theory]
    [InlineData("C: the repair was stopped")]
    [InlineData("D: the store was closed")]
    public void Issue_3337_cases_C_and_D_a_sync_of_delete_records_that_is_ended_in_the_middle_leaves_the_rest(string why)
    {
        _peer.Answer = request => request.Opcode == Opcode.ReadTinyDeleteRecord ? RecordPackets(request, 300_000) : null;
        var packets = 0;
        Finish(_pool.RecordsAsync(Partition, 0, 7_200_000, () => packets++ == 1)); // both look like a success: the loop just ends
        Assert.Equal(1ul, PoolApplied());
        Assert.True(_network.Dials == 1, why);

        var line = Dial();
        var buffer = new byte[PacketLimits.TinyDeleteRecordBytesMax];
        var request = Finish(line.AskRecordsAsync(Partition, 0));
        Finish(line.NextRecordsAsync(request, 0, buffer));
        Assert.False(line.IsOpen);
        line.Dispose();
        Assert.Equal(Applied, OursApplied());
        Assert.Empty(_events.Mismatches);
    }

    [Fact]
    public void Issue_3337_case_E_the_packet_too_many_behind_a_snapshot_stream_is_taken_for_the_success_of_something_that_was_not_done()
    {
        var told = 0;
        _peer.Answer = request =>
        {
            if (request.Opcode == Opcode.BroadcastMinAppliedId) told++;
            return request.Opcode == Opcode.SnapshotExtentRepairRead ? [.. Run(request, Block(0)[..4096]), .. Ok(request)]
                : request.Opcode == Opcode.BroadcastMinAppliedId ? ScriptedError(request) : null;
        };
        Finish(_pool.StreamAsync(Opcode.SnapshotExtentRepairRead, Partition, Extent, 0, 4096));
        Assert.Throws<InvalidDataException>(() => PoolApplied()); // an empty answer: CubeFS panics here
        Finish(_pool.StreamAsync(Opcode.SnapshotExtentRepairRead, Partition, Extent, 0, 4096));
        Finish(_pool.TellAsync(Opcode.BroadcastMinAppliedId, Partition));
        Assert.Equal(1, told); // it was refused, and counts as done

        OursRefuses(Ok(new PacketHeader { Opcode = Opcode.SnapshotExtentRepairRead, Partition = Partition, Extent = Extent, RequestId = StaleRequest }), ReplyDoubts.RequestId | ReplyDoubts.Opcode | ReplyDoubts.Extent | ReplyDoubts.Length);
        var line = Dial();
        Assert.Single(Finish(line.FetchRunsAsync(RunStream.Snapshot, Partition, Extent, 0, 4096, new byte[BufferPool.LargeBytes])));
        Assert.False(line.IsOpen);
        Assert.Null(Finish(_questions.AskAsync(Address, Opcode.BroadcastMinAppliedId, Partition, new byte[8], AnswerBytes.None, TimeSpan.FromMinutes(1))));
    }

    [Fact]
    public void Issue_3337_case_F_a_range_of_nothing_is_asked_for_and_its_answer_never_read()
    {
        _peer.Answer = request => request.Opcode == Opcode.SnapshotExtentRepairRead ? Run(request, Block(0)[..4096]) : null;
        Finish(_pool.StreamAsync(Opcode.SnapshotExtentRepairRead, Partition, Extent, 8192, 0));
        Assert.Equal(FirstNumber(Block(0)), PoolApplied());

        var line = Dial();
        var asked = _peer.Asks;
        Assert.Throws<InvariantViolationException>(() => Finish(line.FetchAsync(Partition, Extent, 8192, Memory<byte>.Empty)));
        Assert.Throws<InvariantViolationException>(() => Finish(line.FetchTinyAsync(Partition, new ExtentId(7), 8192, 0, new byte[4096])));
        Assert.Equal(asked, _peer.Asks); // never sent
        line.Dispose();
    }

    [Fact]
    public void Issue_3337_case_G_a_tiny_stream_without_its_Arg_is_left_after_the_first_packet()
    {
        _peer.Answer = request => request.Opcode == Opcode.TinyExtentRepairRead ? [.. Data(request, 0, Block(0)), .. Data(request, DataPlane.BlockBytes, Block(1))] : null;
        Finish(_pool.StreamAsync(Opcode.TinyExtentRepairRead, Partition, new ExtentId(7), 0, 2 * DataPlane.BlockBytes));
        Assert.Equal(FirstNumber(Block(1)), PoolApplied());

        var line = Dial();
        var failure = Assert.Throws<RepairFailureException>(() => Finish(line.FetchTinyAsync(Partition, new ExtentId(7), 0, 2 * DataPlane.BlockBytes, new byte[BufferPool.LargeBytes])));
        Assert.Equal((RepairFailureKind.Violation, ReplyDoubts.Argument), (failure.Kind, failure.Doubts));
        Assert.False(line.IsOpen);
        Assert.Equal(Applied, OursApplied());
    }

    [Theory]
    [InlineData(Opcode.NotifyReplicasToRepair)]
    [InlineData(Opcode.BroadcastMinAppliedId)]
    public void Issue_3337_case_H_an_error_is_taken_for_done_and_the_next_one_finds_the_server_deaf(Opcode opcode)
    {
        _peer.Answer = request => request.Opcode == opcode ? ScriptedError(request) : null;
        _peer.IsDeafAfterErrors = true;
        Finish(_pool.TellAsync(opcode, Partition)); // no exception
        Assert.Throws<EndOfStreamException>(() => PoolApplied());

        var line = Dial();
        var failure = Assert.Throws<RepairFailureException>(() => Finish(line.AskAsync(new PacketHeader { Opcode = opcode, Partition = Partition }, new byte[8], AnswerBytes.None, TimeSpan.FromMinutes(1))));
        Assert.Equal((RepairFailureKind.Refused, ResultCode.TryOtherAddress), (failure.Kind, failure.Code));
        Assert.False(line.IsOpen);
        Assert.Equal(Applied, OursApplied());
    }

    [Fact]
    public void Issue_3093_bytes_of_a_file_come_as_the_list_of_extents()
    {
        // What the field saw: "unmarshal json(X...) invalid character 'X'". What is worse: a stale list that can be read.
        _peer.Answer = request => request.Opcode switch
        {
            Opcode.ExtentRepairRead => [.. Data(request, 0, Block(0)), .. Data(request, DataPlane.BlockBytes, "X-file of a user"u8.ToArray())],
            Opcode.GetAllWatermarks => Answer(request, WatermarkJson.Write([new Watermark { Extent = new ExtentId(1024 + request.Partition.Value), Size = 4096 }])),
            _ => null,
        };
        var packets = 0;
        Finish(_pool.StreamAsync(Opcode.ExtentRepairRead, Partition, Extent, 0, DataPlane.BlockBytes + 16, () => packets++ == 0));
        Assert.Contains("invalid character", Assert.Throws<InvalidDataException>(() => Finish(_pool.ListAsync(Partition))).Message, StringComparison.Ordinal);

        var empty = Answer(new PacketHeader { Opcode = Opcode.GetAllWatermarks, Partition = new PartitionId(40), RequestId = StaleRequest }, "[]"u8.ToArray());
        _peer.Leftover = empty;
        Assert.Empty(Finish(_pool.ListAsync(Partition))); // of partition 40: "the copy is complete"
        Assert.Equal(1024ul + 21, Assert.Single(Finish(_pool.ListAsync(new PartitionId(99)))).Extent.Value); // and so on

        foreach (var (stale, doubts) in new[]
        {
            (empty, ReplyDoubts.RequestId | ReplyDoubts.Partition),
            (Data(new PacketHeader { Opcode = Opcode.ExtentRepairRead, Partition = Partition, Extent = Extent, RequestId = StaleRequest }, 0, "X-file"u8.ToArray()), ReplyDoubts.RequestId | ReplyDoubts.Opcode | ReplyDoubts.Extent | ReplyDoubts.Crc),
            (Answer(new PacketHeader { Opcode = Opcode.GetAllWatermarks, Partition = Partition, RequestId = StaleRequest }, [(byte)'M', 0xFF, 0xFF, 0xFF, 0xFF]), ReplyDoubts.RequestId),
        })
        {
            _peer.Leftover = stale;
            var line = Dial();
            var failure = Assert.Throws<RepairFailureException>(() => Finish(line.AskAsync(
                new PacketHeader { ExtentType = ExtentTypes.Normal, Opcode = Opcode.GetAllWatermarks, Partition = Partition }, [], AnswerBytes.UpTo(NormalList.BytesMax), TimeSpan.FromMinutes(1))));
            Assert.Equal((RepairFailureKind.Violation, doubts), (failure.Kind, failure.Doubts));
        }
    }

    [Theory]
    [InlineData(DataPlane.BlockBytes, ReplyDoubts.NoPacket)] // more than any reply without success may have: refused before anything is made for it
    [InlineData(TinyDeleteRecord.Bytes, ReplyDoubts.Opcode | ReplyDoubts.ResultCode)]
    public void Issue_1525_a_packet_of_a_read_comes_among_the_delete_records_and_the_node_crashes(int size, object doubts)
    {
        // What the field saw: "panic: slice bounds out of range [:131072] with capacity 0" where delete records are read in a repair.
        _peer.Answer = request => request.Opcode == Opcode.ReadTinyDeleteRecord
            ? Requests.Build(request with { Opcode = Opcode.ExtentRepairRead, Size = (uint)size }, [], [])
            : null;
        Assert.Throws<ArgumentOutOfRangeException>(() => Finish(_pool.RecordsAsync(Partition, 0, 4_800_000)));

        var line = Dial();
        var request = Finish(line.AskRecordsAsync(Partition, 0));
        var failure = Assert.Throws<RepairFailureException>(() => Finish(line.NextRecordsAsync(request, 0, new byte[PacketLimits.TinyDeleteRecordBytesMax])));
        Assert.Equal((RepairFailureKind.Violation, (ReplyDoubts)doubts), (failure.Kind, failure.Doubts));
        Assert.False(line.IsOpen);
        Assert.Equal(Applied, OursApplied());
    }

    [Fact]
    public void Issue_3503_a_repair_that_stands_still_below_the_whole_because_a_stale_answer_became_its_goal()
    {
        // The report names no cause: a copy stays at 98.55 %, goes back to 0 and is begun anew. A goal that nobody has, read out of a stale answer to 0x16, does that.
        var (last, bytes) = (1030ul, 1_000_000ul);
        _peer.Answer = request => request.Opcode == Opcode.GetMaxExtentIdAndPartitionSize ? Answer(request, PeerTruth.Two((last, bytes))) : null;
        var stale = Answer(new PacketHeader { Opcode = Opcode.GetMaxExtentIdAndPartitionSize, Partition = new PartitionId(40), RequestId = StaleRequest }, PeerTruth.Two((4000, 1_014_714)));
        _peer.Leftover = stale;
        var goal = Finish(_pool.NumbersAsync(Opcode.GetMaxExtentIdAndPartitionSize, Partition, default, 2))[1];
        Assert.Equal(0.9855, Math.Round(bytes / (double)goal, 4)); // for ever, though all is there

        _peer.Leftover = stale;
        var line = Dial();
        var failure = Assert.Throws<RepairFailureException>(() => Finish(Ask(line)));
        Assert.Equal(ReplyDoubts.RequestId | ReplyDoubts.Partition, failure.Doubts);
        using var next = Dial();
        Assert.True(NumberBody.TryReadTwo(Finish(Ask(next)), out var ourLast, out var ourGoal));
        Assert.Equal((last, bytes), (ourLast, ourGoal));

        static Task<byte[]> Ask(RepairLine line) => line.AskAsync(new PacketHeader { Opcode = Opcode.GetMaxExtentIdAndPartitionSize, Partition = Partition }, [], AnswerBytes.TwoNumbers, TimeSpan.FromMinutes(1));
    }

    /// <summary>The same packets, from a proxy, before the first answer: refused by name, and the next question has its answer.</summary>
    private void OursRefuses(byte[] leftover, ReplyDoubts doubts)
    {
        var before = _events.Mismatches.Count;
        _peer.Leftover = leftover;
        Assert.Null(Finish(_questions.AskAsync(Address, Opcode.GetAppliedId, Partition, [], AnswerBytes.OneNumber, TimeSpan.FromMinutes(1))));
        Assert.Equal(doubts, _events.Mismatches[before].Doubts);
        Assert.Equal(before + 1, _events.Mismatches.Count);
        Assert.Equal(Applied, OursApplied());
    }

    /// <summary>A stream that is ended in the middle ends with its line, and what comes after is for nobody.</summary>
    private void OursAsksOnAnotherLine(Func<RepairLine, Task> begin, Func<PacketHeader, byte[]> first)
    {
        var late = _network.ArrivedTooLate;
        PacketHeader asked = default;
        HostileConnection? connection = null;
        _peer.Answer = request =>
        {
            if (request.Opcode == Opcode.GetAppliedId) return null;
            (asked, connection) = (request, _peer.Last);
            return first(request);
        };
        HostileClock.TakeThread();
        var line = Dial();
        var running = begin(line);
        Assert.False(running.IsCompleted);
        line.Dispose(); // the partition is detached
        Assert.IsType<RepairFailureException>(running.Exception!.InnerException);
        connection!.Arrive(Block(2));
        Assert.Equal(late + 1, _network.ArrivedTooLate);
        Assert.Equal(Applied, OursApplied());
        Assert.NotSame(connection, _peer.Last);
    }

    private ulong PoolApplied() => Finish(_pool.NumbersAsync(Opcode.GetAppliedId, Partition, default, 1))[0];

    private ulong OursApplied() => FirstNumber(Finish(_questions.AskAsync(Address, Opcode.GetAppliedId, Partition, [], AnswerBytes.OneNumber, TimeSpan.FromMinutes(1)))!);

    private RepairLine Dial() => Finish(RepairLine.DialAsync(Address, new LineParts(_network, _clock, new RepairSettings(), _events), CancellationToken.None));

    private T Finish<T>(Task<T> task)
    {
        Finish((Task)task);
        return task.Result;
    }

    private void Finish(Task task)
    {
        while (!task.IsCompleted) Assert.True(_clock.FireNext(), "nothing will ever complete it");
        task.GetAwaiter().GetResult();
    }

    private static ulong FirstNumber(byte[] bytes) => BinaryPrimitives.ReadUInt64BigEndian(bytes);

    private static byte[] Block(int number) => PeerTruth.Content(Partition, Extent, (long)number * DataPlane.BlockBytes, DataPlane.BlockBytes).ToArray();

    private static byte[] Blocks(PacketHeader request, int count) => [.. Enumerable.Range(0, count).SelectMany(number => Data(request, (long)number * DataPlane.BlockBytes, Block(number)))];

    private static Func<PacketHeader, byte[]> Part(Func<PacketHeader, int, byte[]> blocks, int count) => request => blocks(request, count);

    /// <summary>As they are left on a connection: of a request that is over.</summary>
    private static byte[] BlocksOf(int count) =>
        Blocks(new PacketHeader { Opcode = Opcode.ExtentRepairRead, Partition = Partition, Extent = Extent, RequestId = StaleRequest }, 3)[^(count * (PacketHeader.BaseBytes + DataPlane.BlockBytes))..];

    private static byte[] Data(PacketHeader request, long offset, byte[] data) =>
        Requests.Build(request.ToReadData(ExtentTypes.Normal, request.Opcode, offset, (uint)data.Length, Crc32.Compute(data)), [], data);

    private static byte[] Run(PacketHeader request, byte[] data)
    {
        var arg = new byte[TinyRepairArg.Bytes];
        new TinyRepairArg(false, 0, (ulong)data.Length).Write(arg);
        return Requests.Build(request.ToReadData(ExtentTypes.Normal, Opcode.SnapshotExtentRepairReply, request.ExtentOffset, (uint)data.Length, Crc32.Compute(data)), arg, data);
    }

    /// <summary>The log of deletes from its beginning: each record of extent 1.</summary>
    private static byte[] RecordPackets(PacketHeader request, int records)
    {
        var log = new byte[records * TinyDeleteRecord.Bytes];
        for (var at = 0; at < log.Length; at += TinyDeleteRecord.Bytes) BinaryPrimitives.WriteUInt64BigEndian(log.AsSpan(at), 1);
        var packets = new List<byte>();
        for (var at = 0; at < log.Length; at += (int)PacketLimits.TinyDeleteRecordBytesMax)
        {
            var part = log.AsSpan(at, Math.Min((int)PacketLimits.TinyDeleteRecordBytesMax, log.Length - at)).ToArray();
            packets.AddRange(Requests.Build(
                request.ToReadData(ExtentTypes.Normal, Opcode.TinyDeleteRecordReply, request.ExtentOffset + at, (uint)part.Length, Crc32.Compute(part)) with { Extent = default }, [], part));
        }

        return [.. packets];
    }

    private static byte[] Answer(PacketHeader request, byte[] body) => Requests.Build(request with { Result = ResultCode.Ok, Size = (uint)body.Length }, [], body);

    private static byte[] Ok(PacketHeader request) => Answer(request, []);

    private static byte[] ScriptedError(PacketHeader request)
    {
        var text = Encoding.ASCII.GetBytes("ActionPreparePkt_data partition not exists");
        return Requests.Build(request with { Result = ResultCode.TryOtherAddress, Size = (uint)text.Length }, [], text);
    }

    /// <summary>Answers as a test says, and an applied id of 777777 otherwise.</summary>
    private sealed class Script : IHostilePeer
    {
        private readonly HashSet<HostileConnection> _deaf = [];

        public Func<PacketHeader, byte[]?> Answer { get; set; } = static _ => null;

        /// <summary>Stands before the answer to the next request, once.</summary>
        public byte[]? Leftover { get; set; }

        /// <summary>As servers of CubeFS: the next request on that connection is read and dropped, and the connection closed.</summary>
        public bool IsDeafAfterErrors { get; set; }

        public int Asks { get; private set; }

        public HostileConnection? Last { get; private set; }

        public void Dialled(HostileConnection connection)
        {
        }

        public void Asked(HostileConnection connection, in PacketHeader request, ReadOnlySpan<byte> data)
        {
            (Asks, Last) = (Asks + 1, connection);
            if (_deaf.Contains(connection))
            {
                connection.End();
                return;
            }

            if (Leftover is { } leftover) connection.Arrive(leftover);
            Leftover = null;
            var answer = Answer(request) ?? CrossedReplyIssueTests.Answer(request, PeerTruth.One(Applied));
            if (IsDeafAfterErrors && answer[3] != (byte)ResultCode.Ok) _deaf.Add(connection);
            connection.Arrive(answer);
        }
    }
}
