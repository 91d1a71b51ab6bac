using System.Text;
using System.Text.Json;
using CubeActors.Actors;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Node.Tests;

/// <summary>One look at a node is all that the paths under /cubeactors tell, in one piece; two make a point.</summary>
public sealed class NodeSourceTests
{
    /// <summary>Of one disk and one partition. 23.4 KiB when it was measured.</summary>
    private const long LookBytesMax = 32 * 1024;

    private readonly ManualTime _time = new();
    private readonly ScriptedLedger _ledger = new();
    private long _done = 10;
    private int _asked;
    private NodeSurface? _surface;
    private readonly NodeSource _source;

    public NodeSourceTests()
    {
        var status = new NodeStatus(NodePhase.Ready, [], 4, "127.0.0.11:17310", [new DiskFigures("/data/disk1", DiskState.Ready, 1000, 300, 650, 50, 1, 1, "")], [ScriptedInspection.Figures with { IsRepairing = true }]);
        _surface = new NodeSurface(new ScriptedInspection(), new OperationMeters(_time, LatencyBounds.Operations), Figures, () => new Protocol.Master.DataNodeHeartbeatResponse())
        {
            Operations = new ScriptedOrders(),
            Qos = new ScriptedQos(),
            Drain = new ScriptedDrain(),
            Ledger = _ledger,
            Marking = new ScriptedOrders(),
            Recent = () => RecentOperations.None,
            ReportRecent = _ => { },
            Inspection = new NodeInspection(
                null!, () => [], _ => new GateView("open", 0), () => [new DiskWorkView("/data/disk1", [new WorkFigures(IoClass.Client, 2, 1, _done, TimeSpan.FromSeconds(1))], 4, 1, 0)],
                new SlowRequests(TimeSpan.Zero, _time), null!),
        };
        _source = new NodeSource(new OperatorDesk(() => status, () => _surface, "default", _time));
    }

    [Fact]
    public void A_look_has_every_part_and_asks_for_the_figures_once()
    {
        _ledger.Entries.Add(new OperationEntry(Guid.NewGuid(), OperationKind.RepairTask, null, null, null, "", _time.GetUtcNow()));
        var look = _source.Look();
        Assert.Equal(1, _asked);
        Assert.Equal(("Ready", "spark", 1, 1), (look.Node.Phase, look.Node.Cluster, look.Raft!.Roles["Leader"], look.Operations!.Operations.Count));
        Assert.Equal(("/data/disk1", 2), (look.Disks[0].Path, look.Disks[0].Classes[0].Waiting));
        Assert.Equal((1, 7UL), (look.TroubledCount, look.Troubled[0].Id));
        Assert.Null(look.Point);
    }

    [Fact]
    public async Task A_look_with_all_its_JSON_allocates_a_few_pages()
    {
        const int looks = 20;
        for (var i = 0; i < looks; i++) await _source.SampleAsync(default); // what is made once; and all of them at once on this thread
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < looks; i++) await _source.SampleAsync(default);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / looks, 1, LookBytesMax);
    }

    [Fact]
    public void Two_looks_make_a_point_and_a_long_gap_makes_none()
    {
        _source.Look();
        _done = 30;
        _time.Advance(TimeSpan.FromSeconds(2));
        var look = _source.Look();
        Assert.Equal((2, 10), (look.Point!.Seconds, look.Point.Work[0].PerSecond));
        Assert.Equal(10, look.DiskRates![0].Work[0].PerSecond);
        _time.Advance(NodeSource.GapMax + TimeSpan.FromTicks(1));
        Assert.Null(_source.Look().Point); // nobody had watched
        Assert.Equal(1, Points());
    }

    [Fact]
    public void Points_for_pages_that_come_later_are_few()
    {
        for (var i = 0; i < NodeSource.PointsMax + 20; i++)
        {
            _source.Look();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(NodeSource.PointsMax, Points());
    }

    [Fact]
    public async Task A_node_that_is_being_made_is_shown_as_far_as_it_is_there()
    {
        _surface = null;
        var look = _source.Look();
        Assert.Equal((null, null, null), (look.Raft, look.Operations, look.Alerts));
        var frame = Encoding.UTF8.GetString((await _source.SampleAsync(default)).Span);
        Assert.StartsWith("event: node\ndata: {\"at\":", frame, StringComparison.Ordinal);
        Assert.DoesNotContain("null", frame, StringComparison.Ordinal);
    }

    private int Points()
    {
        var frame = Encoding.UTF8.GetString(_source.Greeting()!.Value.Span);
        using var document = JsonDocument.Parse(frame["event: history\ndata: ".Length..]);
        return document.RootElement.GetProperty("points").GetArrayLength();
    }

    private NodeFigures Figures()
    {
        _asked++;
        return OperatorPathTest.Figures;
    }
}
