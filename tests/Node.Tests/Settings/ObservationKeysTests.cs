using CubeActors.Actors;

namespace CubeActors.Node.Tests;

public sealed class ObservationKeysTests
{
    [Fact]
    public void Without_keys_metrics_are_on_and_the_log_goes_to_stderr()
    {
        var settings = Read();
        Assert.Null(settings.LogFiles);
        Assert.Equal(new ExporterSettings(0, null, "", AddressFilter.All, null, ""), settings.Exporter);
        Assert.Equal(new MeasurementSettings(LatencyBounds.Operations, 0, false), settings.Measurement);
    }

    [Fact]
    public void All_keys_are_read()
    {
        var settings = Read(
            ("logDir", "\"/var/log/cfs\""), ("logRotateSize", "100"), ("logRotateHeadRoom", "\"200\""), ("logLeftSpaceLimitRatio", "\"0.1\""), ("exporterPort", "9500"),
            ("consulAddr", "\"consul:8500\""), ("consulMeta", "\"a=b\""), ("ipFilter", "\"^10\""), ("subdir", "\"/x\""), ("enablePid", "true"), ("metricsDegrade", "-1"));
        Assert.Equal(new LogFileSettings("/var/log/cfs", 100L << 20, 200L << 20, 0.1), settings.LogFiles);
        var exporter = settings.Exporter!;
        Assert.Equal((9500, "http://consul:8500/", "a=b", "/x"), (exporter.Port, exporter.Consul!.ToString(), exporter.ConsulMeta, exporter.MountPoint));
        Assert.True(exporter.Filter.Takes("10.0.0.1"));
        Assert.False(exporter.Filter.Takes("192.168.0.1"));
        Assert.Equal((-1, true), (settings.Measurement.Degrade, settings.Measurement.ByPartition));
    }

    [Fact]
    public void A_push_gateway_changes_the_buckets() => Assert.Equal(LatencyBounds.Pushed, Read(("pushAddr", "\"http://gateway:9091\"")).Measurement.Bounds);

    [Fact]
    public void Metrics_can_be_off() => Assert.Null(Read(("exporterEnable", "false")).Exporter);

    [Theory]
    [InlineData("logLeftSpaceLimitRatio", "\"1.5\"", "logLeftSpaceLimitRatio is \"1.5\", taken as 0.05")]
    [InlineData("logLeftSpaceLimitRatio", "0.1", "logLeftSpaceLimitRatio is the number 0.1, taken as 0.05")]
    [InlineData("exporterPort", "70000", "exporterPort is the number 70000, taken as 0")]
    [InlineData("logRotateSize", "-1", "logRotateSize is the number -1, taken as 0")]
    [InlineData("logDir", "7", "logDir is the number 7, which counts as missing")]
    [InlineData("ipFilter", "\"(\"", "ipFilter is \"(\", which is no regular expression")]
    [InlineData("enablePid", "1", "enablePid is the number 1, taken as false")]
    [InlineData("consulAddr", "\"https://consul\"", "\"https://consul\" is no address that is used")]
    public void A_bad_value_is_a_warning_and_means_the_default(string key, string value, string expected)
    {
        var warnings = new List<string>();
        var settings = ObservationKeys.Read(DataNodeFile.Parse("f", $"{{\"{key}\": {value}}}"), warnings.Add);
        Assert.StartsWith(expected, Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Null(settings.Exporter!.Consul);
        Assert.Equal(0, settings.Exporter.Port);
    }

    [Fact]
    public void An_exclamation_mark_turns_the_filter_round()
    {
        Assert.True(AddressFilter.TryParse("!^10", out var filter));
        Assert.False(filter.Takes("10.0.0.1"));
        Assert.True(filter.Takes("192.168.0.1"));
    }

    private static ObservationSettings Read(params (string Key, string Json)[] keys) => ObservationKeys.Read(
        DataNodeFile.Parse("f", $"{{{string.Join(',', keys.Select(key => $"\"{key.Key}\":{key.Json}"))}}}"), warning => Assert.Fail(warning));
}
