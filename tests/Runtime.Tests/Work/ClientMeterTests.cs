namespace CubeActors.Runtime.Tests;

/// <summary>What clients wait for a disk and keep it busy. One tick is a second here.</summary>
public sealed class ClientMeterTests
{
    private readonly ClientMeter _meter = new(ticksPerSecond: 1);

    [Fact]
    public void A_disk_without_clients_is_never_busy() => Assert.Equal(default, _meter.Read(1000));

    [Fact]
    public void Waits_of_all_that_stand_in_the_queue_add_up()
    {
        _meter.Posted(10);
        _meter.Posted(11);
        _meter.Begun(13); // 3 + 2 so far
        _meter.Begun(16); // and 3 of the second
        Assert.Equal(new ClientLoad(2, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(6)), _meter.Read(16));
    }

    [Fact]
    public void Time_in_which_several_are_served_counts_once_as_busy()
    {
        _meter.Posted(0);
        _meter.Posted(0);
        _meter.Begun(0);
        _meter.Begun(0);
        _meter.Ended(5);
        _meter.Ended(7);
        Assert.Equal(new ClientLoad(2, TimeSpan.Zero, TimeSpan.FromSeconds(7)), _meter.Read(100));
    }

    [Fact]
    public void What_is_still_under_way_counts_up_to_now()
    {
        _meter.Posted(5);
        Assert.Equal(new ClientLoad(0, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4)), _meter.Read(9));
    }

    [Fact]
    public void Times_that_come_in_the_wrong_order_take_nothing_back()
    {
        _meter.Posted(10);
        _meter.Begun(12);
        _meter.Posted(11);
        Assert.Equal(new ClientLoad(1, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)), _meter.Read(12));
    }
}
