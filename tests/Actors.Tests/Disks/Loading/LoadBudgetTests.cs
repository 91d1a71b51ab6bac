using CubeActors.Protocol;

namespace CubeActors.Actors.Tests;

/// <summary>How many partitions are loaded at once, and what becomes of those that do not end.</summary>
public sealed class LoadBudgetTests
{
    private readonly LoadBudget _budget = new(2);

    private static PartitionId Id(ulong number) => new(number);

    [Fact]
    public void There_is_room_until_the_budget_is_spent_and_again_when_one_has_ended()
    {
        _budget.Begin(Id(1));
        Assert.True(_budget.HasRoom);
        _budget.Begin(Id(2));
        Assert.False(_budget.HasRoom);
        Assert.True(_budget.End(Id(1), out var wasStalled));
        Assert.False(wasStalled);
        Assert.True(_budget.HasRoom);
        Assert.False(_budget.End(Id(1), out _)); // once
    }

    [Fact]
    public void A_load_that_stalls_gives_its_place_back_and_is_named_until_it_ends()
    {
        _budget.Begin(Id(1));
        _budget.Begin(Id(2));
        Assert.True(_budget.Stall(Id(2)));
        Assert.False(_budget.Stall(Id(2)));
        Assert.Equal([2UL], _budget.Stalled);
        Assert.True(_budget.HasRoom);

        Assert.True(_budget.End(Id(2), out var wasStalled));
        Assert.True(wasStalled);
        Assert.Empty(_budget.Stalled);
    }

    [Fact]
    public void Where_twice_the_budget_has_stalled_nothing_more_is_begun_until_one_comes_back()
    {
        for (var number = 1UL; number <= 4; number++)
        {
            Assert.True(_budget.HasRoom);
            _budget.Begin(Id(number));
            _budget.Stall(Id(number));
        }

        Assert.False(_budget.HasRoom);
        _budget.End(Id(3), out _);
        Assert.True(_budget.HasRoom);
        Assert.Equal([1UL, 2, 4], _budget.Stalled);
    }
}
