using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Raft;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>A drain asks members over the network, holds and releases, and says how far it is.</summary>
public sealed class DrainDeskTests : ActorTest
{
    private const string Other = "127.0.0.2:17310";
    private static readonly NodeId Self = new(1), Two = new(2);
    private static readonly PartitionId Partition = new(21);

    private readonly SimulatedNetwork _network;
    private readonly RaftNode _node;
    private readonly RaftGroupPort _port;
    private readonly NodeBoard _board = new();
    private readonly DrainBoard _drain;
    private readonly IActorRef _desk;
    private readonly LedgerBoard _ledger;
    private ScriptedPeer? _peer;

    public DrainDeskTests()
    {
        _network = new SimulatedNetwork(Time);
        _node = new RaftNode(new RaftAddresses(), new ScriptedTransport(), RaftWorld.Groups, Time);
        _port = new RaftGroupPort(Partition, Self, RaftWorld.Groups, Time);
        _node.Join(_port);
        _drain = new DrainBoard(Time);
        _board.Write(new PartitionFigures(Partition, "vol", "/disk0", PartitionState.Serving, 1, 0, 64, 1024, [Other], [new Peer { Id = Two, Address = Other }], "", () => _port.Status));
        _ledger = new LedgerBoard(new LedgerSettings(), Time, new Random(1), Akka.Event.NoLogger.Instance);
        var test = TestActor;
        var props = DrainDesk.PropsFor(_node, new LeadershipTransfer(new PeerQuestion(_network, Time)), _board, _drain, new DrainSettings(), RaftWorld.Groups.Tick, Time, _ledger);
        IActorRef desk = ActorRefs.Nobody;
        Action<IActorRef> made = child => desk = child;
        ActorOf(Props.Create(() => new Parent(props, test, made)));
        RunUntilIdle();
        _desk = desk;
    }

    [Fact]
    public void Leadership_goes_to_the_member_that_serves_and_the_parent_is_told()
    {
        _peer = new ScriptedPeer(_network, Other);
        Lead();

        _desk.Tell(new DrainDesk.Begin(IsStop: true));
        Until(() => Group.Why.Contains("serves and gets", StringComparison.Ordinal), "the member said that it serves");
        Tick(); // the hold
        Tick(); // the order
        Until(() => _peer.Questions.Count == 2 && Group.Why.Length == 0, "the member was ordered to lead");
        Assert.Equal([Opcode.GetMaxExtentIdAndPartitionSize, Opcode.DataPartitionTryToLeader], _peer.Questions.Select(question => question.Opcode));
        Assert.Equal((DrainStep.Asking, Other), (Group.Step, Group.To));
        ExpectNoMsg(TimeSpan.Zero);

        Publish(RaftRole.Follower, Two);
        Tick();

        ExpectMsg<DrainDesk.Emptied>();
        var status = _drain.Status(3, 2);
        Assert.Equal((true, true, true, 0, 3, 2), (status.IsDraining, status.IsStopping, status.IsDone, status.StillLed, status.Connections, status.InFlight));
        Assert.Equal(new GroupDrain(Partition, DrainStep.HandedOver, Other, ""), Group);
        var operation = Assert.Single(_ledger.List(new OperationFilter()));
        Assert.Equal((OperationKind.Drain, OperationState.Done, "1 groups handed over, 0 still led here"), (operation.Kind, operation.State, operation.Result));
    }

    [Fact]
    public void A_member_that_refuses_leaves_the_leader_where_it_is_and_nothing_is_waited_for()
    {
        _peer = new ScriptedPeer(_network, Other) { RefusalText = "it is being drained" };
        _peer.Refuses.Add(Opcode.DataPartitionTryToLeader);
        Lead();

        _desk.Tell(new DrainDesk.Begin(IsStop: true));
        Until(() => Group.Why.Contains("serves and gets", StringComparison.Ordinal), "the member said that it serves");
        Tick();
        Tick();
        Until(() => Group.Why.Contains("it is being drained", StringComparison.Ordinal), "the member refused");
        Tick();

        ExpectMsg<DrainDesk.Emptied>();
        Assert.Equal(1, _drain.Status(0, 0).StillLed);
    }

    [Fact]
    public void Whoever_is_not_reached_is_waited_for_until_the_time_is_over()
    {
        Lead();

        _desk.Tell(new DrainDesk.Begin(IsStop: true));
        Until(() => Group.Why.Contains("takes no requests", StringComparison.Ordinal), "the member is not reached");
        Assert.True(_drain.Status(0, 0).TimeLeft > TimeSpan.Zero);
        for (var tick = 0; tick < 60 && !_drain.Status(0, 0).IsDone; tick++) Tick();

        ExpectMsg<DrainDesk.Emptied>();
        Assert.Equal(TimeSpan.Zero, _drain.Status(0, 0).TimeLeft);
    }

    [Fact]
    public void A_node_that_leads_nothing_with_others_is_done_at_once()
    {
        Publish(RaftRole.Leader, Self, alone: true);
        _desk.Tell(new DrainDesk.Begin(IsStop: true));
        ExpectMsg<DrainDesk.Emptied>();
        Assert.Empty(_drain.Status(0, 0).Groups);
    }

    [Fact]
    public void A_drain_that_is_taken_back_leaves_nothing_behind()
    {
        Publish(RaftRole.Follower, Two);
        _desk.Tell(new DrainDesk.Begin(IsStop: false));
        ExpectMsg<DrainDesk.Emptied>();
        Assert.True(_node.IsDrained);

        _desk.Tell(new DrainDesk.Cancel());
        RunUntilIdle();

        Assert.False(_node.IsDrained);
        Assert.Equal(OperationState.Done, Assert.Single(_ledger.List(new OperationFilter())).State); // there was nothing to hand over
        Assert.Equal(DrainStatus.None with { Groups = _drain.Status(0, 0).Groups }, _drain.Status(0, 0));
        Assert.Empty(_drain.Status(0, 0).Groups);
    }

    [Fact]
    public void A_drain_that_is_under_way_stands_in_the_ledger_and_an_operator_ends_it_through_the_node()
    {
        Lead();
        _desk.Tell(new DrainDesk.Begin(IsStop: false));
        Tick();
        var operation = Assert.Single(_ledger.List(new OperationFilter()));
        Assert.Equal((OperationState.Running, true, new OperationProgress(0, 1, "groups")), (operation.State, operation.CanCancel, operation.Progress));
        _desk.Tell(new DrainDesk.Begin(IsStop: false)); // the one under way goes on
        RunUntilIdle();
        Assert.Single(_ledger.List(new OperationFilter()));

        Assert.Null(_ledger.Cancel(operation.Id));
        ExpectMsg<NodeSupervisor.CancelDrain>();
        _desk.Tell(new DrainDesk.Cancel());
        RunUntilIdle();
        Assert.Equal((OperationState.Cancelled, "it was taken back"), (_ledger.Find(operation.Id)!.State, _ledger.Find(operation.Id)!.Result));
        Assert.Equal(1, _ledger.Figures.Kinds[(int)OperationKind.Drain].Dropped);
    }

    private GroupDrain Group => _drain.Status(0, 0).Groups.SingleOrDefault() ?? new GroupDrain(Partition, DrainStep.Led, "", "");

    private void Lead() => Publish(RaftRole.Leader, Self);

    private void Publish(RaftRole role, NodeId leader, bool alone = false)
    {
        var self = new RaftMemberStatus(Self, 9, IsActive: true);
        RaftMemberStatus[] members = alone ? [self] : [self, new RaftMemberStatus(Two, 9, IsActive: true) { State = ProgressState.Replicate }];
        _port.Publish(new RaftGroupStatus(role, leader, 4, 9, 9, 9, default, members), leaseEnd: 0);
    }

    private void Tick() => Advance(RaftWorld.Groups.Tick);

    private void Until(Func<bool> condition, string what) => Assert.True(Loop.RunUntil(condition, Patience.Long), what);

    protected override void AfterAll()
    {
        _peer?.Dispose();
        _node.Dispose();
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(Props desk, IActorRef test, Action<IActorRef> made)
        {
            made(Context.ActorOf(desk, "drain"));
            ReceiveAny(test.Tell);
        }
    }
}
