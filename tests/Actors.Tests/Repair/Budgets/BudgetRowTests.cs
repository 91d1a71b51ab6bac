namespace CubeActors.Actors.Tests;

/// <summary>The order in which places in a budget are given.</summary>
public sealed class BudgetRowTests
{
    private static readonly Urgency Calm = default, Endangered = new(500);
    private readonly BudgetRow<string> _row = new();

    [Fact]
    public void Equals_come_in_the_order_in_which_they_asked_and_the_more_urgent_before_them()
    {
        foreach (var name in (string[])["a", "b"]) _row.Add(name, Calm);
        foreach (var name in (string[])["x", "y"]) _row.Add(name, Endangered);
        Assert.Equal(Endangered, _row.MostUrgent);
        Assert.Equal(["x", "y", "a", "b"], TakeAll());
        Assert.Null(_row.MostUrgent);
    }

    [Fact]
    public void One_place_in_eight_goes_to_whoever_has_waited_longest()
    {
        _row.Add("patient", Calm);
        for (var i = 0; i < 20; i++) _row.Add($"{i}", Endangered);
        var order = TakeAll();
        Assert.Equal(BudgetRow<string>.FairTurn - 1, order.IndexOf("patient"));
    }

    [Fact]
    public void Who_may_not_pass_holds_up_nobody_and_keeps_his_place()
    {
        foreach (var name in (string[])["slow-1", "slow-2", "other"]) _row.Add(name, Calm);
        Assert.Equal("other", _row.Take(name => name == "other"));
        Assert.Null(_row.Take(_ => false));
        Assert.Equal(["slow-1", "slow-2"], TakeAll());
    }

    [Fact]
    public void Who_gives_up_is_gone_once()
    {
        var entry = _row.Add("a", Calm);
        Assert.True(_row.Remove(entry));
        Assert.False(_row.Remove(entry));
        Assert.Empty(TakeAll());
    }

    private List<string> TakeAll()
    {
        var all = new List<string>();
        while (_row.Take(_ => true) is { } next) all.Add(next);
        return all;
    }
}
