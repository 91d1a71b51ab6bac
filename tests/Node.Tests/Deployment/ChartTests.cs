using System.Globalization;
using System.Text.RegularExpressions;

namespace CubeActors.Node.Tests;

/// <summary>The chart and the container file under deploy/ agree with the program. That the templates render is for helm to say, which tests do not have.</summary>
public sealed partial class ChartTests
{
    private readonly IReadOnlyDictionary<string, string> _values = DeployFiles.Values(DeployFiles.Chart + "values.yaml");
    private readonly string _pod = DeployFiles.Text(DeployFiles.Chart + "templates/daemonset.yaml");
    private readonly NodeSettings _sample = DeployFiles.Sample();

    [Fact]
    public void Every_value_that_a_template_names_is_there_and_every_value_is_used()
    {
        var templates = Directory.EnumerateFiles(Path.Combine(DeployFiles.Root(), "deploy", DeployFiles.Chart, "templates")).Select(File.ReadAllText);
        var named = templates.SelectMany(text => ValueName().Matches(text)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.All(named, name => Assert.Contains(_values.Keys, value => value == name || value.StartsWith(name + ".", StringComparison.Ordinal)));
        Assert.All(_values.Keys, value => Assert.Contains(named, name => value == name || value.StartsWith(name + ".", StringComparison.Ordinal)));
    }

    [Fact]
    public void Its_ports_are_those_of_the_units()
    {
        var identity = _sample.DataNode.Identity;
        Assert.Equal(
            [identity.DataPort, identity.SmuxPort, int.Parse(identity.RaftHeartbeatPort, CultureInfo.InvariantCulture), int.Parse(identity.RaftReplicaPort, CultureInfo.InvariantCulture), _sample.Http!.EndPoint.Port],
            ((string[])["data", "smux", "raftHeartbeat", "raftReplica", "prof"]).Select(name => Number($"ports.{name}")));
    }

    [Fact]
    public void Its_configuration_is_one_that_the_program_reads()
    {
        var json = DeployFiles.Text(DeployFiles.Chart + "templates/configmap.yaml");
        json = json[json.IndexOf('{', json.IndexOf("datanode.json: |", StringComparison.Ordinal))..json.IndexOf("tunables.conf:", StringComparison.Ordinal)];
        var filled = DiskList().Replace(json, "[\"/data/disk1:10737418240\"]").Replace("@HOST_IP@", "192.0.2.11", StringComparison.Ordinal);
        filled = Expression().Replace(filled, match => match.Groups[1].Value switch
        {
            var text when text.Contains("masters", StringComparison.Ordinal) => "[\"192.0.2.1:17010\"]",
            var text => Quoted(text, _values[ValueName().Match(text).Groups[1].Value]),
        });
        var settings = NodeSettingsReader.Read(DataNodeFile.Parse("configmap.yaml", filled), null, () => "");
        Assert.Empty(settings.Notes);
        Assert.Equal(_sample.DataNode.Identity with { ZoneName = _values["zoneName"], BindToLocalAddress = true }, settings.DataNode.Identity);

        static string Quoted(string expression, string value) => expression.Contains("quote", StringComparison.Ordinal) ? $"\"{value}\"" : value;
    }

    [Fact]
    public void A_pod_is_given_more_time_to_stop_than_the_node_takes_at_the_most() =>
        Assert.True(Number("terminationGracePeriodSeconds") >= (_sample.Process.StopDeadline + TimeSpan.FromSeconds(15)).TotalSeconds);

    [Fact]
    public void Each_probe_asks_for_its_own_and_a_start_may_take_half_an_hour()
    {
        Assert.Equal(
            [("startupProbe", "/startupz"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")],
            ProbePath().Matches(_pod).Select(match => (match.Groups[1].Value, match.Groups[2].Value)));
        Assert.True(Number("startupProbe.periodSeconds") * Number("startupProbe.failureThreshold") >= 1800);
        // A machine that swaps or a collection that takes long is no process that hangs.
        Assert.True(Number("livenessProbe.periodSeconds") * Number("livenessProbe.failureThreshold") >= 60);
    }

    [Fact]
    public void One_node_at_a_time_is_taken_down_and_none_is_doubled()
    {
        foreach (var line in (string[])["hostNetwork: true", "maxUnavailable: 1", "maxSurge: 0", "type: RollingUpdate"]) Assert.Contains(line, _pod, StringComparison.Ordinal);
        Assert.DoesNotContain("maxUnavailable", DeployFiles.Text(DeployFiles.Chart + "templates/poddisruptionbudget.yaml"), StringComparison.Ordinal); // a DaemonSet has no scale
        Assert.True(Number("minReadySeconds") >= 10);
    }

    [Fact]
    public void The_container_file_names_no_registry_and_exposes_the_ports()
    {
        var lines = DeployFiles.Text(DeployFiles.Containerfile).Split('\n');
        Assert.All(lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)), line => Assert.StartsWith("FROM ${", line));
        Assert.Equal(
            $"EXPOSE {string.Join(' ', ((string[])["data", "smux", "raftHeartbeat", "raftReplica", "prof"]).Select(name => _values[$"ports.{name}"]))}",
            lines.Single(line => line.StartsWith("EXPOSE ", StringComparison.Ordinal)));
        Assert.Contains($"ARG CUBEACTORS_ID={_values["userId"]}", lines);
    }

    [Fact]
    public void Its_version_is_that_of_the_program()
    {
        var version = ProjectVersion().Match(File.ReadAllText(Path.Combine(DeployFiles.Root(), "Directory.Build.props"))).Groups[1].Value;
        Assert.Equal(version, DeployFiles.Values(DeployFiles.Chart + "Chart.yaml")["appVersion"]);
    }

    private int Number(string value) => int.Parse(_values[value], CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.Values\.([\w.]+)")]
    private static partial Regex ValueName();

    [GeneratedRegex(@"\{\{-? (.*?) \}\}")]
    private static partial Regex Expression();

    [GeneratedRegex(@"\[\{\{ range.*\]")]
    private static partial Regex DiskList();

    [GeneratedRegex(@"(\w+Probe):\n\s+httpGet: \{ path: (\S+), port: prof \}")]
    private static partial Regex ProbePath();

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex ProjectVersion();
}
