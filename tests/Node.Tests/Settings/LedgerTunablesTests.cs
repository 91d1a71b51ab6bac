using CubeActors.Actors;

namespace CubeActors.Node.Tests;

public sealed class LedgerTunablesTests
{
    /// <summary>Tests of the ledger start from the record: what they prove has to hold for the file.</summary>
    [Fact]
    public void The_defaults_of_the_file_are_those_that_tests_start_from() => Assert.Equal(new LedgerSettings(), TunableReader.Ledger(new Tunables(null)));

    [Fact]
    public void The_node_gets_what_the_file_says()
    {
        var settings = SampleConfig.Read("cubeactors.ledger { history-entries = 100, history-age = 24 h, progress-period = 1 s, retry-period = 10 s }").DataNode.Ledger;
        Assert.Equal(
            new LedgerSettings { HistoryEntries = 100, HistoryAge = TimeSpan.FromDays(1), ProgressPeriod = TimeSpan.FromSeconds(1), RetryPeriod = TimeSpan.FromSeconds(10) }, settings);
    }

    [Theory]
    [InlineData("history-entries = 9", "a number from 10 to 20000")]
    [InlineData("history-age = 1 s", "from 1 min to")]
    [InlineData("progress-period = 1 ms", "from 100 ms to")]
    [InlineData("retry-period = 48 h", "from 100 ms to")]
    public void A_value_out_of_its_bounds_ends_the_start_with_them(string line, string expected)
    {
        var tunables = new Tunables(HoconFile.ParseOverlay("sample/over.conf", $"cubeactors.ledger.{line}"));
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => TunableReader.Ledger(tunables)).Message, StringComparison.Ordinal);
    }
}
