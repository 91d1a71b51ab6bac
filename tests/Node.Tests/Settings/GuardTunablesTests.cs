using CubeActors.Actors;

namespace CubeActors.Node.Tests;

/// <summary>Settings of who may do what, of the limits of the operators' port, and of the log.</summary>
public sealed class GuardTunablesTests
{
    [Theory]
    [InlineData("off", SourcePolicy.Off)]
    [InlineData("warn", SourcePolicy.Warn)]
    [InlineData("enforce", SourcePolicy.Enforce)]
    public void Where_packets_come_from_is_looked_at_as_set(string word, SourcePolicy policy) =>
        Assert.Equal(policy, SampleConfig.Read($"cubeactors.admin-source-check = {word}").DataNode.SourceCheck);

    [Fact]
    public void Without_an_overlay_strangers_are_told_and_nobody_is_kept_out()
    {
        var settings = SampleConfig.Read();
        Assert.Equal(SourcePolicy.Warn, settings.DataNode.SourceCheck);
        Assert.Equal(("", null), (settings.Http!.TokenFile, settings.Http.Tls));
        Assert.Equal((256, 64, 64, 4, 32), (settings.Http.ConnectionsMax, settings.Http.ConnectionsPerAddressMax, settings.Http.RequestsMax, settings.Http.HeavyMax, settings.Http.StreamsMax));
        Assert.Equal(new LogOutputSettings(IsJson: false, PacketLines.Off, FilesMax: 64), settings.Observation.LogOutput);
    }

    [Fact]
    public void The_log_is_what_the_overlay_says() => Assert.Equal(
        new LogOutputSettings(IsJson: true, PacketLines.Refused, FilesMax: 0),
        SampleConfig.Read("cubeactors.log { format = json, packets = refused, files-max = 0 }").Observation.LogOutput);

    [Theory]
    [InlineData("admin-source-check", "refuse", "off or warn or enforce")]
    [InlineData("log.format", "xml", "text or json")]
    [InlineData("log.packets", "some", "off or refused or all")]
    [InlineData("http.requests-max", "1", "a number from 4 to 10000")]
    [InlineData("http.heavy-max", "0", "a number from 1 to 1000")]
    [InlineData("http.tls.port", "70000", "a number from 0 to 65535")]
    [InlineData("http.token-for-reads", "maybe", "on or off")]
    public void What_is_out_of_bounds_ends_the_start_with_key_and_bounds(string key, string value, string accepted)
    {
        var message = Assert.Throws<SettingsException>(() => SampleConfig.Read($"cubeactors.{key} = {value}")).Message;
        Assert.Contains($"cubeactors.{key}", message, StringComparison.Ordinal);
        Assert.Contains(accepted, message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_ports_did_not_carry_out_is_a_metric()
    {
        var counts = new HttpCounts();
        counts.Count(Refusal.WrongToken);
        var page = new MetricsPage(() => ScriptedDesk.Of().Status(), () => null, new LogTally(), TimeProvider.System) { Http = counts };
        using var written = page.Write();
        var text = written.ToString();
        Assert.Contains("cubeactors_http_refused_total{reason=\"wrong_token\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cubeactors_http_refused_total{reason=\"not_tls\"} 0\n", text, StringComparison.Ordinal);
    }
}
