using System.Text.Json;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.TestKit;

namespace CubeActors.Node.Tests;

/// <summary>Goal: what <c>node drain</c> orders, prints and ends with. Method: the whole command line against a node's HTTP port whose drain the test writes.</summary>
public sealed class DrainCommandTests : OperatorPathTest
{
    private static readonly TimeSpan AskPeriod = TimeSpan.FromSeconds(1);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-tests-");
    private readonly VirtualTime _time = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task It_gives_the_order_and_says_what_is_still_led_and_why()
    {
        Drain.Status = Draining(isDone: false, HandedOver(7), Led(9, "no other member is heard"));
        var run = await RunAsync();
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal("draining: 1 groups handed over, 1 still led here, 3 connections, 2 requests in flight\n  partition 9: no other member is heard\n", run.Out);
        Assert.Equal(["begin"], Drain.Orders);
    }

    [Fact]
    public async Task With_wait_it_returns_when_nothing_is_led_here_any_more()
    {
        Drain.Status = Draining(isDone: false, Led(7, "member 2 is asked whether it serves"));
        var run = RunAsync("--wait");
        await DueAsync(run);
        Drain.Status = Draining(isDone: true, HandedOver(7));
        _time.Advance(AskPeriod);
        Assert.Equal((ExitCode.Success, "drained: 1 groups handed over, 0 still led here, 3 connections, 2 requests in flight\n"), ((await run).ExitCode, (await run).Out));
        Assert.Equal(["begin"], Drain.Orders); // asking how far it is gives no order
    }

    [Fact]
    public async Task With_wait_it_fails_where_the_node_goes_on_leading()
    {
        Drain.Status = Draining(isDone: true, Led(7, "no other member is heard"));
        var run = await RunAsync("--wait");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("partition 7: no other member is heard", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_is_taken_back()
    {
        var run = await RunAsync("--cancel", "--wait");
        Assert.Equal((ExitCode.Success, "idle: 0 groups handed over, 0 still led here, 0 connections, 0 requests in flight\n"), (run.ExitCode, run.Out));
        Assert.Equal(["cancel"], Drain.Orders);
    }

    [Fact]
    public async Task A_node_that_refuses_says_why()
    {
        Drain.Refusal = "the node is stopping, which is not taken back";
        var run = await RunAsync("--cancel");
        Assert.Equal((ExitCode.Failed, "the node refused: the node is stopping, which is not taken back\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_with_its_address()
    {
        await base.DisposeAsync();
        var run = await RunAsync();
        Assert.Equal(ExitCode.BadSettings, run.ExitCode);
        Assert.Contains($"the node at http://{EndPoint}/ does not answer", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait_and_takes_nothing_back()
    {
        using var stop = new CancellationTokenSource();
        Drain.Status = Draining(isDone: false, Led(7, "member 2 is asked whether it serves"));
        var run = CapturedRun.OfAsync(["node", "drain", "--config", Config(), "--wait"], stop.Token, _time);
        await DueAsync(run);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, (await run).ExitCode);
        Assert.Equal(["begin"], Drain.Orders);
    }

    private static DrainStatus Draining(bool isDone, params GroupDrain[] groups) => new(true, false, isDone, VirtualTime.Epoch, TimeSpan.FromSeconds(12), groups, 3, 2);

    private static GroupDrain HandedOver(ulong partition) => new(new PartitionId(partition), DrainStep.HandedOver, "127.0.0.12:17310", "");

    private static GroupDrain Led(ulong partition, string why) => new(new PartitionId(partition), DrainStep.Led, "", why);

    private Task<CapturedRun> RunAsync(params string[] options) => CapturedRun.OfAsync(["node", "drain", "--config", Config(), .. options], CancellationToken.None, _time);

    /// <summary>Returns when the command has asked once and waits to ask again.</summary>
    private async Task DueAsync(Task run)
    {
        while (!_time.IsDueIn(AskPeriod))
        {
            Assert.False(run.IsCompleted, "the command did not wait");
            await Task.Yield();
        }
    }

    private string Config()
    {
        var path = Path.Combine(_directory.FullName, "datanode.json");
        File.WriteAllText(path, SampleConfig.With(("localIP", "\"127.0.0.1\""), ("prof", JsonSerializer.Serialize($"{EndPoint.Port}"))));
        return path;
    }
}
