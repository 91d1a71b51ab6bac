using System.Net;
using CubeActors.Runtime;

namespace CubeActors.Node.Tests;

/// <summary>Goal: every mistake of a user ends with the documented exit code and one line that names it. Method: the whole command line, in this process.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("--help")]
    [InlineData("node", "--help")]
    [InlineData("node", "check", "--help")]
    [InlineData("node", "handback-check", "--help")]
    [InlineData("master", "--help")]
    [InlineData("volume", "create", "--help")]
    [InlineData("put", "--help")]
    [InlineData("get", "--help")]
    [InlineData("ls", "--help")]
    [InlineData("rm", "--help")]
    [InlineData("quickstart", "--help")]
    public async Task Help_teaches_by_example_and_is_no_failure(params string[] arguments)
    {
        var run = await CapturedRun.OfAsync(arguments);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains(CommandLine.Program, run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Required command", new string[0])]
    [InlineData("--config", new[] { "node" })]
    [InlineData("--config", new[] { "node", "check" })]
    [InlineData("--config", new[] { "node", "handback-check" })]
    [InlineData("--confg", new[] { "node", "--config", "f", "--confg", "g" })]
    [InlineData("--data", new[] { "master" })]
    [InlineData("frobnicate", new[] { "frobnicate" })]
    [InlineData("many", new[] { "volume", "create", "photos", "--partitions", "many" })]
    [InlineData("--replica", new[] { "get", "v/n", "f", "--replica", "-1" })]
    public async Task A_wrong_command_line_ends_2_and_names_what_is_wrong(string expected, string[] arguments)
    {
        var run = await CapturedRun.OfAsync(arguments);
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("Try: ", run.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--partitions is 0", "volume", "create", "photos", "--partitions", "0")]
    [InlineData("--replicas is 4", "volume", "create", "photos", "--replicas", "4")]
    [InlineData("--partition-size is \"big\"", "volume", "create", "photos", "--partition-size", "big")]
    [InlineData("\"photos\" names no object", "rm", "photos")]
    [InlineData("\"photos/\" names no object", "rm", "photos/")]
    [InlineData("\"/cat\" names no volume", "ls", "/cat")]
    [InlineData("--master: ", "ls", "photos", "--master", "here:there")]
    [InlineData("--master: ", "ls", "photos", "--master", ",")]
    [InlineData("/nowhere/cat.jpg: there is no such file", "put", "/nowhere/cat.jpg", "photos/cat")]
    [InlineData("is a directory", "put", "/", "photos/cat")]
    [InlineData("is a directory", "get", "photos/cat", "/")]
    [InlineData("--listen is \"17010\"", "master", "--data", "/tmp/x", "--listen", "17010")]
    [InlineData("--listen is \"127.0.0.1\"", "master", "--data", "/tmp/x", "--listen", "127.0.0.1")]
    [InlineData("--file: /nowhere", "quickstart", "--file", "/nowhere")]
    [InlineData("is not empty", "quickstart", "--data", "/")]
    public async Task A_value_that_cannot_be_meant_ends_2_with_one_line(string expected, params string[] arguments)
    {
        var run = await CapturedRun.OfAsync(arguments);
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_that_does_not_answer_ends_1_with_one_line_that_names_it()
    {
        var run = await CapturedRun.OfAsync("ls", "photos", "--master", $"127.0.0.1:{FreePort()}");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("127.0.0.1:", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_is_stopped_before_its_work_is_done_ends_130()
    {
        var run = await CapturedRun.OfAsync(["ls", "photos", "--master", $"127.0.0.1:{FreePort()}"], new CancellationToken(canceled: true));
        Assert.Equal((ExitCode.Interrupted, "interrupted"), (run.ExitCode, Assert.Single(run.ErrorLines)));
    }

    [Fact]
    public async Task A_missing_configuration_ends_2_with_its_name()
    {
        var run = await CapturedRun.OfAsync("node", "--config", PathOf("none.json"));
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        Assert.Equal($"{PathOf("none.json")}: there is no such file; --config needs a datanode.json file", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task A_bad_value_ends_2_with_key_and_file() => await Refused("listen is the number 17310", ("listen", "17310"));

    [Fact]
    public async Task An_unknown_HOCON_key_ends_2_with_key_and_file()
    {
        File.WriteAllText(PathOf("over.conf"), "cubeactors.storage.reserve-flor = 1 GiB");
        var run = await CapturedRun.OfAsync("node", "--config", Config(), "--conf", PathOf("over.conf"));
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        Assert.StartsWith($"{PathOf("over.conf")}: unknown key cubeactors.storage.reserve-flor", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_disk_ends_2_and_is_not_created()
    {
        await Refused("missing does not exist", ("disks", $"[\"{PathOf("missing")}:0\"]"));
        Assert.False(Directory.Exists(PathOf("missing")));
    }

    [Fact]
    public async Task A_disk_that_is_a_file_ends_2_and_is_left_alone()
    {
        File.WriteAllText(PathOf("file"), "precious");
        await Refused("is not a directory", ("disks", $"[\"{PathOf("file")}:0\"]"));
        Assert.Equal("precious", File.ReadAllText(PathOf("file")));
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_ends_2() => await Refused("cannot be used", ("disks", "[\"/proc:0\"]"));

    [Fact]
    public async Task A_disk_smaller_than_its_reserve_ends_2_and_keeps_what_is_on_it()
    {
        File.WriteAllText(PathOf("precious"), "data");
        await Refused("is too small", ("disks", $"[\"{_directory.FullName}:9000000000000000000\"]"));
        Assert.Equal("data", File.ReadAllText(PathOf("precious")));
        Assert.DoesNotContain(_directory.EnumerateFiles(), file => file.Name.Contains("probe", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("listen", 0)]
    [InlineData("prof", 10)]
    [InlineData("listen + smuxPortShift", 500)]
    public async Task A_port_in_use_ends_2_and_names_its_key(string key, int shift)
    {
        var first = FreePort();
        using var taken = new TcpNetwork().Listen(new IPEndPoint(TestAddress, first + shift));
        await Refused($"{key}: port {first + shift} of {TestAddress} is in use", ("listen", $"\"{first}\""), ("prof", $"\"{first + 10}\""));
    }

    [Fact]
    public async Task An_address_of_another_machine_ends_2() => await Refused("192.0.2.1 is not an address of this machine", ("localIP", "\"192.0.2.1\""));

    [Fact]
    public async Task Ports_other_than_those_of_the_first_start_end_2()
    {
        Directory.CreateDirectory(PathOf("raft"));
        File.WriteAllText(Path.Combine(PathOf("raft"), "constcfg"), """{"listen":"17999","raftReplicaPort":"17340","raftHeartbetPort":"17330"}""");
        await Refused("\"17999\", the port that", ("listen", "\"17310\""));
    }

    /// <summary>127.0.0.0/8 is all ours; an address that no other test uses leaves the customary ports alone.</summary>
    private static IPAddress TestAddress { get; } = IPAddress.Parse("127.0.0.77");

    private async Task Refused(string expected, params (string Key, string Value)[] changes)
    {
        var config = Config(changes);
        var run = await CapturedRun.OfAsync("node", "--config", config);
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        var line = Assert.Single(run.ErrorLines);
        Assert.StartsWith(config + ": ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    private string Config(params (string Key, string Value)[] changes)
    {
        Directory.CreateDirectory(PathOf("disk"));
        var defaults = new (string Key, string Value)[]
        {
            ("localIP", $"\"{TestAddress}\""), ("raftDir", $"\"{PathOf("raft")}\""), ("disks", $"[\"{PathOf("disk")}:0\"]"), ("logLevel", "\"critical\""),
        };
        File.WriteAllText(PathOf("datanode.json"), SampleConfig.With([.. defaults, .. changes]));
        return PathOf("datanode.json");
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>A port that nobody had a moment ago, with room for smux above it.</summary>
    private static int FreePort()
    {
        using var probe = new TcpNetwork().Listen(new IPEndPoint(TestAddress, 0));
        return Math.Min(probe.LocalEndPoint.Port, IPEndPoint.MaxPort - 1000);
    }
}
