using CubeActors.Runtime;

namespace CubeActors.Raft.Tests;

public sealed class InFlightTests
{
    [Fact]
    public void An_acknowledgement_frees_its_message_and_all_before_it()
    {
        var ring = new InFlight(4);
        foreach (var last in new ulong[] { 3, 5, 9, 12 }) ring.Add(last);
        Assert.True(ring.IsFull);
        ring.FreeUpTo(8);
        Assert.Equal(2, ring.Count);
        ring.FreeUpTo(9);
        Assert.Equal(1, ring.Count);
        ring.FreeUpTo(100);
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void A_ring_goes_round_many_times()
    {
        var ring = new InFlight(3);
        for (ulong last = 1; last <= 100; last++)
        {
            ring.Add(last);
            if (ring.IsFull) ring.FreeUpTo(last - 1);
            Assert.InRange(ring.Count, 1, 2);
        }
        ring.FreeUpTo(99);
        Assert.Equal(1, ring.Count);
    }

    [Fact]
    public void Freeing_the_oldest_of_none_does_nothing()
    {
        var ring = new InFlight(2);
        ring.FreeOldest();
        Assert.Equal(0, ring.Count);
        ring.Add(1);
        ring.Add(2);
        ring.FreeOldest();
        ring.FreeUpTo(1);
        Assert.Equal(1, ring.Count);
        ring.Clear();
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void One_more_than_fits_is_a_mistake_of_ours()
    {
        var ring = new InFlight(1);
        ring.Add(1);
        Assert.Throws<InvariantViolationException>(() => ring.Add(2));
    }
}
