namespace CubeActors.Node.Tests;

public sealed class TelemetryTunablesTests
{
    [Fact]
    public void Nothing_is_sent_by_default() => Assert.Null(SampleConfig.Read().Telemetry);

    [Fact]
    public void The_node_gets_what_the_file_says()
    {
        var settings = SampleConfig.Read(
            "cubeactors.telemetry { endpoint = \"http://192.0.2.1:4317\", protocol = grpc, sample-one-in = 10, slow-per-second = 3, queue-max = 100, batch-max = 20, period = 1 s, metrics-period = 30 s }").Telemetry!;
        Assert.Equal(
            new TelemetrySettings(new Uri("http://192.0.2.1:4317"), OtlpProtocol.Grpc, settings.Headers, 10, 3, 100, 20, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)), settings);
        Assert.Empty(settings.Headers);
    }

    [Theory]
    [InlineData("endpoint = \"192.0.2.1:4317\"", "an address like http://host:4318")]
    [InlineData("endpoint = \"http://me:secret@192.0.2.1\"", "without user")]
    [InlineData("protocol = json", "http or grpc")]
    [InlineData("headers-file = relative", "an absolute path")]
    [InlineData("sample-one-in = -1", "a number from 0")]
    [InlineData("queue-max = 1", "a number from 16")]
    [InlineData("batch-max = 0", "a number from 1")]
    [InlineData("period = 1 ms", "from 100 ms to")]
    public void A_value_out_of_its_bounds_ends_the_start_with_them(string line, string expected)
    {
        var tunables = new Tunables(HoconFile.ParseOverlay("sample/over.conf", $"cubeactors.telemetry.{line}"));
        Assert.Contains(expected, Assert.Throws<SettingsException>(() => TunableReader.Telemetry(tunables)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_come_from_a_file_without_comments() => Assert.Equal(
        [new("authorization", "Bearer a:b"), new("x-tenant", "spark")],
        HeaderFile.Parse(["# of the collector", "", " authorization: Bearer a:b ", "x-tenant:spark"], Refused));

    [Theory]
    [InlineData("no header")]
    [InlineData(": nothing")]
    [InlineData("a b: c")]
    [InlineData("a: b\u0007")]
    public void What_is_no_header_is_refused_by_its_line_and_without_its_words(string line)
    {
        var refused = Assert.Throws<SettingsException>(() => HeaderFile.Parse(["a: b", line], Refused));
        Assert.Equal("line 2", refused.Message);
    }

    private static SettingsException Refused(int line) => new($"line {line}");
}
