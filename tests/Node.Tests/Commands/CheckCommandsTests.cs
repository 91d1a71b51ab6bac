using System.Text.Json;

namespace CubeActors.Node.Tests;

/// <summary>Goal: exit codes and output of the checks. Method: the whole command line on a directory of this machine.</summary>
public sealed class CheckCommandsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_check_without_problem_ends_0_and_leaves_no_trace()
    {
        var config = Config(("disks", $"[\"{PathOf("disk")}:1048576\"]"));
        var run = await CapturedRun.OfAsync("node", "check", "--config", config, "--conf", SmallDisk(), "--offline");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("no problems", run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(PathOf("disk")));
        Assert.False(Directory.Exists(PathOf("raft")));
    }

    [Fact]
    public async Task A_problem_ends_1_and_stands_first_with_what_to_do()
    {
        var run = await CapturedRun.OfAsync("node", "check", "--config", Config(("disks", $"[\"{PathOf("none")}:0\"]")), "--offline");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        var lines = run.Out.Split('\n');
        Assert.Equal($"problem  {PathOf("none")}: does not exist", lines[0]);
        Assert.Contains("-> mount the disk there", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_get_one_JSON_object()
    {
        var run = await CapturedRun.OfAsync("node", "check", "--config", Config(("disks", $"[\"{PathOf("none")}:0\"]")), "--offline", "--json");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        var report = JsonDocument.Parse(run.Out).RootElement;
        Assert.False(report.GetProperty("ok").GetBoolean());
        var finding = report.GetProperty("findings").EnumerateArray().First();
        Assert.Equal(("problem", "disk", PathOf("none")), (finding.GetProperty("severity").GetString(), finding.GetProperty("check").GetString(), finding.GetProperty("subject").GetString()));
    }

    [Fact]
    public async Task A_disk_that_this_program_never_used_may_be_handed_back()
    {
        var run = await CapturedRun.OfAsync("node", "handback-check", "--config", Config(("disks", $"[\"{PathOf("disk")}:0\"]")));
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("has never used it", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("handback-check")]
    public async Task A_configuration_that_cannot_be_read_ends_2(string command)
    {
        var run = await CapturedRun.OfAsync("node", command, "--config", Config(("listen", "17310")));
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        Assert.Contains("listen is the number 17310", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_that_does_not_answer_is_a_problem()
    {
        var run = await CapturedRun.OfAsync("node", "check", "--config", Config(("disks", $"[\"{PathOf("disk")}:0\"]"), ("masterAddr", "[\"127.0.0.77:1\"]")));
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("problem  127.0.0.77:1: ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_is_interrupted_ends_130()
    {
        var run = await CapturedRun.OfAsync(["node", "check", "--config", Config(("disks", $"[\"{PathOf("disk")}:0\"]"))], new CancellationToken(canceled: true));
        Assert.Equal((ExitCode.Interrupted, "interrupted"), (run.ExitCode, Assert.Single(run.ErrorLines)));
    }

    [Fact]
    public void The_machine_is_seen_as_it_is()
    {
        var files = Runtime.Files.LinuxFileSystem.Instance;
        Directory.CreateDirectory(PathOf("disk"));
        using var port = new Runtime.TcpNetwork().Listen(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("127.0.0.77"), 0));
        using var held = files.TryLockDirectory(PathOf("disk"));
        var machine = MachineSurvey.Run([PathOf("disk")], CancellationToken.None);
        Assert.Contains(machine.Mounts, mount => mount.Path == "/");
        Assert.Contains(machine.Listeners, listener => listener.EndPoint.Equals(port.LocalEndPoint));
        Assert.True(machine.OpenFilesMax > 0);
        var use = machine.UseOf(PathOf("disk"));
        Assert.True(use.IsWritable);
        Assert.Equal(Environment.ProcessId, use.LockHolder?.Id);
    }

    private string Config(params (string Key, string Value)[] changes)
    {
        Directory.CreateDirectory(PathOf("disk"));
        File.WriteAllText(PathOf("datanode.json"), SampleConfig.With(
            [("localIP", "\"127.0.0.79\""), ("raftDir", $"\"{PathOf("raft")}\""), ("logLevel", "\"critical\""), .. changes]));
        return PathOf("datanode.json");
    }

    private string SmallDisk()
    {
        File.WriteAllText(PathOf("small.conf"), "cubeactors.storage.reserve-floor = 1 MiB");
        return PathOf("small.conf");
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
