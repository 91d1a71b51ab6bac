using System.Net;
using Serilog.Events;

namespace CubeActors.Node.Tests;

public sealed class NodeSettingsReaderTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void A_complete_configuration_becomes_settings()
    {
        var settings = SampleConfig.Read();
        var identity = settings.DataNode.Identity;
        Assert.Equal(IPAddress.Parse("127.0.0.11"), identity.LocalAddress);
        Assert.Equal(IPAddress.Parse("127.0.0.11"), identity.BindAddress);
        Assert.Equal((17310, 17810), (identity.DataPort, identity.SmuxPort));
        Assert.Equal(("17330", "17340"), (identity.RaftHeartbeatPort, identity.RaftReplicaPort));
        Assert.Equal(("default", 1u, ""), (identity.ZoneName, identity.MediaType, identity.ServiceIdKey));
        Assert.Equal(IPEndPoint.Parse("127.0.0.11:17320"), settings.Http?.EndPoint);
        Assert.Equal(["127.0.0.1:17010"], settings.DataNode.Masters);
        Assert.Equal([new("/data/disk1", 10 * GiB)], settings.DataNode.Disks);
        Assert.Equal("/data/raft", settings.RaftDirectory);
        Assert.Equal(LogEventLevel.Information, settings.LogLevel);
        Assert.Empty(settings.Notes);
    }

    [Fact]
    public void The_shipped_defaults_are_accepted_by_every_bound()
    {
        var settings = SampleConfig.Read();
        Assert.Equal(256 << 20, settings.DataNode.DataPath.BufferBudgetBytes);
        Assert.Equal(5 * GiB, settings.DataNode.Storage.ReserveFloorBytes);
        Assert.Equal(TimeSpan.FromSeconds(2), settings.DataNode.MasterLink.RetryMin);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Process.StopDeadline);
    }

    [Theory]
    // key, JSON value (null: absent), what the message must say besides key and file
    [InlineData("role", null, "missing")]
    [InlineData("role", "\"metanode\"", "\"metanode\"")]
    [InlineData("role", "\"\"", "\"\"")]
    [InlineData("listen", null, "missing")]
    [InlineData("listen", "17310", "the number 17310")]
    [InlineData("listen", "\"\"", "\"\"")]
    [InlineData("listen", "\"1023\"", "from 1024 to 65535")]
    [InlineData("listen", "\"65536\"", "from 1024 to 65535")]
    [InlineData("listen", "\" 17310\"", "\" 17310\"")]
    [InlineData("listen", "\"17310a\"", "\"17310a\"")]
    [InlineData("listen", "\"65400\"", "65900")] // its smux port does not exist
    [InlineData("prof", "\"http\"", "\"http\"")]
    [InlineData("prof", "\"17310\"", "also that of listen")]
    [InlineData("prof", "\"17810\"", "also that of listen + smuxPortShift")]
    [InlineData("raftHeartbeat", null, "missing")]
    [InlineData("raftHeartbeat", "17330", "the number 17330")]
    [InlineData("raftReplica", null, "missing")]
    [InlineData("raftReplica", "\"17330\"", "also that of raftHeartbeat")]
    [InlineData("raftReplica", "\"x\"", "\"x\"")]
    [InlineData("raftDir", null, "missing")]
    [InlineData("raftDir", "\"\"", "a directory")]
    [InlineData("localIP", "\"10.0.0\"", "IPv4")]
    [InlineData("localIP", "\"::1\"", "IPv4")]
    [InlineData("localIP", "\"localhost\"", "IPv4")]
    [InlineData("localIP", "\"0.0.0.0\"", "IPv4")]
    [InlineData("localIP", "10", "the number 10")]
    [InlineData("mediaType", null, "missing")]
    [InlineData("mediaType", "0", "1 for SSD or 2 for HDD")]
    [InlineData("mediaType", "3", "the number 3")]
    [InlineData("mediaType", "\"ssd\"", "\"ssd\"")]
    [InlineData("masterAddr", null, "missing")]
    [InlineData("masterAddr", "[]", "empty")]
    [InlineData("masterAddr", "\"127.0.0.1:17010\"", "a list")]
    [InlineData("masterAddr", "[\"127.0.0.1:17010\", 2]", "a list")]
    [InlineData("masterAddr", "[\"localhost:17010\"]", "no dot")]
    [InlineData("masterAddr", "[\"10.0.0.1:0\"]", "no address")]
    [InlineData("masterAddr", "[\"10.0.0.1:1:2\"]", "no address")]
    [InlineData("masterAddr", "[\":17010\"]", "no address")]
    [InlineData("masterAddr", "[\"10.0.0.1:17010\",\"10.0.0.2:17011\"]", "17010 and 17011")]
    [InlineData("masterAddr", "[\"10.0.0.1:17010\",\"10.0.0.2\"]", "17010 and 80")]
    [InlineData("disks", "\"/data:0\"", "a list")]
    [InlineData("disks", "[\"/data\"]", "exactly one colon")]
    [InlineData("disks", "[\"/data:1:2\"]", "exactly one colon")]
    [InlineData("disks", "[\"/data:-1\"]", "exactly one colon")]
    [InlineData("disks", "[\"/data:5GiB\"]", "exactly one colon")]
    [InlineData("disks", "[\"data:0\"]", "an absolute path")]
    [InlineData("disks", "[\"/data:0\",\"/data/:0\"]", "twice")]
    [InlineData("diskPath", "\"/no/such/mount:0\"", "under disks")]
    [InlineData("diskPath", "\"/mnt\"", "exactly one colon")]
    [InlineData("diskPath", "5", "exactly one colon")]
    [InlineData("buffersTotalLimit", "-1", "0 for the default")]
    [InlineData("listen", "\"017310\"", "\"017310\"")] // another text, and so another node
    [InlineData("smuxPortShift", "65000", "82310")]
    [InlineData("zoneName", "1", "a string")]
    public void A_bad_value_of_a_needed_key_ends_the_start_with_key_file_and_what_is_accepted(string key, string? value, string expected)
    {
        var failure = Assert.Throws<SettingsException>(() => SampleConfig.ReadWith(key, value));
        Assert.StartsWith($"{SampleConfig.FileName}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains("accepted: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("mediaType", "\"2\"")]
    [InlineData("localIP", null)]
    [InlineData("localIP", "\"\"")]
    [InlineData("prof", null)]
    [InlineData("prof", "\"\"")]
    [InlineData("bindIp", "\"true\"")]
    [InlineData("masterAddr", "[\"master.example.org\"]")]
    [InlineData("zoneName", "\"\"")]
    [InlineData("cacheCap", "0")]
    public void What_a_CubeFS_node_accepts_is_accepted_without_a_word(string key, string? value) => Assert.Empty(SampleConfig.ReadWith(key, value).Notes);

    [Fact]
    public void Without_a_prof_port_there_is_no_HTTP() => Assert.Null(SampleConfig.ReadWith("prof", null).Http);

    [Fact]
    public void A_prof_port_given_as_a_number_counts_as_missing_with_a_warning()
    {
        var settings = SampleConfig.ReadWith("prof", "17320");
        Assert.Null(settings.Http);
        Assert.Contains("prof is the number 17320, which counts as missing", Warning(settings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_known_address_every_interface_is_listened_on()
    {
        var settings = SampleConfig.ReadWith("localIP", null); // bindIp stays true
        Assert.Null(settings.DataNode.Identity.LocalAddress);
        Assert.Equal(IPAddress.Any, settings.DataNode.Identity.BindAddress);
        Assert.Equal(new IPEndPoint(IPAddress.Any, 17320), settings.Http?.EndPoint);
    }

    [Fact]
    public void A_reserve_below_the_floor_is_raised_to_it() =>
        Assert.Equal(5 * GiB, SampleConfig.ReadWith("disks", "[\"/data/disk1:1\"]").DataNode.Disks[0].ReservedBytes);

    [Fact]
    public void The_path_of_a_disk_stays_as_it_is_written() =>
        Assert.Equal("/data//disk1/", SampleConfig.ReadWith("disks", "[\"/data//disk1/:0\"]").DataNode.Disks[0].Path);

    [Fact]
    public void A_master_without_port_is_asked_on_port_80() =>
        Assert.Equal(["10.0.0.1:80"], SampleConfig.ReadWith("masterAddr", "[\"10.0.0.1\"]").DataNode.Masters);

    [Fact]
    public void An_empty_list_of_disks_starts_a_node_without_space_and_says_so() =>
        Assert.Contains("without space", Warning(SampleConfig.ReadWith("disks", null)), StringComparison.Ordinal);

    [Theory]
    [InlineData("diskCurrentLoadDpLimit", "9", 9, null)]
    [InlineData("diskCurrentLoadDpLimit", "\"9\"", 9, null)]
    [InlineData("diskCurrentLoadDpLimit", "0", 4, null)]
    [InlineData("diskCurrentLoadDpLimit", "-1", 4, "taken as 4")]
    [InlineData("diskCurrentLoadDpLimit", "\"many\"", 4, "taken as 4")]
    public void A_bad_value_of_another_key_is_a_warning_and_means_the_default(string key, string value, int expected, string? warning)
    {
        var settings = SampleConfig.ReadWith(key, value);
        Assert.Equal(expected, settings.DataNode.Storage.LoadsPerDisk);
        if (warning is null) Assert.Empty(settings.Notes);
        else Assert.Contains(warning, Warning(settings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"DEBUG\"", LogEventLevel.Debug)]
    [InlineData("\"critical\"", LogEventLevel.Fatal)]
    [InlineData(null, LogEventLevel.Error)]
    public void The_log_level_is_one_of_five_words_in_any_case(string? value, LogEventLevel expected) =>
        Assert.Equal(expected, SampleConfig.ReadWith("logLevel", value).LogLevel);

    [Fact]
    public void An_unknown_log_level_is_a_warning() =>
        Assert.Contains("logLevel is \"loud\", taken as error", Warning(SampleConfig.ReadWith("logLevel", "\"loud\"")), StringComparison.Ordinal);

    [Theory]
    [InlineData("raftHeartbeet", "unknown key raftHeartbeet; did you mean raftHeartbeat?")]
    [InlineData("zonename", "unknown key zonename; did you mean zoneName?")]
    [InlineData("sumxTotalStreams", "did you mean sumxTotalStream?")]
    [InlineData("Listen", "unknown key Listen; did you mean listen?")]
    [InlineData("raftheartbeat", "did you mean raftHeartbeat?")]
    [InlineData("masterAddrs", "did you mean masterAddr?")]
    [InlineData("diskReadIop", "did you mean diskReadIops?")]
    [InlineData("sumxTotalStraem", "did you mean sumxTotalStream?")]
    [InlineData("smuxTotalStream", "did you mean sumxTotalStream?")] // how it should be spelt, and is not
    [InlineData("diskWQueFactor", "it is set with /setDiskQos while the node runs")]
    [InlineData("prfo", "did you mean prof?")]
    [InlineData("cell", "cell has no effect: no data node reads it")]
    [InlineData("port", "port has no effect: no data node reads it; the port is listen")]
    [InlineData("diskIopsReadLimit", "the limit is diskReadIops")]
    [InlineData("somethingElseEntirely", "unknown key somethingElseEntirely")]
    public void An_unknown_key_is_one_warning_with_the_file_and_the_nearest_key(string key, string expected)
    {
        var warning = Warning(SampleConfig.ReadWith(key, "\"x\""));
        Assert.StartsWith($"{SampleConfig.FileName}: ", warning, StringComparison.Ordinal);
        Assert.EndsWith(expected, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_of_a_data_node_is_known_and_those_without_effect_are_named_in_one_line()
    {
        foreach (var key in DataNodeKeys.All.Where(key => !key.Used))
        {
            var value = key.Kind switch { KeyKind.Text => "\"x\"", KeyKind.Flag => "true", KeyKind.TextList => "[]", _ => "7" };
            var note = Assert.Single(SampleConfig.ReadWith(key.Name, value).Notes);
            Assert.Contains($": {key.Name} (", note.Text, StringComparison.Ordinal);
            Assert.Contains("no effect in this version", note.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    // What changes nothing on a CubeFS node either is no warning.
    [InlineData("enableSmuxConnPool", "false", LogEventLevel.Debug)]
    [InlineData("enableSmuxConnPool", "true", LogEventLevel.Warning)]
    [InlineData("smuxMaxConn", "32", LogEventLevel.Debug)] // without enableSmuxConnPool
    [InlineData("enableGcTimer", "true", LogEventLevel.Warning)]
    [InlineData("gcRecyclePercent", "\"0.5\"", LogEventLevel.Debug)] // without enableGcTimer
    [InlineData("extentCacheTtlByMin", "30", LogEventLevel.Debug)]
    [InlineData("extentCacheTtlByMin", "10", LogEventLevel.Warning)]
    public void A_key_without_effect_is_a_warning_only_if_it_would_have_changed_something(string key, string value, LogEventLevel expected) =>
        Assert.Equal(expected, Assert.Single(SampleConfig.ReadWith(key, value).Notes).Level);

    [Fact]
    public void Keys_of_the_smux_pool_matter_together_with_its_switch()
    {
        var notes = SampleConfig.ReadWithAll(("enableSmuxConnPool", "true"), ("smuxMaxConn", "32"), ("smuxStreamPerConn", "1")).Notes;
        Assert.Equal([LogEventLevel.Warning, LogEventLevel.Warning, LogEventLevel.Debug], notes.Select(note => note.Level));
        Assert.All(notes.Take(2), note => Assert.Contains("connections of its own", note.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_bad_value_of_a_key_without_effect_is_a_warning() =>
        Assert.Contains("smuxMaxConn is \"many\"", Warning(SampleConfig.ReadWith("smuxMaxConn", "\"many\"")), StringComparison.Ordinal);

    [Theory]
    [InlineData("200", 300)] // CubeFS raises it too
    [InlineData("300", 300)]
    [InlineData("1000", 1000)]
    [InlineData("450.9", 450)]
    public void The_raft_tick_is_300_ms_or_longer(string value, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), SampleConfig.ReadWith("tickInterval", value).DataNode.RaftGroups.Tick);

    [Theory]
    [InlineData("\"1000\"")] // CubeFS reads numbers only here
    [InlineData("-5")]
    [InlineData("1e9")]
    public void Another_raft_tick_is_a_warning_and_means_300_ms(string value)
    {
        var settings = SampleConfig.ReadWith("tickInterval", value);
        Assert.Equal(TimeSpan.FromMilliseconds(300), settings.DataNode.RaftGroups.Tick);
        Assert.Contains("tickInterval is ", Warning(settings), StringComparison.Ordinal);
    }

    private static string Warning(NodeSettings settings)
    {
        var note = Assert.Single(settings.Notes);
        Assert.Equal(LogEventLevel.Warning, note.Level);
        return note.Text;
    }
}
