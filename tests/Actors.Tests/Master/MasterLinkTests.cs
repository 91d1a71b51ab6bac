using Akka.Actor;
using CubeActors.Client;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.TestKit;
using CubeActors.TestKit.Network;

namespace CubeActors.Actors.Tests;

/// <summary>The link to the masters by itself: what it asks, what it tells the supervisor, and when it reports.</summary>
public sealed class MasterLinkTests : ActorTest
{
    private static readonly TimeSpan OtherThreadsMax = TimeSpan.FromSeconds(30);

    private readonly SimulatedNetwork _network;
    private readonly ScriptedMaster _master;
    private readonly MasterClient _client;
    private readonly NodeGate _gate = new();
    private readonly NodeBoard _board = new();
    private readonly KnownSources _sources = new();
    private readonly List<object> _told = [];
    private DataNodeSettings _settings;
    private IActorRef _link = ActorRefs.Nobody;

    public MasterLinkTests()
    {
        _network = new SimulatedNetwork(Time);
        _master = new ScriptedMaster(_network);
        _client = new MasterClient(new MasterSettings([ScriptedMaster.Address]), _network, Time);
        _settings = NodeScenario.DefaultSettings with { Disks = [new DiskSettings("/disk0", 0)] };
    }

    [Fact]
    public void The_limits_of_the_cluster_are_fetched_every_minute_and_the_old_ones_stay_while_nobody_answers()
    {
        _master.Cluster = _master.Cluster with { DataNodeDeleteLimitRate = 10, DataNodeAutoRepairLimitRate = 8, DpMaxRepairErrCnt = 3 };
        Registered();
        Assert.Equal(new ClusterLimits(10, 8, 3), _gate.Limits);

        _master.Play("/admin/getIp", 429, "slow down");
        Advance(TimeSpan.FromMinutes(1));
        Until(() => _master.CallsOf("/admin/getIp").Count == 2, "the limits are asked for again");
        Assert.Equal(new ClusterLimits(10, 8, 3), _gate.Limits);

        _master.Cluster = _master.Cluster with { DataNodeDeleteLimitRate = 0 };
        Advance(TimeSpan.FromMinutes(1));
        Until(() => _gate.Limits.DeletesPerSecond == 0, "the new limit is in force");
    }

    [Fact]
    public void All_nodes_are_asked_for_every_ten_seconds_and_an_empty_list_is_not_believed()
    {
        _master.Nodes = [new DataNodeEntry { Addr = "10.0.0.12:17310", Id = new NodeId(8) }];
        Registered();
        Until(() => Told<MasterLink.NodesKnown>().Count == 1, "the first list");
        Assert.True(_sources.Is(Sender.Member, System.Net.IPAddress.Parse("10.0.0.12"), default)); // it may pass on changes of members
        Assert.True(_sources.Is(Sender.Master, System.Net.IPAddress.Loopback, default)); // the master
        Assert.False(_sources.Is(Sender.MasterOrMember, System.Net.IPAddress.Parse("10.0.0.13"), default));
        Assert.Equal([("10.0.0.12:17310", 8UL)], Told<MasterLink.NodesKnown>()[0].Ids.Select(node => (node.Key, node.Value.Value)));
        Assert.Same(Told<MasterLink.NodesKnown>()[0].Ids, _board.Nodes); // who asks all members goes by it

        _master.Nodes = [];
        Advance(TimeSpan.FromSeconds(10));
        Until(() => _master.CallsOf("/admin/cluster/getAllDataNodes").Count == 2 && Time.IsDueIn(TimeSpan.FromSeconds(10)), "it is asked for again, and heard");
        _master.Nodes = [new DataNodeEntry { Addr = "127.0.0.12:17310", Id = new NodeId(9) }];
        Advance(TimeSpan.FromSeconds(10));
        Until(() => Told<MasterLink.NodesKnown>().Count == 2, "the list after the empty one");
        Assert.Equal(9UL, Told<MasterLink.NodesKnown>()[1].Ids["127.0.0.12:17310"].Value);
    }

    [Fact]
    public void A_list_of_nodes_that_does_not_come_is_asked_for_five_times_in_a_row()
    {
        for (var i = 0; i < 4; i++) _master.Play("/admin/cluster/getAllDataNodes", 400, "no leader");
        _master.Nodes = [new DataNodeEntry { Addr = "127.0.0.12:17310", Id = new NodeId(8) }];
        Registered();
        for (var tries = 1; tries < 5; tries++)
        {
            Until(() => _master.CallsOf("/admin/cluster/getAllDataNodes").Count == tries && IsPlannedIn(TimeSpan.FromMilliseconds(200)), $"try {tries} fails");
            Assert.Empty(Told<MasterLink.NodesKnown>());
            Advance(TimeSpan.FromMilliseconds(200));
        }

        Until(() => Told<MasterLink.NodesKnown>().Count == 1, "the fifth try succeeds");
    }

    [Theory]
    [InlineData("/admin/getIp", 302, "")]
    [InlineData("/admin/getIp", 400, "127.0.0.1:17010")]
    [InlineData("/admin/getIp", 403, "")]
    [InlineData("/admin/getIp", 404, "404 page not found")]
    [InlineData("/admin/getIp", 429, "")]
    [InlineData("/admin/getIp", 200, "")]
    [InlineData("/admin/getIp", 200, """{"code":0,"msg":"success","data":{"Cluster":7}}""")]
    [InlineData("/admin/getIp", 200, """{"code":0,"msg":"success","data":null}""")]
    [InlineData("/admin/getUpgradeCompatibleSettings", 200, """{"code":0,"msg":"success","data":{"VolsForbidWriteOpOfProtoVer0":"vol"}}""")]
    [InlineData("/admin/getUpgradeCompatibleSettings", 500, "")]
    [InlineData("/dataNode/add", 200, """{"code":0,"msg":"success","data":0}""")]
    [InlineData("/dataNode/add", 200, """{"code":0,"msg":"success","data":-1}""")]
    [InlineData("/dataNode/add", 200, """{"code":0,"msg":"success","data":"7"}""")]
    [InlineData("/dataNode/add", 200, """{"code":0,"msg":"success","data":1e3}""")]
    [InlineData("/dataNode/add", 200, """{"code":2,"msg":"addr not legal","data":null}""")]
    [InlineData("/dataNode/add", 200, """{"code":42,"msg":"mediaType","data":null}""")]
    [InlineData("/dataNode/add", 200, """{"code":1,"msg":"add datanode failed, err raft is busy, hint DataNode mediaType not match","data":null}""")]
    public void Whatever_a_master_answers_the_node_tries_again(string path, int status, string body)
    {
        _master.Play(path, status, body);
        StartLink();
        Until(() => IsPlannedIn(TimeSpan.FromSeconds(2)), "the next try is planned");
        Assert.Empty(Told<MasterLink.RegistrationRefused>());

        Advance(TimeSpan.FromSeconds(2));
        Until(() => Told<MasterLink.Registered>().Count == 1, "the node is registered");
    }

    [Fact]
    public void Masters_that_send_the_node_in_circles_are_left_after_a_few_rounds()
    {
        for (var i = 0; i < 4; i++) _master.Play("/admin/getIp", 403, "127.0.0.1:17010");
        StartLink();
        Until(() => IsPlannedIn(TimeSpan.FromSeconds(2)), "the next try is planned");

        Assert.Equal(4, _master.Calls.Count);
    }

    [Fact]
    public void An_answer_too_large_to_be_one_is_not_read_to_its_end()
    {
        _client.Dispose();
        using var client = new MasterClient(new MasterSettings([ScriptedMaster.Address]) { ReplyBytesMax = 64 * 1024 }, _network, Time);
        _master.Play("/admin/getIp", 200, new string(' ', 1 << 20));
        StartLink(client);
        Until(() => IsPlannedIn(TimeSpan.FromSeconds(2)), "the next try is planned");

        Advance(TimeSpan.FromSeconds(2));
        Until(() => Told<MasterLink.Registered>().Count == 1, "the node is registered");
    }

    [Fact]
    public void The_key_of_the_service_goes_to_the_masters_as_it_is()
    {
        _settings = _settings with { Identity = _settings.Identity with { ServiceIdKey = "a+b/c==" } };
        Registered();

        Assert.Equal("a+b/c==", _master.Registrations[0].Query["clientIDKey"]);
    }

    [Fact]
    public void The_first_report_waits_until_almost_everything_is_loaded()
    {
        _board.Write(new DiskFigures("/disk0", DiskState.Loading, 100, 0, 100, 0, 100, 98, ""));
        Registered();
        Heartbeat("first");
        Heartbeat("second");
        Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(_master.Answers);

        _board.Write(new DiskFigures("/disk0", DiskState.Loading, 100, 0, 100, 0, 100, 99, ""));
        Advance(TimeSpan.FromMilliseconds(200));
        Until(() => _master.Answers.Count == 1, "the report is posted");
        Assert.Equal("second", _master.Answers[0].RequestId); // the master keeps one task at a time

        _board.Write(new DiskFigures("/disk0", DiskState.Loading, 100, 0, 100, 0, 100, 0, "")); // loaded anew: no reason to be silent
        Heartbeat("third");
        Until(() => _master.Answers.Count == 2, "later ones do not wait");
    }

    [Fact]
    public void A_disk_that_hangs_holds_up_the_first_report_for_ten_seconds_and_no_longer()
    {
        _board.Write(new DiskFigures("/disk0", DiskState.Opening, 0, 0, 0, 0, -1, 0, ""));
        Registered();
        Heartbeat("first");
        Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_master.Answers);

        Advance(TimeSpan.FromMilliseconds(1));
        Until(() => _master.Answers.Count == 1, "the report is posted");
        var report = Report(0);
        Assert.Equal(["/disk0"], report.AllDisks);
        Assert.Empty(report.BadDisks);
        Assert.Equal(1, report.DiskStats[0].Status);
    }

    [Fact]
    public void A_configured_disk_that_has_not_spoken_yet_is_waited_for_so_that_the_master_does_not_forget_it()
    {
        Registered();
        Heartbeat("first");
        Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(_master.Answers);

        _board.Write(new DiskFigures("/disk0", DiskState.Ready, 1, 0, 1, 0, 0, 0, ""));
        Advance(TimeSpan.FromMilliseconds(200));
        Until(() => _master.Answers.Count == 1, "the report is posted");
        Assert.Equal(["/disk0"], Report(0).AllDisks);
    }

    [Fact]
    public void What_a_heartbeat_orders_holds_at_once_also_before_the_node_is_registered_and_while_its_report_waits()
    {
        _master.Refusal = "no leader";
        StartLink();
        Heartbeat("first", new DataNodeHeartbeatRequest
        {
            ForbiddenVols = ["vol"],
            DirectReadVols = ["fast"],
            DecommissionDisks = ["/disk0"],
            DpBackupTimeout = "200h0m0s",
            QosFlowReadLimit = 5,
            EnableDiskQos = true,
            VolDpRepairBlockSize = new Dictionary<string, ulong> { ["vol"] = 4096 },
        });

        Assert.Equal(["vol"], _gate.Volumes.Forbidden);
        Assert.Equal(["fast"], _gate.Volumes.DirectRead);
        Assert.Equal(4096, _gate.Volumes.RepairBlockBytes("vol"));
        Assert.Equal((true, 5UL, TimeSpan.FromHours(200)), (_gate.Disks.QosEnabled, _gate.Disks.Rates.ReadBytes, _gate.Disks.BackupTimeout));
        Assert.Equal(["/disk0"], Told<MasterLink.DisksDecommissioned>()[^1].Paths);

        Heartbeat("second");
        Assert.Empty(_gate.Volumes.Forbidden);
        Assert.Empty(Told<MasterLink.DisksDecommissioned>()[^1].Paths);
    }

    [Fact]
    public void Slow_posts_do_not_pile_up_and_the_latest_report_is_not_lost()
    {
        _board.Write(new DiskFigures("/disk0", DiskState.Ready, 1, 0, 1, 0, 0, 0, ""));
        Registered();
        for (var i = 0; i < 4; i++) _master.Play("/dataNode/response", _ => new HttpResult(0, [], Hangs: true));
        for (var i = 1; i <= 7; i++) Heartbeat($"h{i}");
        Until(() => _master.CallsOf("/dataNode/response").Count == 4, "four are under way");
        Assert.Empty(_master.Answers);

        Advance(TimeSpan.FromSeconds(30)); // the time of a request
        Until(() => _master.Answers.Count == 1, "the one that waited is posted");
        Assert.Equal("h7", _master.Answers[0].RequestId);
    }

    [Fact]
    public void The_report_says_how_busy_the_processors_were_and_what_was_done()
    {
        var cpu = "cpu 100 0 0 900 0";
        _board.Write(new DiskFigures("/disk0", DiskState.Ready, 1, 0, 1, 0, 1, 1, ""));
        var operations = new OperationCounts();
        _board.Write(new PartitionFigures(new PartitionId(3), "vol", "/disk0", PartitionState.Serving, 1, 0, 64, 70, [], [], "", () => null) { Operations = operations });
        StartLink(readCpu: () => cpu);
        operations.Add(CountedOperation.Read);
        cpu = "cpu 150 0 0 950 0";
        Advance(TimeSpan.FromMinutes(1));
        Heartbeat("first");
        Until(() => _master.Answers.Count == 1, "the report is posted");
        Assert.Equal([("dp_3_Read", 1)], Report(0).PartitionOperations.Select(count => (count.Name, count.Count)));
        Assert.Equal([("/disk0", 1)], Report(0).DiskOperations.Select(count => (count.Name, count.Count)));

        cpu = "cpu 225 0 0 975 0";
        Advance(TimeSpan.FromSeconds(5));
        _gate.ReportsOperations = false;
        Heartbeat("second");
        Until(() => _master.Answers.Count == 2, "the report is posted");
        Assert.Equal(75, Report(1).CpuPercent);
        Assert.Empty(Report(1).PartitionOperations);
    }

    private static readonly DataNodeHeartbeatRequest Nothing = new();

    /// <summary>The next thing that happens by itself.</summary>
    private bool IsPlannedIn(TimeSpan wait) => Time.NextDue == Time.Elapsed + wait;

    private void Registered()
    {
        StartLink();
        Until(() => Told<MasterLink.Registered>().Count == 1, "the node is registered");
    }

    private void StartLink(MasterClient? client = null, Func<string?>? readCpu = null)
    {
        var parts = new MasterLinkParts(client ?? _client, _settings, _gate, _board, new PartitionGates(), Time, null, readCpu ?? (() => null), _sources);
        Action<IActorRef> spawned = link => _link = link;
        ActorOf(Props.Create(() => new Parent(parts, _told, spawned)));
        RunUntilIdle();
    }

    private void Heartbeat(string id, DataNodeHeartbeatRequest? request = null)
    {
        var task = AdminTask.For(Opcode.DataNodeHeartbeat, "127.0.0.11:17310", default, 0, id, request ?? Nothing, MasterJson.Default.DataNodeHeartbeatRequest);
        _link.Tell(new MasterLink.Heartbeat(task, request ?? Nothing));
        RunUntilIdle();
    }

    private DataNodeHeartbeatResponse Report(int index)
    {
        Assert.True(GoJson.TryRead(_master.Answers[index].Response, MasterJson.Default.DataNodeHeartbeatResponse, out var report));
        return report;
    }

    private List<T> Told<T>() => [.. _told.OfType<T>()];

    private void Until(Func<bool> condition, string what)
    {
        if (!Loop.RunUntil(condition, OtherThreadsMax)) Assert.Fail($"Expected: {what}. Told: {string.Join("; ", _told)}; asked: {string.Join(", ", _master.Calls.Select(call => call.Path))}");
    }

    protected override void AfterAll()
    {
        _client.Dispose();
        _master.Dispose();
        Await(_master.Running);
    }

    /// <summary>The supervisor: keeps what it is told.</summary>
    private sealed class Parent : ReceiveActor
    {
        public Parent(MasterLinkParts parts, List<object> told, Action<IActorRef> spawned)
        {
            spawned(Context.ActorOf(MasterLink.PropsFor(parts), "master"));
            ReceiveAny(told.Add);
        }
    }
}
