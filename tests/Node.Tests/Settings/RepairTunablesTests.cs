using CubeActors.Actors;

namespace CubeActors.Node.Tests;

public sealed class RepairTunablesTests
{
    /// <summary>Tests of the node itself start from the record: what they prove has to hold for the file.</summary>
    [Fact]
    public void The_defaults_of_the_file_are_those_that_tests_start_from() => Assert.Equal(new RepairSettings(), TunableReader.Repair(new Tunables(null)));

    [Fact]
    public void The_node_gets_what_the_file_says()
    {
        var settings = SampleConfig.Read("cubeactors.repair { cycle-period = 30 s, bytes-per-task = 64 MiB }").DataNode.Repair;
        Assert.Equal(new RepairSettings { CyclePeriod = TimeSpan.FromSeconds(30), BytesPerTask = 64 << 20 }, settings);
    }

    [Theory]
    [InlineData("streams-per-task = 0", "a number from 1 to 256")]
    [InlineData("extents-per-task = 100001", "a number from 1 to 100000")]
    [InlineData("bytes-per-task = 4 KiB", "from 1 MiB to")]
    [InlineData("cycle-period = 10 ms", "from 100 ms to")]
    [InlineData("task-patience = 48 h", "from 100 ms to")]
    [InlineData("retry-min = 1 min", "cubeactors.repair.retry-max")]
    public void A_value_out_of_its_bounds_ends_the_start_with_them(string line, string expected)
    {
        var tunables = new Tunables(HoconFile.ParseOverlay("sample/over.conf", $"cubeactors.repair.{line}"));
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => TunableReader.Repair(tunables)).Message, StringComparison.Ordinal);
    }
}
