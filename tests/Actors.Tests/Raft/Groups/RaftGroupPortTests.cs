using Akka.Actor;
using CubeActors.Protocol;
using CubeActors.Raft;
using CubeActors.Runtime;
using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>The queue into a group and what is seen of it from outside: bounds, one wake a turn, the lease on the clock.</summary>
public sealed class RaftGroupPortTests : ActorTest
{
    private static readonly PartitionId Partition = new(21);
    private readonly RaftGroupSettings _settings = RaftWorld.Groups with { MessagesMax = 3, ProposalBytesMax = 100 };
    private readonly BufferPool _buffers = new(1 << 20);

    [Fact]
    public void Whatever_comes_together_wakes_the_group_once()
    {
        var port = Leading();
        port.Attach(TestActor);

        port.Tick();
        port.Deliver(new RaftMessage { Group = Partition });
        port.TryPropose(new TestProposal(bytes: 10));
        port.TryRun(_ => { });

        ExpectMsg<RaftGroupPort.Wake>();
        ExpectNoMsg();
        Assert.Equal([RaftInputKind.Tick, RaftInputKind.Message, RaftInputKind.Propose, RaftInputKind.Order], port.Take().Select(input => input.Kind));
        port.Tick();
        ExpectMsg<RaftGroupPort.Wake>(); // the next turn
    }

    [Fact]
    public void What_came_before_the_group_was_there_wakes_it_when_it_is()
    {
        var port = Leading();
        port.Deliver(new RaftMessage { Group = Partition });
        ExpectNoMsg();

        port.Attach(TestActor);

        ExpectMsg<RaftGroupPort.Wake>();
        Assert.Single(port.Take());
    }

    [Fact]
    public void Messages_of_peers_are_dropped_and_counted_when_too_many_wait_and_taken_again_after_a_turn()
    {
        var port = Leading();
        for (var i = 0; i < 5; i++) port.Deliver(new RaftMessage { Group = Partition });
        Assert.Equal((3, 2L), (port.Take().Count, port.MessagesDropped));

        port.Deliver(new RaftMessage { Group = Partition });

        Assert.Single(port.Take());
        Assert.Equal(2, port.MessagesDropped);
    }

    [Fact]
    public void A_dropped_append_gives_its_buffer_back()
    {
        var port = Leading();
        for (var i = 0; i < 5; i++) DeliverAppend(port);
        Assert.Equal((3L, 2L), (_buffers.Outstanding, port.MessagesDropped));

        foreach (var input in port.Take()) input.Release();
        port.Close();
        DeliverAppend(port);

        Assert.Equal(0, _buffers.Outstanding);
    }

    [Fact]
    public void Ticks_that_are_not_taken_do_not_add_up()
    {
        var port = Leading();
        for (var i = 0; i < 5; i++) port.Tick();
        Assert.Single(port.Take());
        port.Tick();
        Assert.Single(port.Take());
    }

    [Fact]
    public void Commands_are_taken_only_by_a_leader_and_up_to_so_many_bytes()
    {
        var port = Port();
        Assert.Equal(ProposeFailure.NotLeader, port.TryPropose(new TestProposal(bytes: 10)));

        port.Publish(Status(RaftRole.Leader), leaseEnd: 0);
        var first = new TestProposal(bytes: 60);
        Assert.Null(port.TryPropose(first));
        Assert.Equal(ProposeFailure.TooMany, port.TryPropose(new TestProposal(bytes: 41)));
        Assert.Null(port.TryPropose(new TestProposal(bytes: 40))); // exactly the limit
        Assert.Equal(1, port.ProposalsRefused);

        port.ProposalEnded(first, ProposalOutcome.Applied);
        Assert.Equal([ProposalOutcome.Applied], first.Outcomes);
        Assert.Null(port.TryPropose(new TestProposal(bytes: 60)));

        port.Publish(Status(RaftRole.Follower), leaseEnd: 0);
        Assert.Equal(ProposeFailure.NotLeader, port.TryPropose(new TestProposal(bytes: 1)));
    }

    [Fact]
    public void Closed_it_takes_nothing_and_hands_out_what_waits_once()
    {
        var port = Leading();
        port.TryPropose(new TestProposal(bytes: 10));
        port.TryRun(_ => { });

        Assert.Equal(2, port.Close().Count);
        Assert.Empty(port.Close());

        var reader = new Reader();
        port.Read(reader);
        Assert.False(reader.Granted);
        Assert.False(port.TryRun(_ => { }));
        Assert.Equal(ProposeFailure.NotLeader, port.TryPropose(new TestProposal(bytes: 1)));
        port.Deliver(new RaftMessage { Group = Partition });
        port.Tick();
        Assert.Empty(port.Take());
        port.Publish(Status(RaftRole.Leader), leaseEnd: long.MaxValue); // a last word of the group
        Assert.False(port.Leads);
        Assert.False(port.HoldsLease());
    }

    [Fact]
    public void The_lease_holds_until_its_end_on_the_clock_and_only_while_it_leads()
    {
        var port = Port();
        var end = Time.GetTimestamp() + TimeSpan.FromSeconds(1).Ticks;
        port.Publish(Status(RaftRole.Leader), end);
        Assert.True(port.HoldsLease());
        Assert.True(port.TakeWasRead());
        Assert.False(port.TakeWasRead());

        Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.True(port.HoldsLease());
        Advance(TimeSpan.FromTicks(1));
        Assert.False(port.HoldsLease());
        port.PublishLease(end + 10);
        Assert.True(port.HoldsLease());
        port.Publish(Status(RaftRole.Follower), end + 10);
        Assert.False(port.HoldsLease());
    }

    [Fact]
    public void It_is_alive_while_it_takes_its_turns_and_its_log_is_written()
    {
        var port = Leading();
        var outstanding = TimeSpan.Zero;
        port.LogOutstandingFor = () => outstanding;
        Advance(TimeSpan.FromMilliseconds(600));
        Assert.True(port.IsAlive(Time.GetTimestamp()));
        Advance(TimeSpan.FromTicks(1));
        Assert.False(port.IsAlive(Time.GetTimestamp())); // two ticks without a turn

        port.Take();
        Assert.True(port.IsAlive(Time.GetTimestamp()));
        outstanding = TimeSpan.FromSeconds(1);
        Assert.True(port.IsAlive(Time.GetTimestamp()));
        outstanding += TimeSpan.FromTicks(1);
        Assert.False(port.IsAlive(Time.GetTimestamp()));
        outstanding = TimeSpan.Zero;
        port.Close();
        Assert.False(port.IsAlive(Time.GetTimestamp()));
    }

    [Fact]
    public void It_applies_while_the_state_machine_moves_or_has_nothing_to_do()
    {
        var port = Leading();
        Assert.True(port.Applies(Time.GetTimestamp()));
        port.Publish(Status(RaftRole.Leader) with { Commit = 9, Applied = 5 }, 0);
        Assert.True(port.Applies(Time.GetTimestamp()));

        Advance(TimeSpan.FromSeconds(3));
        Assert.True(port.Applies(Time.GetTimestamp()));
        Advance(TimeSpan.FromTicks(1));
        Assert.False(port.Applies(Time.GetTimestamp())); // three seconds at the same place
        port.Publish(Status(RaftRole.Leader) with { Commit = 9, Applied = 6 }, 0);
        Assert.True(port.Applies(Time.GetTimestamp()));
    }

    private RaftGroupPort Port() => new(Partition, new NodeId(1), _settings, Time);

    private RaftGroupPort Leading()
    {
        var port = Port();
        port.Publish(Status(RaftRole.Leader), leaseEnd: 0);
        return port;
    }

    private static RaftGroupStatus Status(RaftRole role) => new(role, new NodeId(1), 1, 0, 0, 0, default, []);

    private void DeliverAppend(RaftGroupPort port)
    {
        Assert.True(_buffers.TryRent(200, out var buffer));
        var message = new RaftMessage { Type = RaftMessageType.Append, Group = Partition, From = new NodeId(2), Term = 1 };
        var at = BufferLease.HeadroomBytes;
        at += RaftFrame.WriteAppend(buffer.Array.AsSpan(at), message, 1, RaftEntryHeader.SizedBytes + 5);
        at += new RaftEntryHeader(RaftEntryType.Normal, 1, 1, 5).WriteSized(buffer.Array.AsSpan(at)) + 5;
        RaftFrame.TryRead(buffer.Array.AsSpan(BufferLease.HeadroomBytes, at - BufferLease.HeadroomBytes), 1 << 20, BufferLease.HeadroomBytes, out var frame);
        port.DeliverAppend(frame.Message, frame.Entries, buffer);
        buffer.Release();
    }

    private sealed class Reader : ILeaderRead
    {
        public bool? Granted { get; private set; }

        public void LeaderReadDecided(bool granted) => Granted = granted;
    }
}
