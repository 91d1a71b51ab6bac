using System.Net;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.TestKit;

namespace CubeActors.ControlPlane.Tests;

public sealed class DataNodeLinkTests : ActorTest
{
    private static readonly string Node = Build.Address(1);
    private readonly ScriptedNetwork _network = new();
    private readonly List<(TimeSpan At, AdminTask Task)> _heard = [];
    private readonly MasterOptions _options;

    public DataNodeLinkTests() => _options = new MasterOptions
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        DataDirectory = "none",
        ClusterName = "test",
        Time = Time,
        Network = _network,
    };

    private IActorRef Start() => Sys.ActorOf(DataNodeLink.PropsFor(Node, IPEndPoint.Parse(Node), "127.0.0.1:17010", _options), "link");

    private void NodeAnswers(Func<PacketHeader, byte[]?> answer) => _network.Answer(Node, connection =>
    {
        while (NodeScript.TakeTask(connection.Heard) is { } heard)
        {
            _heard.Add((Now, heard.Task));
            if (answer(heard.Header) is { } reply) connection.Say(reply);
        }
    });

    private double[] Heartbeats => [.. _heard.Where(heard => heard.Task.OpCode == 0x63).Select(heard => heard.At.TotalSeconds)];

    private AdminTask Task(Opcode opcode = Opcode.DeleteDataPartition, ulong partition = 1) => AdminTask.For(
        opcode, Node, new PartitionId(partition), 1, "r", new DeleteDataPartitionRequest { PartitionId = new PartitionId(partition) },
        MasterJson.Default.DeleteDataPartitionRequest);

    [Fact]
    public void The_first_heartbeat_goes_out_at_once_and_then_every_6_seconds()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        var link = Start();
        RunUntilIdle();
        Assert.Equal([0.0], Heartbeats);
        for (var i = 0; i < 3; i++)
        {
            link.Tell(new HeartbeatAnswered($"addr[{Node}]_op[99]"));
            Advance(TimeSpan.FromSeconds(6));
        }

        Assert.Equal([0.0, 6, 12, 18], Heartbeats);
        Assert.Single(_network.Connections);
    }

    [Fact]
    public void A_heartbeat_is_as_the_master_of_CubeFS_sends_it()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        Start();
        RunUntilIdle();
        var task = _heard[0].Task;
        Assert.Equal(($"addr[{Node}]_op[99]", Node, (byte)0, 0UL), (task.Id, task.OperatorAddr, task.SendCount, task.PartitionId.Value));
        Assert.True(task.TryReadRequest(MasterJson.Default.DataNodeHeartbeatRequest, out var request));
        Assert.Equal(("127.0.0.1:17010", "168h0m0s", task.SendTime), (request.MasterAddr, request.DpBackupTimeout, request.CurrTime));
        Assert.False(request.RaftPartitionCanUsingDifferentPortEnabled);
        Assert.Equal(Time.GetUtcNow().ToUnixTimeSeconds(), task.CreateTime);
    }

    [Fact]
    public void A_heartbeat_that_is_acknowledged_but_never_answered_is_sent_five_times_and_then_made_anew()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        Start();
        Advance(TimeSpan.FromSeconds(40));
        Assert.Equal([0.0, 6, 12, 18, 24, 30, 36], Heartbeats);
        Assert.Equal([0, 1, 2, 3, 4, 0, 1], _heard.Select(heard => (int)heard.Task.SendCount));
        Assert.Single(_heard.Take(5).Select(heard => heard.Task.RequestId).Distinct());
        Assert.NotEqual(_heard[0].Task.RequestId, _heard[5].Task.RequestId);
    }

    [Fact]
    public void An_error_as_acknowledgement_counts_as_sent()
    {
        NodeAnswers(header => NodeScript.Reply(header, ResultCode.IntraGroupNetError, "ActionPreparePkt_datanode still not started"));
        Start();
        Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([0.0, 6], Heartbeats);
    }

    [Fact]
    public void A_node_that_hangs_gets_the_next_heartbeat_on_a_new_connection()
    {
        NodeAnswers(_ => null);
        Start();
        Advance(TimeSpan.FromSeconds(12));
        Assert.Equal([0.0, 6, 12], Heartbeats);
        Assert.Equal(3, _network.Connections.Count);
        Assert.True(_network.Connections[0].IsDisposed);
    }

    [Fact]
    public void A_node_that_is_down_is_dialled_again_with_every_send()
    {
        Start();
        Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(3, _network.Dials);
        NodeAnswers(header => NodeScript.Reply(header));
        Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([18.0], Heartbeats);
    }

    [Fact]
    public void A_task_is_answered_with_what_the_node_said()
    {
        NodeAnswers(header => NodeScript.Reply(header, text: header.Opcode == Opcode.CreateDataPartition ? "/disk1" : ""));
        var link = Start();
        link.Tell(new RunTask(Task(Opcode.CreateDataPartition)), TestActor);
        Assert.Equal((null, "/disk1"), Outcome());
        link.Tell(new RunTask(Task()), TestActor);
        Assert.Equal((null, ""), Outcome());
        Assert.Equal(2, _network.Connections.Count); // one for heartbeats, one for tasks
    }

    [Fact]
    public void A_refusal_is_told_in_the_words_of_the_node_and_ends_the_connection()
    {
        NodeAnswers(header => NodeScript.Reply(header, header.Opcode == Opcode.DataNodeHeartbeat ? ResultCode.Ok : ResultCode.IntraGroupNetError, "no room"));
        var link = Start();
        link.Tell(new RunTask(Task()), TestActor);
        Assert.Equal(("result code[243],msg[no room]", ""), Outcome());
        link.Tell(new RunTask(Task()), TestActor);
        Outcome();
        Assert.Equal(3, _network.Connections.Count);
    }

    [Fact]
    public void A_task_without_answer_fails_after_30_seconds_with_all_that_wait_behind_it_and_heartbeats_go_on()
    {
        NodeAnswers(header => header.Opcode == Opcode.DataNodeHeartbeat ? NodeScript.Reply(header) : null);
        var link = Start();
        link.Tell(new RunTask(Task(partition: 1)), TestActor);
        link.Tell(new RunTask(Task(partition: 2)), TestActor);
        Advance(TimeSpan.FromSeconds(29.9));
        ExpectNoMsg();
        Assert.Equal(5, Heartbeats.Length);
        Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(("no answer within 30 s", ""), Outcome());
        Assert.Equal(("no answer within 30 s", ""), Outcome());
        Assert.Single(_heard, heard => heard.Task.OpCode == 0x61);
    }

    [Fact]
    public void A_kept_connection_that_died_while_idle_is_replaced_and_the_task_told_again()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        var link = Start();
        link.Tell(new RunTask(Task()), TestActor);
        Outcome();
        _network.Connections[^1].End();
        link.Tell(new RunTask(Task(partition: 2)), TestActor);
        Assert.Equal((null, ""), Outcome());
        Assert.True(_network.Connections[1].IsDisposed);
    }

    [Theory]
    [InlineData(new byte[] { 0x00 })]
    [InlineData(new byte[] { 0xFF, 0x00, 0x61 })]
    public void An_answer_that_is_no_packet_or_is_cut_short_fails_the_task(byte[] answer)
    {
        _network.Answer(Node, connection =>
        {
            if (NodeScript.TakeTask(connection.Heard) is not { } heard) return;
            if (heard.Task.OpCode == 0x63) connection.Say(NodeScript.Reply(heard.Header));
            else
            {
                connection.Say([.. answer, .. new byte[PacketHeader.BaseBytes - answer.Length - (answer.Length > 1 ? 1 : 0)]]);
                connection.End();
            }
        });
        Start().Tell(new RunTask(Task()), TestActor);
        Assert.NotNull(Outcome().Error);
    }

    [Fact]
    public void A_registered_node_gets_a_fresh_heartbeat_without_waiting()
    {
        NodeAnswers(header => NodeScript.Reply(header));
        var link = Start();
        Advance(TimeSpan.FromSeconds(1));
        link.Tell(new NodeRegistered());
        RunUntilIdle();
        Assert.Equal([0.0, 1], Heartbeats);
    }

    [Fact]
    public void A_stopped_link_leaves_no_connection_open()
    {
        NodeAnswers(_ => null);
        var link = Start();
        link.Tell(new RunTask(Task()), TestActor);
        RunUntilIdle();
        Watch(link);
        Sys.Stop(link);
        ExpectTerminated(link);
        Assert.Equal(2, _network.Connections.Count);
        Assert.All(_network.Connections, connection => Assert.True(connection.IsDisposed));
    }

    private (string? Error, string Text) Outcome()
    {
        var ended = ExpectMsg<TaskEnded>();
        return (ended.Error, ended.Text);
    }
}
