using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace CubeActors.EndToEnd;

/// <summary>Starts that cannot be: one line that names the key or the file and says what to do, an exit code, and nothing touched.</summary>
public sealed class StartErrorTests : IDisposable
{
    /// <summary>Source: README.md, exit codes.</summary>
    private const int BadSettings = 2;

    private readonly ITestOutputHelper _output;
    private readonly LoopbackRange _addresses = LoopbackRange.Claim();
    private readonly string _root = Directory.CreateTempSubdirectory("cubeactors-start-errors-").FullName;
    private readonly NodePlace _node;

    public StartErrorTests(ITestOutputHelper output)
    {
        _output = output;
        _node = new NodePlace("node", _addresses[1], Path.Combine(_root, "node"), $"{_addresses[0]}:17010", logLevel: "error");
        File.WriteAllText(Path.Combine(_node.Disk, "precious"), "what somebody keeps on this disk");
    }

    /// <summary>Name of the case, and what its line has to name, in words of which {config}, {tunables}, {disk} and {ip} stand for what they are.</summary>
    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "a bad value", ["{config}", "listen", "\"99999\"", "accepted"] },
        { "a value of the wrong kind", ["{config}", "raftReplica", "the number 17340", "accepted"] },
        { "a needed key that is missing", ["{config}", "mediaType", "missing", "1 for SSD or 2 for HDD"] },
        { "broken JSON", ["{config}", "not valid JSON", "line"] },
        { "no configuration", ["{config}", "no such file", "--config"] },
        { "an unknown HOCON key", ["{tunables}", "cubeactors.data-path.bufer-budget", "did you mean cubeactors.data-path.buffer-budget"] },
        { "a bad HOCON value", ["{tunables}", "cubeactors.data-path.drain", "soon", "a duration"] },
        { "a data port in use", ["{config}", "listen", "17310", "{ip}", "in use", "choose another port"] },
        { "an HTTP port in use", ["{config}", "prof", "17320", "{ip}", "in use", "choose another port"] },
        { "a missing disk", ["{config}", "disks", "{disk}-missing", "does not exist", "mount"] },
        { "a disk that is a file", ["{config}", "disks", "{disk}/precious", "not a directory"] },
        { "a disk that cannot be written", ["{config}", "disks", "/proc", "cannot be used", "permissions"] },
        { "a disk that is too small", ["{config}", "disks", "{disk}", "too small", "lower its reserve"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_ends_the_start_with_one_line_that_names_it_and_changes_nothing(string mistake, string[] named)
    {
        using var taken = Make(mistake);
        var before = DirectoryPicture.Take(_root);

        await using var run = ProgramRun.Start(mistake, _node.Arguments);
        Assert.Equal(BadSettings, await run.ExitAsync());

        var line = Assert.Single(run.Errors);
        _output.WriteLine($"{mistake}: {line}");
        foreach (var part in named)
        {
            var expected = part.Replace("{config}", _node.Config, StringComparison.Ordinal).Replace("{tunables}", _node.Tunables, StringComparison.Ordinal)
                .Replace("{disk}", _node.Disk, StringComparison.Ordinal).Replace("{ip}", $"{_node.Ip}", StringComparison.Ordinal);
            Assert.Contains(expected, line, StringComparison.Ordinal);
        }

        Assert.Empty(run.Output);
        Assert.Equal(before, DirectoryPicture.Take(_root));
    }

    [Fact]
    public async Task A_master_whose_port_is_taken_says_so_in_one_line()
    {
        using var taken = Listen(new IPEndPoint(_addresses[0], 17010));
        await using var run = ProgramRun.Start("master", "master", "--listen", $"{_addresses[0]}:17010", "--data", Path.Combine(_root, "master"));
        Assert.Equal(BadSettings, await run.ExitAsync());
        var line = Assert.Single(run.Errors);
        _output.WriteLine(line);
        Assert.Contains($"{_addresses[0]}", line, StringComparison.Ordinal);
        Assert.Contains("17010", line, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        _addresses.Dispose();
    }

    /// <returns>What has to be held while the node starts.</returns>
    private Socket? Make(string mistake)
    {
        switch (mistake)
        {
            case "a bad value":
                Configure("listen", "99999");
                break;
            case "a value of the wrong kind":
                Configure("raftReplica", 17340);
                break;
            case "a needed key that is missing":
                _node.WriteConfig(config => config.Remove("mediaType"));
                break;
            case "broken JSON":
                File.WriteAllText(_node.Config, "{ \"role\": \"datanode\",\n  \"listen\" \"17310\" }");
                break;
            case "no configuration":
                File.Delete(_node.Config);
                break;
            case "an unknown HOCON key":
                _node.WriteTunables("cubeactors.data-path.bufer-budget = 1 GiB");
                break;
            case "a bad HOCON value":
                _node.WriteTunables("cubeactors.data-path.drain = soon");
                break;
            case "a data port in use":
                return Listen(_node.Data);
            case "an HTTP port in use":
                return Listen(_node.Probes);
            case "a missing disk":
                ConfigureDisk($"{_node.Disk}-missing");
                break;
            case "a disk that is a file":
                ConfigureDisk(Path.Combine(_node.Disk, "precious"));
                break;
            case "a disk that cannot be written":
                ConfigureDisk("/proc"); // the tests may run as root, who is refused nowhere else
                break;
            case "a disk that is too small":
                ConfigureDisk(_node.Disk, 1L << 60);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(mistake), mistake, "no such case");
        }

        return null;
    }

    private void Configure(string key, JsonNode value) => _node.WriteConfig(config =>
    {
        config["logLevel"] = "error";
        config[key] = value;
    });

    private void ConfigureDisk(string path, long reserveBytes = NodePlace.ReserveBytes) => Configure("disks", new JsonArray($"{path}:{reserveBytes}"));

    private static Socket Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(endPoint);
        socket.Listen();
        return socket;
    }
}
