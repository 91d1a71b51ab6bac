using System.Net;
using CubeActors.Protocol;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>One question to another data node: whatever is not exactly its answer is none.</summary>
public sealed class PeerQuestionTests : IDisposable
{
    private const string Address = "127.0.0.2:17310";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly byte[] Seven = Hex.Bytes("0000000000000007");

    private readonly ManualTime _time = new();
    private readonly RecordedEvents _events = new();
    private readonly SimulatedNetwork _network;
    private readonly PeerQuestion _question;
    private readonly IListener _listener;

    public PeerQuestionTests()
    {
        _network = new SimulatedNetwork(_time);
        _question = new PeerQuestion(_network, _time, _events);
        _listener = _network.Listen(IPEndPoint.Parse(Address));
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task The_data_of_the_answer_are_returned_and_the_connection_is_closed()
    {
        var asked = AskAsync();
        var (connection, question) = await TakeAsync();
        Assert.Equal((Opcode.GetAppliedId, 21ul, 0u, (byte)0), (question.Opcode, question.Partition.Value, question.Size, question.ExtentType));
        await connection.SendAsync(Answer(question, Seven));

        Assert.Equal(Seven, (await asked.Soon())!);
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1]).AsTask().Soon());
    }

    [Fact]
    public async Task A_question_with_a_body_brings_it_and_an_answer_without_one_is_empty()
    {
        var asked = _question.AskAsync(Address, Opcode.BroadcastMinAppliedId, new PartitionId(21), Seven, AnswerBytes.None, Limit);
        var (connection, question) = await TakeAsync();
        var body = new byte[8];
        for (var at = 0; at < 8;) at += await connection.ReceiveAsync(body.AsMemory(at)).AsTask().Soon();
        Assert.Equal(Seven, body);
        await connection.SendAsync(Answer(question, []));

        Assert.Empty((await asked.Soon())!);
    }

    [Fact]
    public async Task An_answer_cut_at_any_byte_is_waited_for()
    {
        var asked = AskAsync();
        var (connection, question) = await TakeAsync();
        foreach (var one in Answer(question, Seven)) await connection.SendAsync((byte[])[one]);

        Assert.Equal(Seven, (await asked.Soon())!);
    }

    public static TheoryData<string> Wrong => ["request id", "opcode", "partition", "extent", "offset", "crc", "result code", "arg", "surplus", "length", "no packet", "refused"];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task An_answer_to_something_else_is_none(string what)
    {
        var asked = AskAsync();
        var (connection, question) = await TakeAsync();
        await connection.SendAsync(what switch
        {
            "request id" => Answer(question with { RequestId = question.RequestId + 1 }, Seven),
            "opcode" => Answer(question with { Opcode = Opcode.GetPartitionSize }, Seven),
            "partition" => Answer(question with { Partition = new PartitionId(22) }, Seven),
            "extent" => Answer(question with { Extent = new ExtentId(1025) }, Seven),
            "offset" => Answer(question with { ExtentOffset = 8 }, Seven),
            "crc" => Answer(question with { Crc = 1 }, Seven),
            "result code" => Answer(question, Seven, ResultCode.None),
            "refused" => Answer(question, "ActionPreparePkt_data partition not exists 21"u8.ToArray(), ResultCode.TryOtherAddress),
            "arg" => Requests.Build(question with { Result = ResultCode.Ok, Size = 8 }, "/"u8.ToArray(), Seven),
            "surplus" => [.. Answer(question, Seven), 0],
            "length" => Answer(question, new byte[16]),
            _ => "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(),
        });

        Assert.Null(await asked.Soon());
        Assert.Equal(what == "refused" ? [] : [what], _events.Mismatches.Select(mismatch => ReplyDoubtNames.Of(mismatch.Doubts)));
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1]).AsTask().Soon());
    }

    [Fact]
    public async Task A_question_that_is_cancelled_ends_at_once_and_its_connection_with_it()
    {
        using var cancel = new CancellationTokenSource();
        var asked = _question.AskAsync(Address, Opcode.GetAppliedId, new PartitionId(21), [], AnswerBytes.OneNumber, Limit, cancel.Token);
        var (connection, _) = await TakeAsync();
        await cancel.CancelAsync();
        Assert.Null(await asked.Soon());
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1]).AsTask().Soon());
        Assert.Empty(_events.Mismatches);
    }

    [Fact]
    public async Task A_packet_that_is_passed_on_gets_an_id_of_its_own_and_its_answer_is_compared_as_any()
    {
        var sent = new PacketHeader { Opcode = Opcode.AddDataPartitionRaftMember, Partition = new PartitionId(21), RequestId = 5, Crc = 9 };
        var relayed = _question.RelayAsync(Address, sent, [], Limit);
        var (connection, question) = await TakeAsync();
        Assert.NotEqual(5, question.RequestId);
        await connection.SendAsync(Answer(question, "done"u8.ToArray()));
        Assert.Null((await relayed.Soon()).Refusal);

        relayed = _question.RelayAsync(Address, sent, [], Limit);
        (connection, question) = await TakeAsync();
        await connection.SendAsync((byte[])[.. Answer(question, "done"u8.ToArray()), 0]);
        Assert.Equal($"{Address} answered something else than was asked", (await relayed.Soon()).Refusal);
        Assert.Equal(ReplyDoubts.Surplus, Assert.Single(_events.Mismatches).Doubts);
    }

    [Fact]
    public async Task A_peer_that_hangs_up_gives_no_answer()
    {
        foreach (var sent in (int[])[0, 1, 30, 60])
        {
            var asked = AskAsync();
            var (connection, question) = await TakeAsync();
            if (sent > 0) await connection.SendAsync(Answer(question, Seven).AsMemory(0, sent));
            connection.Dispose();
            Assert.Null(await asked.Soon());
        }
    }

    [Fact]
    public async Task A_late_peer_is_given_up_after_the_limit()
    {
        var asked = AskAsync();
        var (connection, question) = await TakeAsync();
        await connection.SendAsync(Answer(question, Seven).AsMemory(0, 60));
        Assert.False(asked.IsCompleted);

        await _time.FireAsync(Limit);

        Assert.Null(await asked.Soon());
    }

    [Fact]
    public async Task A_peer_that_is_not_there_gives_no_answer()
    {
        _network.Refuse(Address);
        Assert.Null(await AskAsync().Soon());
        _network.Admit(Address);
        _network.Silence(Address);
        var asked = AskAsync();
        await _time.FireAsync(TimeSpan.FromSeconds(1)); // the dial's own limit

        Assert.Null(await asked.Soon());
    }

    [Theory]
    [InlineData("")]
    [InlineData("node2:17310")]
    [InlineData("127.0.0.2")]
    [InlineData("127.0.0.2:0")]
    public async Task What_is_no_address_is_not_asked(string address)
    {
        Assert.Null(await _question.AskAsync(address, Opcode.GetAppliedId, new PartitionId(21), [], AnswerBytes.OneNumber, Limit).Soon());
        Assert.Empty(_network.Links);
    }

    [Fact]
    public async Task Each_question_has_an_id_of_its_own()
    {
        var ids = new HashSet<long>();
        for (var i = 0; i < 3; i++)
        {
            var asked = AskAsync();
            var (connection, question) = await TakeAsync();
            Assert.True(ids.Add(question.RequestId));
            connection.Dispose();
            await asked.Soon();
        }
    }

    private Task<byte[]?> AskAsync() => _question.AskAsync(Address, Opcode.GetAppliedId, new PartitionId(21), [], AnswerBytes.OneNumber, Limit);

    private async Task<(IConnection, PacketHeader)> TakeAsync()
    {
        var connection = await _listener.AcceptAsync(CancellationToken.None).AsTask().Soon();
        var bytes = new byte[PacketHeader.BaseBytes];
        for (var at = 0; at < bytes.Length;) at += await connection.ReceiveAsync(bytes.AsMemory(at)).AsTask().Soon();
        Assert.Equal(DecodeStatus.Complete, PacketHeader.TryRead(bytes, PacketLimits.Requests, out var question, out _));
        return (connection, question);
    }

    private static byte[] Answer(PacketHeader question, byte[] data, ResultCode result = ResultCode.Ok) =>
        Requests.Build(question with { Result = result, Size = (uint)data.Length }, [], data);
}
