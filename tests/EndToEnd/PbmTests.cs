using System.Text.Json;

namespace CubeActors.EndToEnd;

/// <summary>Every command of pbm against a running cluster, in processes of their own. One cluster for all: the tests change nothing that another one sees, but for the last.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class PbmTests(PbmTests.Cluster shared) : IClassFixture<PbmTests.Cluster>
{
    /// <summary>Source: docs/reference/pbm.md, exit codes.</summary>
    private const int Success = 0, Refused = 1, Usage = 2, Unreachable = 3, NotFound = 4;

    /// <summary>Commands whose exit code depends on what the cluster is doing; all others succeed. Those with arguments stand below.</summary>
    private static readonly string[] Looks =
    [
        "node phase --ready", "node config", "node version", "node gc", "node drain status", "actor tree", "actor show node/listener", "partition list", "partition gate", "partition parked", "raft list", "repair list",
        "repair history", "operation list", "operation history", "operation alerts", "disk list", "disk io", "cluster members", "cluster reachability", "log level", "log tail", "log slow",
    ];

    private NodePlace Node => shared.Processes.Nodes[0];

    [Fact]
    public async Task Every_command_that_looks_answers_people_and_scripts()
    {
        // Several lines of one prompt: a process for each of them would take longer than all they ask for.
        foreach (var isJson in (bool[])[false, true])
        {
            var run = await RunAsync([$"{Node.Probes}", .. isJson ? ["--json"] : Array.Empty<string>()], string.Join('\n', Looks.Concat(WithArguments()).Append("exit")));
            Assert.True(await run.ExitAsync() == Success, run.Describe());
            Assert.Empty(run.Errors);
            if (isJson) Assert.Equal(Looks.Length + WithArguments().Count, Documents(string.Join('\n', run.Output)));
        }
    }

    [Fact]
    public async Task What_is_shown_is_what_the_cluster_is()
    {
        var leader = shared.Led;
        var node = await JsonAsync(Node, "node phase");
        Assert.Equal(("Ready", Node.Address), (node.GetProperty("phase").GetString(), node.GetProperty("address").GetString()));
        var tree = await JsonAsync(Node, "actor tree");
        Assert.Equal(0, tree.GetProperty("silent").GetInt32());
        Assert.Contains(Paths(tree.GetProperty("actor")), path => path.EndsWith($"partition-{leader}/raft", StringComparison.Ordinal));
        var members = (await JsonAsync(Node, "cluster reachability")).GetProperty("members").EnumerateArray().ToList();
        Assert.Equal(shared.Processes.Nodes.Skip(1).Select(other => other.Address).Order(), members.Select(member => member.GetProperty("address").GetString()).Order());
        var settings = (await JsonAsync(Node, "node config")).GetProperty("settings").EnumerateArray().ToDictionary(setting => setting.GetProperty("key").GetString()!, setting => setting.GetProperty("value").GetString());
        Assert.Equal((Node.Ip.ToString(), "1 ms"), (settings["localIP"], settings["cubeactors.data-path.slow-request"]));
        var slow = await JsonAsync(Node, "log slow");
        Assert.True(slow.GetProperty("thresholdMilliseconds").GetDouble() > 0);
    }

    [Fact]
    public async Task Errors_have_codes_of_their_own()
    {
        Assert.Equal(NotFound, await (await RunAsync([$"{Node.Probes}", "partition", "show", "999"])).ExitAsync());
        Assert.Equal(Usage, await (await RunAsync([$"{Node.Probes}", "partitoin", "list"])).ExitAsync());
        Assert.Equal(Unreachable, await (await RunAsync([$"{Node.Ip}:1", "node", "phase"])).ExitAsync());
        var port = await RunAsync([$"{shared.Processes.Master}", "node", "phase"]); // a master is no node
        Assert.True(await port.ExitAsync() is Unreachable or NotFound, port.Describe());
    }

    /// <summary>Commands that order something, each with its scenario.</summary>
    private static readonly Dictionary<string, Func<PbmTests, Task>> Orders = new()
    {
        ["log level"] = static tests => tests.SetLevelAsync(),
        ["raft transfer"] = static tests => tests.TransferAsync(),
        ["node drain"] = static tests => tests.DrainAsync(),
        ["node trace"] = static tests => tests.TraceAsync(),
        ["node dump"] = static tests => tests.DumpAsync(),
        ["operation cancel"] = static tests => tests.CancelAsync("operation"),
        ["repair cancel"] = static tests => tests.CancelAsync("repair"),
    };

    public static TheoryData<string> OrderNames => [.. Orders.Keys];

    [Theory]
    [MemberData(nameof(OrderNames))]
    public Task An_order_is_carried_out_or_refused_in_words(string command) => Orders[command](this);

    /// <summary>The reference is made of the tree of commands, and a test of pbm compares it.</summary>
    [Fact]
    public void Every_command_has_a_scenario()
    {
        var commands = File.ReadLines(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "reference", "pbm.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal) && !line.StartsWith("### Shape ", StringComparison.Ordinal)).Select(line => line[4..]).ToList();
        Assert.NotEmpty(commands);
        Assert.Empty(commands.Except(Looks.Concat(WithArguments()).Select(line => string.Join(' ', line.Split(' ')[..2]))).Except(Orders.Keys));
    }

    private async Task SetLevelAsync()
    {
        await SucceedAsync(Node, "log level debug");
        Assert.Equal("debug", (await JsonAsync(Node, "log level")).GetProperty("level").GetString());
        await SucceedAsync(Node, "log level info");
    }

    /// <summary>To another member and, from there, back: the other tests find the cluster as it was.</summary>
    private async Task TransferAsync()
    {
        var partition = shared.Led;
        var to = (await JsonAsync(Node, $"raft transfer {partition}")).GetProperty("to").GetString()!;
        var other = shared.Processes.NodeAt(to);
        await Eventually.TrueAsync("another member leads", async () => await Node.RoleAsync(partition) != "Leader", shared.Processes.Describe);
        await shared.Processes.LeadAsync(Node, partition);
        Assert.Equal(Refused, await (await RunAsync([$"{other.Probes}", "raft", "transfer", $"{partition}"])).ExitAsync()); // it does not lead any more
    }

    private async Task DrainAsync()
    {
        await SucceedAsync(Node, "node drain start --wait");
        Assert.Equal(Refused, await (await RunAsync([$"{Node.Probes}", "node", "phase", "--ready"])).ExitAsync());
        await SucceedAsync(Node, "node drain cancel");
        await shared.Processes.LeadAsync(Node, shared.Led);
    }

    private async Task TraceAsync()
    {
        var file = Path.Combine(shared.Processes.Root, "a.nettrace");
        await SucceedAsync(Node, $"node trace --seconds 1 --profile gc --output {file}");
        Assert.True(new FileInfo(file).Length > 1000);
        if (ProgramRun.IsMachineCode) await RefusedAsync(Node, "node trace", "perf record");
    }

    /// <summary>Only the user of the node may read what was in its memory. Of another node: it stands still meanwhile.</summary>
    private async Task DumpAsync()
    {
        if (ProgramRun.IsMachineCode)
        {
            await RefusedAsync(Node, "node dump", "gcore");
            return;
        }

        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var dump = await JsonAsync(shared.Processes.Nodes[2], "node dump --kind mini");
        var file = dump.GetProperty("file").GetString()!;
        var directory = Path.GetDirectoryName(file)!;
        try
        {
            Assert.Equal((own, own | UnixFileMode.UserExecute), (File.GetUnixFileMode(file), File.GetUnixFileMode(directory)));
            Assert.Equal(new FileInfo(file).Length, dump.GetProperty("bytes").GetInt64());
            var magic = new byte[4];
            await using var content = File.OpenRead(file);
            await content.ReadExactlyAsync(magic);
            Assert.Equal("\u007fELF"u8.ToArray(), magic);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What has ended cannot be cancelled any more, and who tries is told so.</summary>
    private async Task CancelAsync(string palette)
    {
        var run = await RunAsync([$"{Node.Probes}", palette, "cancel", shared.Operation]);
        Assert.Equal(Refused, await run.ExitAsync());
        Assert.Contains(run.Errors, line => line.Contains("ended", StringComparison.Ordinal));
    }

    private static string Here([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;

    /// <summary>Commands with what the cluster has.</summary>
    private IReadOnlyList<string> WithArguments() =>
        [$"partition show {shared.Led}", $"partition extents {shared.Led}", $"raft show {shared.Led}", $"disk show {Node.Disk}", $"operation show {shared.Operation}", $"repair show {shared.Operation}"];

    /// <summary>JSON documents one behind the other.</summary>
    private static int Documents(string text)
    {
        var count = 0;
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            reader.Skip();
            count++;
        }

        return count;
    }

    private static IEnumerable<string> Paths(JsonElement actor) =>
        actor.GetProperty("children").EnumerateArray().SelectMany(Paths).Prepend(actor.GetProperty("path").GetString()!);

    private static async Task<JsonElement> JsonAsync(NodePlace node, string line)
    {
        await using var run = await RunAsync([$"{node.Probes}", .. line.Split(' '), "--json"]);
        Assert.True(await run.ExitAsync() is Success or Refused, run.Describe());
        using var document = JsonDocument.Parse(string.Join('\n', run.Output));
        return document.RootElement.Clone();
    }

    private static async Task SucceedAsync(NodePlace node, string line)
    {
        await using var run = await RunAsync([$"{node.Probes}", .. line.Split(' ')]);
        Assert.True(await run.ExitAsync() == Success, run.Describe());
    }

    private static async Task RefusedAsync(NodePlace node, string line, string instead)
    {
        await using var run = await RunAsync([$"{node.Probes}", .. line.Split(' ')]);
        Assert.Equal(Refused, await run.ExitAsync());
        Assert.Contains(run.Errors, error => error.Contains(instead, StringComparison.Ordinal));
    }

    private static async Task<ProgramRun> RunAsync(IEnumerable<string> arguments, string input = "")
    {
        var run = ProgramRun.StartPbm(arguments, input);
        await run.ExitAsync();
        return run;
    }

    /// <summary>Three nodes with a volume of three replicas, of which the first leads a group.</summary>
    public sealed class Cluster : IAsyncLifetime
    {
        private const int Partitions = 3;

        internal ClusterProcesses Processes { get; private set; } = null!; // set before any test runs

        /// <summary>A partition whose group the first node leads.</summary>
        public ulong Led { get; private set; }

        /// <summary>One of the ledger: the creation of a partition.</summary>
        public string Operation { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Processes = await ClusterProcesses.StartAsync(SilentOutput.Instance, tunables: "cubeactors.data-path.slow-request = 1 ms");
            Led = (await Processes.CreateVolumeAsync(Partitions, replicas: 3))[0].PartitionId.Value;
            await Processes.LeadAsync(Processes.Nodes[0], Led);
            Operation = (await Processes.Nodes[0].OperateAsync(HttpMethod.Get, "operations?state=done")).GetProperty("operations")[0].GetProperty("id").GetString()!;
        }

        public async Task DisposeAsync() => await Processes.DisposeAsync();
    }
}
