namespace CubeActors.Node.Tests;

public sealed class HoconTests
{
    [Fact]
    public void An_overlay_changes_what_it_names_and_nothing_else()
    {
        var settings = SampleConfig.Read("cubeactors { storage.reserve-floor = 16 MiB, data-path { inline-reads = off } }").DataNode;
        var defaults = SampleConfig.Read().DataNode;
        Assert.Equal(16 << 20, settings.Storage.ReserveFloorBytes);
        Assert.False(settings.DataPath.InlineReads);
        Assert.Equal(defaults.Storage with { ReserveFloorBytes = 16 << 20 }, settings.Storage);
        Assert.Equal(defaults.DataPath with { InlineReads = false }, settings.DataPath);
    }

    [Fact]
    public void What_waits_for_partitions_has_the_documented_defaults_and_each_can_be_set()
    {
        Assert.Equal(Actors.WaitingSettings.Default, SampleConfig.Read().DataNode.DataPath.Waiting);
        var changed = SampleConfig.Read("""
            cubeactors.data-path.waiting {
              append = 1 s, append-as-follower = 500 ms, delete = 30 s, delete-as-follower = 0 s
              requests-per-partition-max = 0, bytes-per-partition-max = 1 MiB, requests-max = 7, buffer-percent = 10
            }
            """).DataNode.DataPath.Waiting;
        Assert.Equal(
            new Actors.WaitingSettings(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30), TimeSpan.Zero, 0, 1 << 20, 7, 0.1), changed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    public void An_empty_overlay_changes_nothing(string overlay) => Assert.Equal(SampleConfig.Read().DataNode.DataPath, SampleConfig.Read(overlay).DataNode.DataPath);

    [Fact]
    public void An_overlay_may_set_anything_of_Akka() =>
        Assert.Equal(77, SampleConfig.Read("akka.actor.default-dispatcher.throughput = 77").Akka.GetInt("akka.actor.default-dispatcher.throughput"));

    [Theory]
    [InlineData("cubeactors.storage.reserve-flor = 1 GiB", "cubeactors.storage.reserve-flor", "did you mean cubeactors.storage.reserve-floor?")]
    [InlineData("cubeactors { storage { floor = 1 } }", "cubeactors.storage.floor", "all keys: hocon/reference.conf")]
    [InlineData("cubeactor.storage.reserve-floor = 1 GiB", "cubeactor.storage.reserve-floor", "did you mean cubeactors.storage.reserve-floor?")]
    [InlineData("cubeactors.storage = 5", "cubeactors.storage", "is a section")]
    [InlineData("cubeactors.storage.reserve-floor.bytes = 5", "cubeactors.storage.reserve-floor.bytes", "unknown key")]
    public void An_unknown_key_ends_the_start_with_key_and_file(string overlay, string key, string expected)
    {
        var failure = Assert.Throws<SettingsException>(() => SampleConfig.Read(overlay));
        Assert.StartsWith("sample/over.conf: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("data-path.buffer-budget", "1 MiB", "from 8 MiB to 1 TiB")]
    [InlineData("data-path.buffer-budget", "plenty", "a size such as")]
    [InlineData("data-path.buffer-budget", "256", "a size such as")] // without a unit nobody knows what is meant
    [InlineData("data-path.connections-max", "0", "a number from 1 to")]
    [InlineData("data-path.connections-max", "1.5", "a number from 1 to")]
    [InlineData("data-path.connections-max", "-1", "a number from 1 to")]
    [InlineData("data-path.follower-dial", "1", "a duration such as")]
    [InlineData("data-path.follower-dial", "0 s", "from 1 ms to 1 h")]
    [InlineData("data-path.follower-dial", "2 days", "a duration such as")]
    [InlineData("data-path.inline-reads", "maybe", "on or off")]
    [InlineData("storage.reserve-floor", "99999999999 TiB", "a size such as")]
    [InlineData("data-path.waiting.append", "6 s", " to 5 s")]
    [InlineData("data-path.waiting.delete-as-follower", "3 min", " to 2 min")]
    [InlineData("data-path.waiting.buffer-percent", "51", "a number from 0 to 50")]
    public void A_value_out_of_its_bounds_ends_the_start_with_key_file_and_bounds(string key, string value, string expected)
    {
        var failure = Assert.Throws<SettingsException>(() => SampleConfig.Read($"cubeactors.{key} = {value}"));
        Assert.StartsWith($"sample/over.conf: cubeactors.{key} is \"{value}\"; accepted: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shortest_wait_above_the_longest_ends_the_start() =>
        Assert.Contains("retry-min", Assert.Throws<SettingsException>(() => SampleConfig.Read("cubeactors.master.retry-min = 1 min")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("cubeactors { storage {", "the { of line 1 is not closed")]
    [InlineData("cubeactors {\n}\n}", "the } of line 3 closes nothing")]
    [InlineData("akka.loggers = [\"a\"}", "the } of line 1 closes nothing")]
    [InlineData("akka.home = \"a\nb", "the string of line 1 has no end")]
    [InlineData("akka.home = \"\"\"a\nb", "the string of line 1 has no end")]
    public void A_bracket_or_quote_without_partner_ends_the_start_with_file_and_line(string overlay, string expected)
    {
        var failure = Assert.Throws<SettingsException>(() => SampleConfig.Read(overlay));
        Assert.Equal($"sample/over.conf: not valid HOCON: {expected}", failure.Message);
    }

    [Theory]
    [InlineData("akka.home = \"{\" # }")]
    [InlineData("akka.home = \"\\\"{\" // [")]
    [InlineData("akka.home = \"\"\"{ \" [\"\"\"")]
    public void Brackets_in_strings_and_comments_need_no_partner(string overlay) => Assert.Null(HoconBraces.FirstProblem(overlay));

    [Fact]
    public void Every_key_of_the_reference_is_read_by_something()
    {
        // Each key in turn gets a value that no reader takes; a key that nobody reads would not be missed.
        foreach (var path in HoconFile.Reference.Paths.Where(path => path.StartsWith("cubeactors.", StringComparison.Ordinal)))
        {
            var overlay = HoconFile.ParseOverlay("over.conf", $"{path} = unreadable");
            var readers = (Action[])
            [
                () => NodeSettingsReader.Read(DataNodeFile.Parse("f", SampleConfig.With()), overlay),
                () => MasterSettingsReader.Read(overlay),
            ];
            Assert.Contains(readers, read => Record.Exception(read) is SettingsException refused && refused.Message.Contains(path, StringComparison.Ordinal));
        }
    }
}
