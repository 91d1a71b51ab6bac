using CubeActors.Runtime;

namespace CubeActors.Actors.Tests;

/// <summary>How background work gives way to clients.</summary>
public sealed class YieldRulesTests
{
    private const long MiB = 1 << 20;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly BudgetSettings Settings = new() { BusyShare = 0.1, BusyWait = TimeSpan.FromMilliseconds(2) };

    [Fact]
    public void A_disk_that_serves_clients_for_the_share_of_the_time_that_counts_as_busy_is_under_full_pressure()
    {
        Assert.Equal(0, YieldRules.Pressure(default, 0, Look, Settings));
        Assert.Equal(1, YieldRules.Pressure(new ClientLoad(10, TimeSpan.Zero, Look * 0.1), 0, Look, Settings), 6);
        Assert.Equal(5, YieldRules.Pressure(new ClientLoad(10, TimeSpan.Zero, Look * 0.5), 0, Look, Settings), 6);
    }

    [Fact]
    public void Long_waits_are_pressure_even_where_the_disk_is_seldom_busy_and_a_single_one_says_nothing()
    {
        Assert.Equal(2, YieldRules.Pressure(new ClientLoad(5, TimeSpan.FromMilliseconds(20), TimeSpan.Zero), 0, Look, Settings), 6);
        Assert.Equal(0, YieldRules.Pressure(new ClientLoad(1, TimeSpan.FromMilliseconds(20), TimeSpan.Zero), 0, Look, Settings));
    }

    [Fact]
    public void Reads_that_never_reach_the_threads_of_the_disk_are_pressure_too() =>
        Assert.Equal(1, YieldRules.Pressure(default, (long)(Look * 0.1 / YieldRules.CachedRead), Look, Settings), 2);

    [Fact]
    public void No_time_no_pressure() => Assert.Equal(0, YieldRules.Pressure(new ClientLoad(5, Look, Look), 9, TimeSpan.Zero, Settings));

    [Fact]
    public void Busy_clients_have_the_floor_at_once_and_calm_comes_back_step_by_step()
    {
        var limits = new TrafficLimits(8, 0, 8 * MiB);
        var step = YieldRules.Next(YieldRules.StepMax, 1);
        var rates = new List<long> { YieldRules.Rate(step, limits) };
        for (var look = 1; look <= 4 + YieldRules.StepMax + 3; look++) rates.Add(YieldRules.Rate(step = YieldRules.Next(step, 0.1), limits));
        // A second at the floor: who stands still for a moment is not gone.
        Assert.Equal([8 * MiB, 8 * MiB, 8 * MiB, 8 * MiB, 8 * MiB, 16 * MiB, 32 * MiB, 64 * MiB, 128 * MiB, 256 * MiB, 512 * MiB, 1024 * MiB, 2048 * MiB, 4096 * MiB, 0, 0, 0, 0], rates);
    }

    [Fact]
    public void Between_busy_and_calm_nothing_changes() => Assert.Equal(4, YieldRules.Next(4, 0.75));

    [Fact]
    public void The_rate_doubles_from_the_floor_to_the_limit_and_is_never_below_the_one_or_above_the_other()
    {
        var limits = new TrafficLimits(8, 100 * MiB, 8 * MiB);
        Assert.Equal([8 * MiB, 16 * MiB, 32 * MiB, 64 * MiB, 100 * MiB, 100 * MiB], Enumerable.Range(0, 6).Select(step => YieldRules.Rate(step, limits)));
        Assert.Equal(100 * MiB, YieldRules.Rate(YieldRules.StepMax, limits));
    }

    [Fact]
    public void Without_a_limit_there_is_none_in_the_end_and_without_a_floor_the_limit_always_counts()
    {
        Assert.Equal(512 * 8 * MiB, YieldRules.Rate(YieldRules.StepMax - 1, new TrafficLimits(8, 0, 8 * MiB)));
        Assert.Equal(0, YieldRules.Rate(YieldRules.StepMax, new TrafficLimits(8, 0, 8 * MiB)));
        Assert.Equal(500, YieldRules.Rate(0, new TrafficLimits(1, 500, 0)));
    }
}
