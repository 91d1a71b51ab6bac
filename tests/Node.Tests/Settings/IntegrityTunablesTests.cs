using CubeActors.Actors;

namespace CubeActors.Node.Tests;

public sealed class IntegrityTunablesTests
{
    /// <summary>Tests of the node itself start from the record: what they prove has to hold for the file. Only that a node scrubs, the file alone says.</summary>
    [Fact]
    public void The_defaults_of_the_file_are_those_that_tests_start_from() =>
        Assert.Equal(new IntegritySettings { ScrubBytesPerSecond = 4 << 20 }, TunableReader.Integrity(new Tunables(null)));

    [Fact]
    public void The_node_gets_what_the_file_says()
    {
        var settings = SampleConfig.Read("cubeactors.integrity { scrub-rate = 1 MiB, compare-tiny = off, kept-per-partition = 8 }").DataNode.Integrity;
        Assert.Equal(new IntegritySettings { ScrubBytesPerSecond = 1 << 20, ComparesTiny = false, KeptPerPartition = 8 }, settings);
    }

    [Theory]
    [InlineData("scrub-rate = fast", "a size such as")]
    [InlineData("tries = 1", "a number from 2 to")]
    [InlineData("comparisons-per-disk = 0", "a number from 1 to 64")]
    [InlineData("retry-min = 2 min", "cubeactors.integrity.retry-max")]
    public void A_value_out_of_its_bounds_ends_the_start_with_them(string line, string expected)
    {
        var tunables = new Tunables(HoconFile.ParseOverlay("sample/over.conf", $"cubeactors.integrity.{line}"));
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => TunableReader.Integrity(tunables)).Message, StringComparison.Ordinal);
    }
}
