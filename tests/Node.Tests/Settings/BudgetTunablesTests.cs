using CubeActors.Actors;

namespace CubeActors.Node.Tests;

public sealed class BudgetTunablesTests
{
    /// <summary>Tests of the node itself start from the record: what they prove has to hold for the file.</summary>
    [Fact]
    public void The_defaults_of_the_file_are_those_that_tests_start_from() => Assert.Equal(new BudgetSettings(), TunableReader.Budgets(new Tunables(null)));

    [Fact]
    public void The_node_gets_what_the_file_says()
    {
        var settings = SampleConfig.Read("cubeactors { repair.streams-per-disk = 2, budgets { repair-limit = 64 MiB, repair-floor = 2 MiB, busy-percent = 20, deletes-per-second = 100 } }").DataNode.Budgets;
        Assert.Equal(
            new BudgetSettings { Repair = new TrafficLimits(2, 64 << 20, 2 << 20), Delete = new TrafficLimits(1, 100, 0), BusyShare = 0.2 }, settings);
    }

    [Theory]
    [InlineData("repair-floor = 4 KiB", "from 1 MiB to")]
    [InlineData("repair-limit = 4 MiB", "cubeactors.budgets.repair-floor is above cubeactors.budgets.repair-limit")]
    [InlineData("scrub-limit = 1 KiB", "cubeactors.budgets.scrub-floor is above cubeactors.budgets.scrub-limit")]
    [InlineData("busy-percent = 0", "a number from 1 to 100")]
    [InlineData("busy-wait = 0 s", "from 1 ms to")]
    [InlineData("serves-per-disk = 0", "a number from 1 to 20000")]
    [InlineData("streams-from-peer = 0", "a number from 1 to 20000")]
    public void A_value_out_of_its_bounds_ends_the_start_with_them(string line, string expected)
    {
        var tunables = new Tunables(HoconFile.ParseOverlay("sample/over.conf", $"cubeactors.budgets.{line}"));
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => TunableReader.Budgets(tunables)).Message, StringComparison.Ordinal);
    }
}
