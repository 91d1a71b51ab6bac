namespace CubeActors.Node.Tests;

/// <summary>What is bound before the command line is looked at is what would be bound after.</summary>
public sealed class EarlyPortsTests
{
    [Theory]
    [InlineData("a.json", "node", "--config", "a.json")]
    [InlineData("a.json", "node", "-c", "a.json", "--conf", "b.conf")]
    [InlineData("a.json", "node", "--conf=b.conf", "--config=a.json")]
    [InlineData(null, "node", "check", "--config", "a.json")]
    [InlineData(null, "node", "handback-check", "--config", "a.json")]
    [InlineData(null, "node", "--config", "a.json", "check")]
    [InlineData(null, "node", "--config", "a.json", "--help")]
    [InlineData(null, "node", "--config", "a.json", "--config", "b.json")]
    [InlineData(null, "node", "--config")]
    [InlineData(null, "node", "--conf", "b.conf")]
    [InlineData(null, "master", "--config", "a.json")]
    [InlineData(null)]
    public void Only_a_start_binds_early(string? config, params string[] arguments) => Assert.Equal(config, EarlyPorts.ConfigOf(arguments));

    [Theory]
    [InlineData("listen", "\"17311\"")]
    [InlineData("smuxPortShift", "600")]
    [InlineData("bindIp", "false")]
    [InlineData("localIP", null)]
    [InlineData("prof", null)]
    [InlineData("prof", "17320")] // a number counts as missing
    [InlineData("exporterPort", "9500")]
    [InlineData("exporterPort", "\"no\"")]
    [InlineData("exporterEnable", "false")]
    public void The_ports_alone_are_those_of_a_whole_read(string key, string? value)
    {
        var file = DataNodeFile.Parse("f", SampleConfig.With((key, value)));
        Assert.Equal(PortPlan.Of(NodeSettingsReader.Read(file, null)), NodeSettingsReader.ReadPorts(file));
    }

    [Theory]
    [InlineData("listen", "\"99999\"")]
    [InlineData("raftReplica", "17340")]
    [InlineData("raftReplica", "\"17310\"")]
    public void Ports_that_allow_no_start_are_refused_in_the_same_words(string key, string value)
    {
        var file = DataNodeFile.Parse("f", SampleConfig.With((key, value)));
        var whole = Assert.Throws<SettingsException>(() => NodeSettingsReader.Read(file, null));
        Assert.Equal(whole.Message, Assert.Throws<SettingsException>(() => NodeSettingsReader.ReadPorts(file)).Message);
    }
}
