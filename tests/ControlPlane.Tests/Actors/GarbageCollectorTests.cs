using System.Net;
using System.Text;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.ControlPlane.Tests;

public sealed class GarbageCollectorTests : ActorTest
{
    private const string Smux = "127.0.0.11:17810";
    private readonly ScriptedNetwork _network = new();
    private readonly List<(TimeSpan At, PacketHeader Header, string Arg, string Data)> _heard = [];
    private readonly List<SmuxFrame> _frames = [];
    private readonly MasterOptions _options;

    public GarbageCollectorTests() => _options = new MasterOptions
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        DataDirectory = "none",
        ClusterName = "test",
        Time = Time,
        Network = _network,
    };

    private static GarbageBatch Batch(params int[] hosts) => new(7, [.. hosts.Select(Build.Address)],
        [new GarbageItem(1, "vol", new OwnedExtent(7, 1025, 0), 5), new GarbageItem(2, "vol", new OwnedExtent(7, 3, 4096), 10)]);

    private IActorRef Start() => Sys.ActorOf(GarbageCollector.PropsFor(TestActor, _options), "garbage");

    /// <summary>Lets the node answer each request that it has heard completely.</summary>
    private void NodeAnswers(Func<PacketHeader, byte[]?> answer)
    {
        var payload = new Dictionary<ScriptedConnection, List<byte>>();
        _network.Answer(Smux, connection =>
        {
            var (frames, bytes) = NodeScript.TakeFrames(connection.Heard);
            _frames.AddRange(frames);
            if (!payload.TryGetValue(connection, out var stream)) payload[connection] = stream = [];
            stream.AddRange(bytes);
            if (NodeScript.TakePacket(stream) is not { } packet) return;
            _heard.Add((Now, packet.Header, Encoding.ASCII.GetString(packet.Arg), Encoding.ASCII.GetString(packet.Data)));
            if (answer(packet.Header) is { } reply) connection.Say(NodeScript.Frame(SmuxCommand.Push, 3, reply));
        });
    }

    private void Give(GarbageBatch batch)
    {
        ExpectMsg<NextGarbage>();
        LastSender.Tell(batch, TestActor);
    }

    private void GiveNone()
    {
        ExpectMsg<NextGarbage>();
        LastSender.Tell(new NoGarbage(), TestActor);
    }

    [Fact]
    public void A_batch_goes_to_the_chain_leader_as_a_metanode_sends_it()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        Start();
        Give(Batch(1, 2, 3));
        FishForMessage<GarbageGone>(gone => gone.PartitionId == 7 && gone.Ids.SequenceEqual([1UL, 2UL]));
        var (_, header, arg, data) = Assert.Single(_heard);
        Assert.Equal(
            (ExtentTypes.Normal, Opcode.BatchDeleteExtent, (byte)2, 0u, 7UL, 0UL, 0L),
            (header.ExtentType, header.Opcode, header.RemainingFollowers, header.Crc, header.Partition.Value, header.Extent.Value, header.ExtentOffset));
        Assert.Equal("127.0.0.12:17310/127.0.0.13:17310/", arg);
        Assert.Equal(
            """[{"FileOffset":0,"PartitionId":7,"ExtentId":1025,"ExtentOffset":0,"Size":5,"CRC":0,"SnapInfo":null,"IsSnapshotDeletion":false},"""
            + """{"FileOffset":0,"PartitionId":7,"ExtentId":3,"ExtentOffset":4096,"Size":10,"CRC":0,"SnapInfo":null,"IsSnapshotDeletion":false}]""", data);
        Assert.Equal([SmuxCommand.Open, SmuxCommand.Push, SmuxCommand.Push, SmuxCommand.Push, SmuxCommand.End], _frames.Select(frame => frame.Command));
        Assert.All(_frames, frame => Assert.Equal(3u, frame.StreamId));
        Assert.True(Assert.Single(_network.Connections).IsDisposed);
    }

    [Fact]
    public void A_single_replica_is_told_to_act_alone()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        Start();
        Give(Batch(1));
        FishForMessage<GarbageGone>(_ => true);
        Assert.Equal((RemainingFollowers.SingleReplica, "/"), (_heard[0].Header.RemainingFollowers, _heard[0].Arg));
    }

    [Theory]
    [InlineData(ResultCode.LimitedIo)]
    [InlineData(ResultCode.TinyRecovering)]
    [InlineData(ResultCode.DecommissionRepairing)]
    [InlineData(ResultCode.Again)]
    [InlineData(ResultCode.IntraGroupNetError)]
    [InlineData(ResultCode.None)]
    public void A_batch_that_is_refused_comes_again_with_growing_pauses_until_it_is_acknowledged(ResultCode refusal)
    {
        NodeAnswers(header => _heard.Count < 4 ? NodeScript.Reply(header, refusal, "not now") : NodeScript.Reply(header));
        var collector = Start();
        SetAutoPilotOfOneBatch(collector);
        Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([0.0, 1, 3, 7], _heard.Select(heard => heard.At.TotalSeconds));
        Assert.Single(_told.OfType<GarbageGone>());
        Assert.Equal(3, _told.OfType<GarbageFailed>().Count(failed => failed.Error.Contains("not now", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_node_that_is_down_is_asked_again_at_most_once_a_minute_for_ever()
    {
        SetAutoPilotOfOneBatch(Start());
        Advance(TimeSpan.FromMinutes(10));
        Assert.InRange(_network.Dials, 13, 16);
        NodeAnswers(header => NodeScript.Reply(header));
        Advance(TimeSpan.FromMinutes(1));
        Assert.Single(_told.OfType<GarbageGone>());
    }

    [Fact]
    public void An_answer_to_another_request_proves_nothing()
    {
        NodeAnswers(header => NodeScript.Reply(header with { RequestId = header.RequestId + 1 }));
        Start();
        Give(Batch(1, 2));
        var failed = FishForMessage<GarbageFailed>(_ => true);
        Assert.Contains("belongs to another request", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_node_is_kept_company_and_given_up_after_two_minutes()
    {
        NodeAnswers(_ => null);
        Start();
        Give(Batch(1, 2));
        GiveNone();
        for (var second = 0; second < 119; second++)
        {
            Advance(TimeSpan.FromSeconds(1));
            if (second % 20 == 0) Loop.Post(() => _network.Connections[0].Say(NodeScript.Frame(SmuxCommand.KeepAlive, 0)));
        }

        Assert.InRange(_frames.Count(frame => frame.Command == SmuxCommand.KeepAlive), 10, 12);
        Assert.False(_network.Connections[0].IsDisposed);
        Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("no answer within 120 s", FishForMessage<GarbageFailed>(_ => true).Error, StringComparison.Ordinal);
        Assert.True(_network.Connections[0].IsDisposed);
    }

    [Fact]
    public void A_silent_session_is_given_up_after_30_seconds()
    {
        NodeAnswers(_ => null);
        Start();
        Give(Batch(1, 2));
        GiveNone();
        Advance(TimeSpan.FromSeconds(31));
        FishForMessage<GarbageFailed>(_ => true);
    }

    [Fact]
    public void The_reply_may_come_in_any_pieces_between_frames_of_others()
    {
        NodeAnswers(_ => null);
        Start();
        Give(Batch(1, 2));
        RunUntilIdle();
        var connection = _network.Connections[0];
        byte[] reply = NodeScript.Reply(_heard[0].Header);
        byte[] all =
        [
            .. NodeScript.Frame(SmuxCommand.KeepAlive, 0), .. NodeScript.Frame(SmuxCommand.Push, 9, [1, 2, 3]),
            .. NodeScript.Frame(SmuxCommand.Push, 3, reply.AsSpan(0, 20)), .. NodeScript.Frame(SmuxCommand.Push, 3, reply.AsSpan(20)),
        ];
        foreach (var one in all)
        {
            Loop.Post(() => connection.Say([one]));
            RunUntilIdle();
        }

        FishForMessage<GarbageGone>(_ => true);
    }

    [Theory]
    [InlineData(new byte[] { 2, 0, 0, 0, 3, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 3, 0, 0, 0 })]
    public void A_node_that_ends_the_stream_or_speaks_another_version_fails_the_batch(byte[] bytes)
    {
        NodeAnswers(_ => null);
        Start();
        Give(Batch(1, 2));
        RunUntilIdle();
        Loop.Post(() => _network.Connections[0].Say(bytes));
        FishForMessage<GarbageFailed>(_ => true);
    }

    [Fact]
    public void A_partition_in_trouble_holds_up_no_other()
    {
        NodeAnswers(header => header.Partition.Value == 7 ? NodeScript.Reply(header, ResultCode.LimitedIo, "busy") : NodeScript.Reply(header));
        Start();
        Give(Batch(1, 2));
        GiveNone();
        var asked = FishForMessage<NextGarbage>(asked => asked.Without.Contains(7));
        Assert.NotNull(asked);
        LastSender.Tell(Batch(1, 2) with { PartitionId = 8 }, TestActor);
        FishForMessage<GarbageGone>(gone => gone.PartitionId == 8);
    }

    private readonly List<object> _told = [];

    /// <summary>The cluster, as far as the collector sees it: one batch, until it is gone.</summary>
    private void SetAutoPilotOfOneBatch(IActorRef collector) => SetAutoPilot(new DelegateAutoPilot((sender, message) =>
    {
        _told.Add(message);
        var isGone = _told.OfType<GarbageGone>().Any();
        if (message is NextGarbage asked) collector.Tell(isGone || asked.Without.Contains(7) ? new NoGarbage() : Batch(1, 2), TestActor);
        if (message is GarbageGone) sender.Tell(new Done(), TestActor);
        return AutoPilot.KeepRunning;
    }));
}
