using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>Partitions that are announced, published and withdrawn, and who waits for them meanwhile.</summary>
public sealed class PartitionGatesTests : NodeTest
{
    private const ulong Served = 21;
    private static readonly PartitionId Id = new(Served), Other = new(22);
    private static readonly ParkingLimits Limits = new(4, 1000, 100, 10_000);
    private PartitionGate _gate = null!;

    private protected override async Task PrepareAsync()
    {
        await Node.CreatePartitionAsync(Served);
        _gate = Node.GateOf(Served);
    }

    [Fact]
    public void Until_all_disks_are_listed_no_id_is_unknown_and_afterwards_those_are_that_nobody_announced()
    {
        var gates = new PartitionGates(Limits);
        gates.Announce(Id, () => { });
        Assert.Equal((Standing.Expected, Standing.Expected, false), (gates.StandingOf(Id), gates.StandingOf(Other), gates.IsListed));
        Ticket announced = new(Id), undecided = new(Other);
        Assert.Equal((Parking.Waits, Parking.Waits), (Park(gates, announced), Park(gates, undecided)));
        gates.AllListed();
        Assert.Equal((Standing.Expected, Standing.Unknown, true), (gates.StandingOf(Id), gates.StandingOf(Other), gates.IsListed));
        Assert.Equal(("", "Refused"), (announced.Told, undecided.Told));
        Assert.Equal((Parking.Unknown, (1, 10L)), (Park(gates, new Ticket(Other)), gates.Waiting));
        gates.Publish(_gate);
        Assert.Equal(("admitted", Standing.Serves, (0, 0L)), (announced.Told, gates.StandingOf(Id), gates.Waiting));
    }

    [Fact]
    public void What_is_withdrawn_is_unknown_at_once_even_while_other_ids_are_undecided_until_it_is_announced_again()
    {
        var gates = new PartitionGates(Limits);
        gates.Announce(Id, () => { });
        var waiting = new Ticket(Id);
        Park(gates, waiting);
        gates.Withdraw(Id);
        Assert.Equal(("Refused", Standing.Unknown, Parking.Unknown), (waiting.Told, gates.StandingOf(Id), Park(gates, new Ticket(Id))));
        gates.Announce(Id, () => { });
        Assert.Equal(Parking.Waits, Park(gates, new Ticket(Id)));
        gates.Publish(_gate);
        gates.Withdraw(Id);
        Assert.Equal((Standing.Unknown, 0), (gates.StandingOf(Id), gates.Count));
    }

    [Fact]
    public void Whoever_loads_a_partition_is_told_once_that_it_is_wanted()
    {
        var gates = new PartitionGates(Limits);
        var wanted = new int[2];
        gates.Announce(Id, () => wanted[0]++);
        gates.Announce(Id, () => wanted[1]++); // a second copy: the first counts
        Assert.Equal([0, 0], wanted);
        for (var i = 0; i < 3; i++) Park(gates, new Ticket(Id));
        Assert.Equal([1, 0], wanted);
        // Asked for before its disk was listed: told at once.
        Park(gates, new Ticket(Other));
        gates.Announce(Other, () => wanted[1]++);
        Park(gates, new Ticket(Other));
        Assert.Equal([1, 1], wanted);
    }

    [Fact]
    public void A_full_lot_takes_nobody_and_a_place_that_is_left_is_free_again()
    {
        var gates = new PartitionGates(Limits);
        gates.Announce(Id, () => { });
        var tickets = Enumerable.Range(0, 4).Select(_ => new Ticket(Id)).ToList();
        foreach (var ticket in tickets) Assert.Equal(Parking.Waits, Park(gates, ticket));
        Assert.Equal((Parking.Full, 4), (Park(gates, new Ticket(Id)), gates.WaitingFor(Id)));
        Assert.True(gates.Leave(tickets[1]));
        Assert.False(gates.Leave(tickets[1]));
        Assert.Equal(Parking.Waits, Park(gates, new Ticket(Id)));
        Assert.Equal(("", (4, 40L)), (tickets[1].Told, gates.Waiting));
    }

    [Fact]
    public void Ids_that_callers_make_up_leave_nothing_behind()
    {
        var gates = new PartitionGates(Limits);
        for (ulong id = 1000; id < 1100; id++) Assert.Equal(Parking.Waits, Park(gates, new Ticket(new PartitionId(id), deadline: 5)));
        Assert.Equal(Parking.Full, Park(gates, new Ticket(new PartitionId(5000))));
        gates.RefuseOverdue(6);
        Assert.Equal((0, 0L), gates.Waiting);
        var late = new Ticket(Id, deadline: 5);
        Park(gates, late);
        gates.RefuseOverdue(5);
        Assert.Equal("", late.Told);
        gates.RefuseOverdue(6);
        Assert.Equal("TimedOut", late.Told);
        Assert.False(gates.Leave(late));
    }

    [Fact]
    public void Only_the_META_says_that_there_is_no_other_replica()
    {
        var gates = new PartitionGates(Limits);
        gates.MarkSingle(Id);
        Assert.Equal(Standing.Expected, gates.StandingOf(Id));
        gates.Announce(Id, () => { });
        gates.MarkSingle(Id);
        Assert.Equal(Standing.ExpectedSingle, gates.StandingOf(Id));
    }

    /// <summary>Requests come on many threads while the partition appears, disappears and time passes on others.</summary>
    [Fact]
    public async Task Between_threads_every_request_is_told_exactly_once_unless_it_left()
    {
        var gates = new PartitionGates(new ParkingLimits(1_000_000, 1_000_000_000, 1_000_000, 1_000_000_000));
        var parked = new System.Collections.Concurrent.ConcurrentBag<Ticket>();
        var parkers = Enumerable.Range(0, 4).Select(seed => Task.Factory.StartNew(() => ParkAll(new Random(seed)), TaskCreationOptions.LongRunning)).ToArray();
        var all = Task.WhenAll(parkers);
        var clock = Task.Factory.StartNew(() => Passing(new Random(9)), TaskCreationOptions.LongRunning);
        while (!all.IsCompleted)
        {
            gates.Announce(Id, () => { });
            Thread.Yield();
            gates.Publish(_gate);
            gates.Withdraw(Id);
        }

        await all;
        await clock;
        gates.Withdraw(Id);
        Assert.Equal((0, 0L), gates.Waiting);
        Assert.All(parked, ticket => Assert.Equal(ticket.Left ? 0 : 1, ticket.Times));

        void ParkAll(Random random)
        {
            for (var mine = 0; mine < 2000;)
            {
                var ticket = new Ticket(Id, random.Next(100));
                if (Park(gates, ticket) != Parking.Waits) continue;
                ticket.Left = random.Next(4) == 0 && gates.Leave(ticket);
                parked.Add(ticket);
                mine++;
            }
        }

        void Passing(Random random)
        {
            while (!all.IsCompleted) gates.RefuseOverdue(random.Next(100));
        }
    }

    private static Parking Park(PartitionGates gates, Ticket ticket)
    {
        var parking = gates.TryPark(ticket, out var gate, out var wanted);
        Assert.Equal(parking == Parking.Serves, gate is not null);
        wanted?.Invoke();
        return parking;
    }

    private sealed class Ticket(PartitionId partition, long deadline = long.MaxValue) : WaitTicket(partition, 10, since: 0, deadline)
    {
        private int _times;

        public string Told { get; private set; } = "";
        public int Times => Volatile.Read(ref _times);
        public bool Left { get; set; }

        public override void Admit(PartitionGate gate) => Tell("admitted");

        public override void Refuse(WaitOutcome outcome) => Tell(outcome.ToString());

        private void Tell(string what)
        {
            Told = what;
            Interlocked.Increment(ref _times);
        }
    }
}
