using System.Text.Json;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.Runtime;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>The paths under /cubeactors that pbm reads.</summary>
public sealed class InspectPathTests : OperatorPathTest
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);

    private readonly ScriptedActors _actors = new();
    private readonly ScriptedLeadership _leadership = new();

    private protected override NodeSurface MakeSurface() => base.MakeSurface() with
    {
        Inspection = new NodeInspection(
            _actors,
            () => [new ClusterMember(new NodeId(5), "127.0.0.12:17310", "127.0.0.12:17330", 3, 1, 2, Reachability.Unreachable, TimeSpan.FromSeconds(75.52), null, 4)],
            _ => new GateView("no space", 2), () => [new DiskWorkView("/data/disk1", [new WorkFigures(IoClass.Client, 2, 1, 1000, TimeSpan.FromSeconds(2.5))], 4, 1, 0)],
            new SlowRequests(TimeSpan.FromSeconds(0.5), TimeProvider.System), _leadership),
    };

    [Fact]
    public async Task A_node_says_what_it_is_and_how_far()
    {
        var node = await DataAsync("/cubeactors/node");
        Assert.Equal(("Ready", "spark", 4, "127.0.0.11:17310"), (Text(node, "phase"), Text(node, "cluster"), node.GetProperty("nodeId").GetInt32(), Text(node, "address")));
        Assert.Equal(1, node.GetProperty("partitions").GetProperty("Serving").GetInt32());
        Assert.False(node.TryGetProperty("leftSeconds", out _)); // not known, not there
    }

    [Fact]
    public async Task Figures_of_the_process_are_there()
    {
        var runtime = await DataAsync("/cubeactors/runtime");
        Assert.True(runtime.GetProperty("residentBytes").GetInt64() > 1 << 20);
        Assert.Equal("gen0", Text(runtime.GetProperty("generations")[0], "name"));
    }

    [Fact]
    public async Task Partitions_are_told_with_their_gate_and_those_that_are_asked_for_only()
    {
        var one = await DataAsync("/cubeactors/partitions/7");
        Assert.Equal(("photos", "Serving", "no space", 2, 2), (Text(one, "volume"), Text(one, "state"), Text(one, "gate"), one.GetProperty("parked").GetInt32(), one.GetProperty("status").GetInt32()));
        Assert.Equal(1, (await DataAsync("/cubeactors/partitions?state=serving&disk=/data/disk1")).GetProperty("partitions").GetArrayLength());
        Assert.Equal(0, (await DataAsync("/cubeactors/partitions?state=Loading")).GetProperty("partitions").GetArrayLength());
        await AssertAsync("/cubeactors/partitions?state=well", 400, "state is well; states are Loading, Serving, Unavailable, Closing", "null");
        await AssertAsync("/cubeactors/partitions/8", 404, "there is no partition 8 on this node", "null");
        await AssertAsync("/cubeactors/partitions/x", 400, "\\u0022x\\u0022 is no id of a partition", "null");
    }

    [Fact]
    public async Task Extents_are_listed_by_id_a_page_at_a_time()
    {
        var page = await DataAsync("/cubeactors/partitions/7/extents?from=2&limit=5");
        Assert.Equal((2, 208_192), (page.GetProperty("count").GetInt32(), page.GetProperty("bytes").GetInt32()));
        Assert.Equal(("normal", 1025), (Text(page.GetProperty("extents")[0], "kind"), page.GetProperty("extents")[0].GetProperty("id").GetInt32()));
        await AssertAsync("/cubeactors/partitions/7/extents?limit=0", 400, "limit must be a number from 1 to 10000", "null");
        Partitions.Problem = "the disk failed";
        await AssertAsync("/cubeactors/partitions/7/extents", 500, "the disk failed", "null");
    }

    [Fact]
    public async Task A_leader_tells_how_far_its_members_are()
    {
        var group = await DataAsync("/cubeactors/raft/7");
        Assert.Equal(("Leader", 3, 1, 12), (Text(group, "role"), group.GetProperty("term").GetInt32(), group.GetProperty("first").GetInt32(), group.GetProperty("last").GetInt32()));
        var member = group.GetProperty("members")[0];
        Assert.Equal((5, 11, 1, 0.6, "Replicate"), (
            member.GetProperty("id").GetInt32(), member.GetProperty("match").GetInt32(), member.GetProperty("behind").GetInt32(), member.GetProperty("silentSeconds").GetDouble(), Text(member, "state")));
        Assert.Equal(1, (await DataAsync("/cubeactors/raft")).GetProperty("groups").GetArrayLength());
        Partitions.Group = null;
        await AssertAsync("/cubeactors/raft/7", 404, "partition 7 takes no part in a raft group at the moment", "null");
        await AssertAsync("/cubeactors/raft/8", 404, "there is no partition 8 on this node", "null");
    }

    [Fact]
    public async Task Leadership_is_given_away_by_POST_alone()
    {
        Assert.Equal(405, (await GetAsync("/cubeactors/raft/7/transfer")).Code);
        Assert.Empty(_leadership.Orders);
        _leadership.Answer = new LeadershipAnswer("127.0.0.12:17310", null);
        Assert.Equal((200, """{"code":200,"msg":"","data":{"partition":7,"to":"127.0.0.12:17310"}}"""), await PostAsync("/cubeactors/raft/7/transfer?to=127.0.0.12:17310"));
        Assert.Equal(["7 to 127.0.0.12:17310"], _leadership.Orders);
        _leadership.Answer = new LeadershipAnswer(null, "no other member is heard");
        Assert.Equal(409, (await PostAsync("/cubeactors/raft/7/transfer")).Code);
        _leadership.Answer = new LeadershipAnswer(null, "no group", IsUnknown: true);
        Assert.Equal(404, (await PostAsync("/cubeactors/raft/7/transfer")).Code);
    }

    [Fact]
    public async Task Disks_are_told_with_what_waits_for_them()
    {
        var disk = (await DataAsync("/cubeactors/disks?path=/data/disk1")).GetProperty("disks")[0];
        Assert.Equal(("Ready", 4, 1, 2), (
            Text(disk, "state"), disk.GetProperty("logQueue").GetInt32(), disk.GetProperty("repairStreams").GetInt32(), disk.GetProperty("classes")[0].GetProperty("waiting").GetInt32()));
        Assert.False(disk.TryGetProperty("device", out _));
        await AssertAsync("/cubeactors/disks?path=/data/disk2", 404, "there is no disk /data/disk2; disks are /data/disk1", "null");
    }

    [Fact]
    public async Task Members_are_told_with_what_is_known_of_them() => await AssertAsync(
        "/cubeactors/members", 200, "",
        """{"self":4,"address":"127.0.0.11:17310","cluster":"spark","members":[{"id":5,"address":"127.0.0.12:17310","raftHeartbeat":"127.0.0.12:17330","reachability":"Unreachable","partitions":3,"ledThere":1,"ledHere":2,"silentSeconds":75.5,"connections":4}]}""");

    [Fact]
    public async Task Actors_are_told_as_they_describe_themselves()
    {
        await AssertAsync(
            "/cubeactors/actors?path=node/drain&depth=2", 200, "",
            """{"shown":2,"silent":1,"actor":{"path":"node/drain","kind":"drain","state":"idle","answered":true,"startedAt":"2026-01-02T03:04:00+00:00","mailbox":1,"restarts":2,"lastFailure":{"name":"drain","directive":"Restart","message":"IOException: no","at":"2026-01-02T03:04:00+00:00"},"details":{"groups":"3"},"children":[{"path":"node/drain/x","state":"no answer","answered":false,"restarts":0,"details":{},"children":[],"omitted":0,"lost":[]}],"omitted":1,"lost":[]}}""");
        Assert.Equal(("node/drain", 2), _actors.Asked);
        _actors.View = null;
        await AssertAsync("/cubeactors/actors?path=none", 404, "there is no actor none, or one above it does not answer", "null");
        await AssertAsync("/cubeactors/actors?depth=99", 400, "depth must be a number from 0 to 16", "null");
    }

    [Fact]
    public async Task The_level_of_the_log_is_shown_to_all_and_set_by_POST()
    {
        await AssertAsync("/cubeactors/log/level", 200, "", """{"level":"info"}""");
        Assert.Equal((200, """{"code":200,"msg":"","data":{"level":"debug"}}"""), await PostAsync("/cubeactors/log/level?level=debug"));
        Assert.Equal(LogEventLevel.Debug, Levels.Switch.MinimumLevel);
        Assert.Equal(400, (await PostAsync("/cubeactors/log/level?level=loud")).Code);
    }

    [Fact]
    public async Task Lines_of_a_log_that_nobody_keeps_are_not_made_up() => await AssertAsync("/cubeactors/log", 501, "nobody keeps the lines of this log", "null");

    [Fact]
    public async Task Paths_that_look_take_no_orders_and_a_node_that_is_being_made_says_so()
    {
        Assert.Equal(405, (await PostAsync("/cubeactors/members")).Code);
        Surface = null;
        foreach (var path in (string[])["actors", "members", "raft", "slow"]) Assert.Equal(503, (await GetAsync($"/cubeactors/{path}")).Code);
        Assert.Equal(200, (await GetAsync("/cubeactors/node")).Code);
    }

    [Fact]
    public async Task Slow_requests_are_told_with_the_threshold() =>
        await AssertAsync("/cubeactors/slow", 200, "", """{"thresholdMilliseconds":500,"count":0,"requests":[]}""");

    [Fact]
    public async Task A_trace_of_the_process_is_sent_as_it_is_made()
    {
        var (code, body) = await PostAsync("/cubeactors/runtime/trace?seconds=1&profile=gc");
        Assert.True(code == 200, body);
        Assert.StartsWith("Nettrace", body, StringComparison.Ordinal);
        Assert.Equal(400, (await PostAsync("/cubeactors/runtime/trace?seconds=99")).Code);
        Assert.Equal(400, (await PostAsync("/cubeactors/runtime/trace?profile=all")).Code);
        Assert.Equal(400, (await PostAsync("/cubeactors/runtime/dump?kind=huge")).Code);
        Assert.Equal(405, (await GetAsync("/cubeactors/runtime/dump")).Code);
    }

    private async Task<JsonElement> DataAsync(string path)
    {
        var (code, body) = await GetAsync(path);
        Assert.True(code == 200, body);
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("data").Clone();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private sealed class ScriptedActors : IActorInspection
    {
        public (string Path, int Depth) Asked { get; private set; }

        public ActorView? View { get; set; } = new(
            "node/drain", "drain", "idle", true, At, null, 1, 2, new ActorFailure("drain", "Restart", "IOException: no", At), [new ActorDetail("groups", "3")],
            [new ActorView("node/drain/x", "", "no answer", false, null, null, null, 0, null, [], [], 0, [])], 1, []);

        public Task<ActorView?> LookAsync(string path, int depthMax, CancellationToken cancel)
        {
            Asked = (path, depthMax);
            return Task.FromResult(View);
        }
    }

    private sealed class ScriptedLeadership : ILeadershipOrders
    {
        public List<string> Orders { get; } = [];

        public LeadershipAnswer Answer { get; set; } = new(null, "no");

        public Task<LeadershipAnswer> TransferAsync(PartitionId partition, string? to, CancellationToken cancel)
        {
            Orders.Add($"{partition} to {to}");
            return Task.FromResult(Answer);
        }
    }
}
