using CubeActors.Protocol.Objects;
using Microsoft.Playwright;

namespace CubeActors.EndToEnd;

/// <summary>The dashboard of running nodes in a real browser. One cluster for all: each test leaves it as it found it. Pictures are kept under artifacts/screenshots.</summary>
public sealed class DashboardTests(DashboardTests.Watched shared, ITestOutputHelper output) : IClassFixture<DashboardTests.Watched>
{
    private const int MiB = 1 << 20, Partitions = 3;

    private ClusterProcesses Cluster => shared.Processes;

    [BrowserFact]
    public async Task The_page_shows_a_node_without_an_error_and_without_asking_anybody_else()
    {
        await using var page = await OpenAsync(Cluster.Nodes[0]);
        await page.Shows("header .pill", "Ready");
        await page.Shows(".tile", "Partitions serving");
        await page.Shows("tbody th", Cluster.Nodes[0].Disk);
        await page.Shows("#header .where", Cluster.Nodes[0].Address);
        var load = LoadAsync(Cluster);
        await load;
        await page.IsSoAsync("the plots move", "() => document.querySelectorAll('#plot-throughput path.line')[0].getAttribute('d').split('L').length > 3");
        await page.PictureAsync("node-desktop-light");
        foreach (var (view, text) in new[] { ("partitions", Cluster.Nodes[0].Disk), ("operations", "Create partition"), ("cluster", "this one") })
        {
            await page.GoToAsync(view);
            await page.Shows("tbody", text);
            await page.PictureAsync($"{view}-desktop-light");
        }

        await page.Page.GetByLabel("Colours").ClickAsync(); // light
        await page.Page.GetByLabel("Colours").ClickAsync(); // dark, whatever the system says
        await AssertDarkAsync(page);
        page.AssertClean();
    }

    [BrowserFact]
    public async Task Events_are_put_together_wherever_the_network_has_cut_them()
    {
        await using var page = await OpenAsync(Cluster.Nodes[0]);
        var seen = await page.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const { EventParser } = await import("/cubeactors/dashboard/stream.js");
              const text = ': \n\nevent: history\ndata: {"a":1}\n\n: \n\nevent: node\ndata: {"b":"ü: x"}\n\nevent: cut';
              const seen = new Set();
              for (let cut = 0; cut <= text.length; cut++) {
                const parser = new EventParser(), events = [];
                for (const part of [text.slice(0, cut), text.slice(cut)]) parser.push(part, (name, data) => events.push(`${name} ${data}`));
                seen.add(events.join("; "));
              }
              return [...seen];
            }
            """);
        Assert.Equal(["""history {"a":1}; node {"b":"ü: x"}"""], seen);
    }

    [BrowserFact]
    public async Task On_a_phone_and_in_the_dark_it_is_all_there_and_nothing_has_to_be_pushed_sideways()
    {
        await using var page = await OpenAsync(Cluster.Nodes[1], "node", WatchedPage.PhoneWidth, 844, ColorScheme.Dark);
        await page.Shows(".tile", "Partitions serving");
        await AssertDarkAsync(page);
        foreach (var (view, text) in new[] { ("node", Cluster.Nodes[1].Disk), ("partitions", Cluster.Nodes[1].Disk), ("operations", "Create partition"), ("cluster", "this one") })
        {
            await page.GoToAsync(view);
            await page.Shows("tbody", text);
            await page.AssertFitsAsync();
            await page.PictureAsync($"{view}-phone-dark");
        }

        page.AssertClean();
        await using var light = await OpenAsync(Cluster.Nodes[1], "node", WatchedPage.PhoneWidth, 844);
        await light.PictureAsync("node-phone-light");
        await using var desktop = await OpenAsync(Cluster.Nodes[1], scheme: ColorScheme.Dark);
        await desktop.PictureAsync("node-desktop-dark");
    }

    [BrowserFact]
    public async Task A_node_that_is_killed_is_seen_by_the_others_at_once_and_by_its_own_page_and_all_is_well_when_it_is_back()
    {
        var killed = Cluster.Nodes[2];
        foreach (var leader in new[] { Cluster.Nodes[0], Cluster.Nodes[1] }) // the first and the last know each other then, and have nothing more to say: the hardest case
            foreach (var partition in await Cluster.WaitWritableAsync(Partitions)) await Cluster.LeadAsync(leader, partition.PartitionId.Value);
        await using var other = await OpenAsync(Cluster.Nodes[0], "cluster");
        await using var own = await OpenAsync(killed);
        await other.Shows(".calm", "All 3 members answer");
        await own.Shows("header .pill", "Ready");
        await Cluster.KillAsync(killed);
        await other.Shows("tbody tr", "Unreachable");
        await other.Shows(".attention li", killed.Address);
        await other.PictureAsync("cluster-killed-desktop-light");
        await own.Shows("#connection", "Not reachable since");
        await own.PictureAsync("node-killed-desktop-light");
        await other.GoToAsync("node");
        await other.Shows(".attention li", $"Node {killed.Address} is not reachable"); // the alert, as raft sees it

        await Cluster.StartNodesAsync();
        await own.Shows("header .pill", "live"); // by itself
        await own.ShowsNoMore("#connection div", "Not reachable");
        await other.ShowsNoMore(".attention li", $"Node {killed.Address} is not reachable");
        await other.GoToAsync("cluster");
        await other.Shows(".calm", "All 3 members answer");
        other.AssertClean();
        own.AssertClean(foreseen: "net::ERR_");
    }

    [BrowserFact]
    public async Task A_replica_that_is_damaged_is_an_alert_and_none_any_more_when_it_is_well_again()
    {
        var node = Cluster.Nodes[1];
        await using var page = await OpenAsync(node);
        await Cluster.KillAsync(node);
        var (partition, directory) = ReplicaOn(node);
        var meta = Path.Combine(directory, "META");
        var good = await File.ReadAllBytesAsync(meta);
        await File.WriteAllTextAsync(meta, "{ damaged");
        await Cluster.StartNodesAsync();
        await page.Shows(".attention li", "1 partition unavailable");
        await page.Shows("tbody tr", "Unavailable");
        await page.PictureAsync("node-alert-desktop-light");

        await File.WriteAllBytesAsync(meta, good);
        Assert.Equal(200, (await node.AskAsync($"/reloadDataPartition?id={partition}"))!.Value.Code);
        await page.ShowsNoMore(".attention li", "1 partition unavailable");
        page.AssertClean(foreseen: "net::ERR_");
    }

    [BrowserFact]
    public async Task A_repair_is_seen_to_get_on()
    {
        await Cluster.WaitWritableAsync(Partitions);
        using var client = Cluster.OpenClient();
        var pieces = new List<ObjectExtent>();
        for (var i = 0; i < 15; i++) pieces.AddRange((await client.Objects(ClusterProcesses.Volume).PutAsync($"repaired {i}", new MemoryStream(Content.Take(2 * MiB)))).Extents);
        var (partition, extents) = pieces.GroupBy(piece => piece.PartitionId, piece => piece.ExtentId).Select(group => (group.Key, group.Distinct().ToList())).MaxBy(group => group.Item2.Count);
        var hosts = (await client.Master.GetClientPartitionsAsync(ClusterProcesses.Volume)).DataPartitions.Single(one => one.PartitionId.Value == partition).Hosts;
        var node = Cluster.NodeAt(hosts[^1]); // not the first, which leads the repair
        await using var page = await OpenAsync(node, "operations");
        await Cluster.KillAsync(node);
        foreach (var extent in extents) File.Delete(Path.Combine(Directory.EnumerateDirectories(node.Disk, $"datapartition_{partition}_*").Single(), $"{extent}"));
        await Cluster.StartNodesAsync();

        const string Shown = "[...document.querySelectorAll('tbody tr')].filter(row => row.textContent.includes('Repair task')).map(row => row.querySelector('[role=progressbar]')?.ariaValueNow)";
        await page.IsSoAsync("the repair is shown with its progress", $"() => {Shown}.some(share => share > 0)");
        var first = await page.Page.EvaluateAsync<int>($"() => Math.max(0, ...{Shown}.map(Number))");
        await page.PictureAsync("operations-progress-desktop-light");
        await page.IsSoAsync("the repair gets on", $"before => {Shown}.some(share => +share > before || share === undefined)", first); // further, or through
        output.WriteLine($"the repair of {extents.Count} extents was seen at {first} % first");
        await page.Shows("section:has(h2:text('Ended lately')) tbody tr", "Repair task");
        page.AssertClean(foreseen: "net::ERR_");
    }

    [BrowserFact]
    public async Task A_token_that_is_asked_for_is_typed_once_and_goes_with_every_question()
    {
        const string Token = "a token of sixteen";
        await using var page = await WatchedPage.OpenAsync(
            shared.Browser, Cluster.Nodes[0], "partitions", shows: "token needed",
            prepare: browser => browser.RouteAsync(new System.Text.RegularExpressions.Regex("/cubeactors/(events|partitions)"), async route =>
            {
                if (route.Request.Headers.GetValueOrDefault("authorization") == $"Bearer {Token}") await route.ContinueAsync();
                else await route.FulfillAsync(new RouteFulfillOptions { Status = 401, ContentType = "application/json", Body = """{"code":401,"msg":"this path needs the header Authorization: Bearer <token>","data":null}""" });
            }));
        await page.Shows("dialog h2", "This node asks for a token");
        await page.PictureAsync("token-desktop-light");
        await page.Page.Locator("dialog input").FillAsync("another one");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Shows("dialog p", "is not the node's");
        await page.Page.Locator("dialog input").FillAsync(Token);
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Shows("header .pill", "live");
        await page.Shows("tbody", Cluster.Nodes[0].Disk);
        Assert.DoesNotContain(Token, await page.Page.EvaluateAsync<string>("() => JSON.stringify(localStorage) + document.cookie + location.href"), StringComparison.Ordinal); // for this tab alone
        page.AssertClean(foreseen: "401");
    }

    private Task<WatchedPage> OpenAsync(NodePlace node, string view = "node", int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light) =>
        WatchedPage.OpenAsync(shared.Browser, node, view, width, height, scheme);

    private static async Task AssertDarkAsync(WatchedPage page) =>
        Assert.True(await page.Page.EvaluateAsync<int>("+getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]") < 60, "the ground is not dark");

    private static (ulong Partition, string Directory) ReplicaOn(NodePlace node)
    {
        var directory = Directory.EnumerateDirectories(node.Disk, "datapartition_*").Order(StringComparer.Ordinal).First();
        return (ulong.Parse(Path.GetFileName(directory).Split('_')[1]), directory);
    }

    /// <summary>Something for the plots to show.</summary>
    private static async Task LoadAsync(ClusterProcesses cluster)
    {
        using var client = cluster.OpenClient();
        var objects = client.Objects(ClusterProcesses.Volume);
        for (var i = 0; i < 12; i++)
        {
            var stored = await objects.PutAsync($"load {i}", new MemoryStream(Content.Take((2 + (i % 5)) * MiB)));
            foreach (var piece in stored.Extents) await objects.ReadPieceAsync(piece, 0, piece.Size, Stream.Null, replica: i % 3);
        }
    }

    /// <summary>Three nodes that repair soon and slowly, and a browser.</summary>
    public sealed class Watched : IAsyncLifetime
    {
        /// <summary>Chromium asks nobody for anything of its own.</summary>
        private static readonly string[] Flags =
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

        private IPlaywright? _playwright;

        internal ClusterProcesses Processes { get; private set; } = null!; // set before any test runs, as is the next

        internal IBrowser Browser { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (BrowserPlace.WhyNot is not null) return; // all tests are skipped
            if (BrowserPlace.Path is not { } program) throw new InvalidOperationException(BrowserPlace.Remedy);
            _playwright = await Playwright.CreateAsync();
            Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = Flags });
            Processes = await ClusterProcesses.StartAsync(
                SilentOutput.Instance,
                tunables: """
                    cubeactors.repair { quiet-time = 2 s, first-cycle = 200 ms, cycle-period = 1 s, streams-per-task = 1 }
                    cubeactors.budgets { repair-limit = 3 MiB, repair-floor = 3 MiB }
                    """);
            await Processes.CreateVolumeAsync(Partitions, replicas: 3);
        }

        public async Task DisposeAsync()
        {
            if (Browser is not null) await Browser.DisposeAsync();
            _playwright?.Dispose();
            if (Processes is not null) await Processes.DisposeAsync();
        }
    }
}
