using System.Text;
using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>Every task of a master is answered exactly once: by whom it concerns, by refusal, or by the clock.</summary>
public sealed class TaskDeskTests : ActorTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    private readonly TestProbe _disks;
    private readonly TestProbe _master;
    private readonly IActorRef _desk;

    public TaskDeskTests()
    {
        _disks = CreateTestProbe();
        _master = CreateTestProbe();
        _desk = ActorOf(TaskDesk.PropsFor(_disks.Ref, _master.Ref, _ => null, Patience));
    }

    [Fact]
    public void A_heartbeat_is_answered_before_anybody_works_on_it()
    {
        var reply = Take(Opcode.DataNodeHeartbeat, new DataNodeHeartbeatRequest { CurrTime = 5 });

        Assert.Equal("ok", reply.Answer);
        var heartbeat = _master.ExpectMsg<MasterLink.Heartbeat>();
        Assert.Equal((5L, "request-1"), (heartbeat.Request.CurrTime, heartbeat.Task.RequestId));
        _disks.ExpectNoMsg();
    }

    [Fact]
    public void A_creation_and_a_deletion_are_each_answered_by_their_own_outcome_in_whatever_order()
    {
        var create = Take(Opcode.CreateDataPartition, new CreateDataPartitionRequest { PartitionId = new PartitionId(1) });
        var delete = Take(Opcode.DeleteDataPartition, new DeleteDataPartitionRequest { PartitionId = new PartitionId(2) });
        var first = _disks.ExpectMsg<TaskDesk.CreatePartition>();
        var second = _disks.ExpectMsg<TaskDesk.DeletePartition>();
        Assert.Equal((1UL, 2UL), (first.Request.PartitionId.Value, second.Request.PartitionId.Value));
        Assert.Null(create.Answer);

        _disks.Reply(new TaskDesk.Done(second.Number, Refusal: "no such disk"));
        _disks.Reply(new TaskDesk.Done(first.Number, Encoding.UTF8.GetBytes("/disk0")));
        RunUntilIdle();

        Assert.Equal(["ok /disk0"], create.Answers);
        Assert.Equal(["refused: no such disk"], delete.Answers);
    }

    [Fact]
    public void A_second_outcome_of_a_task_is_dropped()
    {
        var reply = Take(Opcode.CreateDataPartition, new CreateDataPartitionRequest());
        var number = _disks.ExpectMsg<TaskDesk.CreatePartition>().Number;

        _disks.Reply(new TaskDesk.Done(number));
        _disks.Reply(new TaskDesk.Done(number, Refusal: "late"));
        Advance(Patience);

        Assert.Equal(["ok"], reply.Answers);
    }

    [Fact]
    public void A_task_that_nobody_answers_is_refused_when_the_patience_is_over_and_not_before()
    {
        var reply = Take(Opcode.DeleteDataPartition, new DeleteDataPartitionRequest());
        var number = _disks.ExpectMsg<TaskDesk.DeletePartition>().Number;

        Advance(Patience - TimeSpan.FromTicks(1));
        Assert.Empty(reply.Answers);
        Advance(TimeSpan.FromTicks(1));
        Assert.Equal(["refused: no answer within 25 s, the disk may hang; look at the node's log"], reply.Answers);

        _disks.Reply(new TaskDesk.Done(number)); // after all
        RunUntilIdle();
        Assert.Single(reply.Answers);
    }

    [Fact]
    public void A_task_for_another_opcode_than_its_packet_is_illegal()
    {
        var (header, json) = TaskPacket.Of(
            Opcode.DeleteDataPartition, new DeleteDataPartitionRequest(), MasterJson.Default.DeleteDataPartitionRequest, packetOpcode: Opcode.CreateDataPartition);

        AssertRefused(header, json, "illegal opcode");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    public void Data_that_is_no_task_is_illegal(string data)
    {
        var (header, _) = TaskPacket.Of(Opcode.CreateDataPartition, new CreateDataPartitionRequest(), MasterJson.Default.CreateDataPartitionRequest);

        AssertRefused(header, Encoding.UTF8.GetBytes(data), "illegal opcode");
    }

    [Theory]
    [InlineData(Opcode.CreateDataPartition)]
    [InlineData(Opcode.DeleteDataPartition)]
    [InlineData(Opcode.DataNodeHeartbeat)]
    public void A_request_of_another_kind_than_its_opcode_carries_is_refused(Opcode opcode)
    {
        var (header, json) = TaskPacket.Of(opcode, 17UL, MasterJson.Default.UInt64);

        AssertRefused(header, json, "the request of the task is not what this opcode carries");
    }

    [Fact]
    public void A_task_that_only_old_masters_send_is_refused_by_its_number()
    {
        var (header, json) = TaskPacket.Of(Opcode.DecommissionDataPartition, new LoadDataPartitionRequest(), MasterJson.Default.LoadDataPartitionRequest);

        AssertRefused(header, json, "task 0x66 is not supported by this version of the data node");
    }

    [Fact]
    public void A_comparison_is_acknowledged_before_anybody_works_on_it()
    {
        var (header, json) = TaskPacket.Of(Opcode.LoadDataPartition, new LoadDataPartitionRequest { PartitionId = new PartitionId(9) }, MasterJson.Default.LoadDataPartitionRequest);

        Assert.Equal("ok", Take((header, json)).Answer);
        Assert.Equal(9UL, _master.ExpectMsg<MasterLink.LoadPartition>().Partition.Value);
    }

    [Theory]
    [InlineData("10.0.0.99:17310", Opcode.DeleteDataPartition, true)]
    [InlineData("127.0.0.11:17311", Opcode.DeleteDataPartition, true)]
    [InlineData("10.0.0.99:17310", Opcode.DataNodeHeartbeat, true)]
    [InlineData("127.0.0.11:17310", Opcode.DeleteDataPartition, false)]
    [InlineData("10.0.0.99:17310", Opcode.AddDataPartitionRaftMember, false)] // passed on by a member
    [InlineData("10.0.0.99:17310", Opcode.RemoveDataPartitionRaftMember, false)]
    [InlineData("", Opcode.DeleteDataPartition, false)]
    public void A_task_for_another_node_is_not_done_here(string operatorAddress, Opcode opcode, bool isRefused)
    {
        var task = new AdminTask { OperatorAddr = operatorAddress };

        Assert.Equal(isRefused ? $"the task is for {operatorAddress}, and this is 127.0.0.11:17310" : null, TaskAddress.Problem(task, opcode, "127.0.0.11:17310"));
        Assert.Null(TaskAddress.Problem(task, opcode, self: "")); // a node that does not know its address takes what comes to it
    }

    [Fact]
    public void Until_there_is_a_desk_tasks_get_the_words_of_a_starting_node()
    {
        var (header, json) = TaskPacket.Of(Opcode.DataNodeHeartbeat, new DataNodeHeartbeatRequest(), MasterJson.Default.DataNodeHeartbeatRequest);
        var reply = new RecordedReply();

        new AdminDesk().Accept(header, json, reply);

        Assert.Equal("refused: datanode still not started", reply.Answer);
    }

    private RecordedReply Take(Opcode opcode, DataNodeHeartbeatRequest request) => Take(TaskPacket.Of(opcode, request, MasterJson.Default.DataNodeHeartbeatRequest));

    private RecordedReply Take(Opcode opcode, CreateDataPartitionRequest request) => Take(TaskPacket.Of(opcode, request, MasterJson.Default.CreateDataPartitionRequest));

    private RecordedReply Take(Opcode opcode, DeleteDataPartitionRequest request) => Take(TaskPacket.Of(opcode, request, MasterJson.Default.DeleteDataPartitionRequest));

    private RecordedReply Take((PacketHeader Header, byte[] Json) packet)
    {
        var reply = new RecordedReply();
        _desk.Tell(new TaskDesk.Task(packet.Header, packet.Json, reply));
        RunUntilIdle();
        return reply;
    }

    private void AssertRefused(PacketHeader header, byte[] json, string why)
    {
        var reply = Take((header, json));
        Advance(Patience);
        Assert.Equal([$"refused: {why}"], reply.Answers);
        Assert.False(_disks.HasMessages);
        Assert.False(_master.HasMessages);
    }
}
