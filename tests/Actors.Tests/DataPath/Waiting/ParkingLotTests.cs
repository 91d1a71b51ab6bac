using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>The lot by itself: what goes in comes out once, in its time, and never is there more in it than allowed.</summary>
public sealed class ParkingLotTests
{
    private static readonly ParkingLimits Limits = new(RequestsPerPartition: 5, BytesPerPartition: 500, Requests: 12, Bytes: 1000);

    [Fact]
    public void A_lot_refuses_what_would_exceed_its_requests_its_bytes_or_those_of_the_node()
    {
        var totals = new ParkingTotals();
        var first = new ParkingLot(Limits, totals);
        for (var i = 0; i < 5; i++) Assert.True(first.TryPark(new Ticket(0, 10)));
        Assert.False(first.TryPark(new Ticket(0, 10)));
        var second = new ParkingLot(Limits, totals);
        Assert.True(second.TryPark(new Ticket(500, 10)));
        Assert.False(second.TryPark(new Ticket(1, 10)));
        Assert.True(second.TryPark(new Ticket(0, 10)));
        var third = new ParkingLot(Limits, totals);
        Assert.False(third.TryPark(new Ticket(501, 10)));
        Assert.True(third.TryPark(new Ticket(500, 10)));
        var fourth = new ParkingLot(Limits, totals);
        Assert.False(fourth.TryPark(new Ticket(1, 10))); // the node's bytes
        for (var i = 0; i < 4; i++) Assert.True(fourth.TryPark(new Ticket(0, 10)));
        Assert.False(fourth.TryPark(new Ticket(0, 10))); // the node's requests
        Assert.Equal((12, 1000L), (totals.Count, totals.Bytes));
    }

    [Fact]
    public void The_time_of_each_request_is_its_own_whatever_stands_before_it()
    {
        var lot = new ParkingLot(Limits, new ParkingTotals());
        Ticket delete = new(0, deadline: 60), append = new(0, deadline: 2);
        lot.TryPark(delete);
        lot.TryPark(append);
        List<WaitTicket> overdue = [];
        lot.TakeOverdue(2, overdue);
        Assert.Empty(overdue); // not before its time is over
        lot.TakeOverdue(3, overdue);
        Assert.Equal([append], overdue);
        Assert.False(lot.Remove(append));
        Assert.True(lot.Remove(delete));
        Assert.Equal(0, lot.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_happens_in_whatever_order_no_request_is_lost_none_comes_out_twice_and_no_limit_is_exceeded(int seed)
    {
        var random = new Random(seed);
        var totals = new ParkingTotals();
        var lots = Enumerable.Range(0, 4).Select(_ => new ParkingLot(Limits, totals)).ToArray();
        var inside = new HashSet<Ticket>[4];
        for (var i = 0; i < 4; i++) inside[i] = [];
        var now = 0L;
        for (var step = 0; step < 20_000; step++)
        {
            var at = random.Next(4);
            var (lot, mine) = (lots[at], inside[at]);
            List<WaitTicket> outs = [];
            switch (random.Next(8))
            {
                case < 4:
                    var ticket = new Ticket(random.Next(200), now + random.Next(20));
                    var fits = mine.Count < Limits.RequestsPerPartition && mine.Sum(one => one.Bytes) + ticket.Bytes <= Limits.BytesPerPartition
                        && inside.Sum(set => set.Count) < Limits.Requests && inside.Sum(set => set.Sum(one => one.Bytes)) + ticket.Bytes <= Limits.Bytes;
                    Assert.Equal(fits, lot.TryPark(ticket));
                    if (fits) mine.Add(ticket);
                    break;
                case 4 when mine.Count > 0:
                    var leaving = mine.ElementAt(random.Next(mine.Count));
                    Assert.False(lots[(at + 1) % 4].Remove(leaving)); // it waits elsewhere
                    Assert.True(lot.Remove(leaving));
                    Assert.False(lot.Remove(leaving));
                    mine.Remove(leaving);
                    break;
                case 5:
                    lot.TakeAll(outs);
                    Assert.Equal(mine.Count, outs.Count);
                    break;
                default:
                    now += random.Next(3);
                    lot.TakeOverdue(now, outs);
                    Assert.All(outs, out1 => Assert.True(now > out1.Deadline));
                    break;
            }

            Assert.All(outs, out1 => Assert.True(mine.Remove((Ticket)out1)));
            if (outs.Count > 0) Assert.DoesNotContain(mine, left => outs.Contains(left));
            Assert.Equal((mine.Count, mine.Sum(one => (long)one.Bytes)), (lot.Count, lot.Bytes));
            Assert.Equal((inside.Sum(set => set.Count), inside.Sum(set => set.Sum(one => (long)one.Bytes))), (totals.Count, totals.Bytes));
        }
    }

    private sealed class Ticket(int bytes, long deadline) : WaitTicket(new PartitionId(1), bytes, since: 0, deadline)
    {
        public override void Admit(PartitionGate gate) => throw new InvalidOperationException("the lot itself tells nobody");

        public override void Refuse(WaitOutcome outcome) => throw new InvalidOperationException("the lot itself tells nobody");
    }
}
