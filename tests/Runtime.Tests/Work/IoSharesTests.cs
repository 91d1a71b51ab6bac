namespace CubeActors.Runtime.Tests;

/// <summary>Whose work comes next on a disk, where all ask and where only some do.</summary>
public sealed class IoSharesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly IoShares _shares = new();
    private readonly TimeSpan[] _got = new TimeSpan[IoShares.Classes];

    /// <summary>Serves for so long; each class takes this long for one item.</summary>
    private void Serve(TimeSpan time, TimeSpan? client, TimeSpan? load, TimeSpan? repair)
    {
        TimeSpan?[] costs = [client, load, repair];
        for (var left = time; left > TimeSpan.Zero;)
        {
            var next = _shares.Next(client is not null, load is not null, repair is not null)!.Value;
            var cost = costs[(int)next]!.Value;
            _shares.Begin(next);
            _shares.End(next, cost);
            _got[(int)next] += cost;
            left -= cost;
        }
    }

    private double PartOf(IoClass ioClass) => _got[(int)ioClass] / (_got[0] + _got[1] + _got[2]);

    [Fact]
    public void Where_all_ask_clients_get_14_parts_of_17_loading_2_and_repair_1_however_long_their_items_are()
    {
        Serve(10 * Second, TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(1));

        Assert.Equal(14 / 17.0, PartOf(IoClass.Client), 0.01);
        Assert.Equal(2 / 17.0, PartOf(IoClass.Load), 0.01);
        Assert.Equal(1 / 17.0, PartOf(IoClass.Repair), 0.01);
    }

    [Fact]
    public void What_clients_do_not_ask_for_loading_gets_all_of()
    {
        Serve(Second, client: null, TimeSpan.FromMilliseconds(2), repair: null);
        Assert.Equal(1, PartOf(IoClass.Load));
    }

    [Fact]
    public void Loading_and_repair_share_the_disk_where_no_client_asks()
    {
        Serve(10 * Second, client: null, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(2));
        Assert.Equal(2 / 3.0, PartOf(IoClass.Load), 0.01);
    }

    [Fact]
    public void A_client_comes_first_after_any_time_in_which_only_loading_asked()
    {
        Serve(60 * Second, client: null, TimeSpan.FromMilliseconds(3), repair: null);
        Assert.Equal(IoClass.Client, _shares.Next(client: true, load: true, repair: false));
    }

    [Fact]
    public void Nobody_saves_up_while_asking_for_nothing()
    {
        Serve(60 * Second, TimeSpan.FromMilliseconds(1), load: null, repair: null);
        _got.AsSpan().Clear();
        Serve(Second, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), repair: null);
        Assert.Equal(14 / 16.0, PartOf(IoClass.Client), 0.01);
    }

    [Fact]
    public void One_load_that_hung_for_a_minute_shuts_loading_out_for_less_than_a_second()
    {
        Assert.Equal(IoClass.Load, _shares.Next(client: false, load: true, repair: false));
        _shares.Begin(IoClass.Load);
        _shares.End(IoClass.Load, 60 * Second);

        Serve(Second, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1), repair: null);

        Assert.True(_got[(int)IoClass.Load] > TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void Items_that_take_no_time_are_shared_by_turns()
    {
        var turns = new int[IoShares.Classes];
        for (var i = 0; i < 1700; i++)
        {
            var next = _shares.Next(client: true, load: true, repair: true)!.Value;
            _shares.Begin(next);
            _shares.End(next, TimeSpan.Zero);
            turns[(int)next]++;
        }

        Assert.InRange(turns[(int)IoClass.Load], 195, 205);
        Assert.InRange(turns[(int)IoClass.Repair], 95, 105);
    }

    [Fact]
    public void Nothing_is_next_where_nobody_asks() => Assert.Null(_shares.Next(client: false, load: false, repair: false));
}
