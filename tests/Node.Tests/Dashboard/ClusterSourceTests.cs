using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using CubeActors.Actors;
using CubeActors.Protocol;
using CubeActors.TestKit.Network;

namespace CubeActors.Node.Tests;

/// <summary>The cluster view: every member is shown as what it is, whatever it answers, and nobody is waited for longer than his time.</summary>
public sealed class ClusterSourceTests
{
    private const string Ours = "127.0.0.11:17310";
    private const int Port = 17320;

    private const string Node = """{"code":200,"msg":"","data":{"version":"0.1.0","phase":"Ready","partitions":{"Serving":5},"notReady":[]}}""";
    private const string Disks = """{"code":200,"msg":"","data":{"disks":[{"path":"/a","total":100,"used":40,"status":2,"partitions":3}],"zone":"default"}}""";

    private readonly ManualTime _time = new();
    private readonly ScriptedMembers _members = new();
    private readonly Dictionary<string, NodeId> _listed = new() { [Ours] = new NodeId(4) };
    private readonly List<ClusterMember> _heard = [];

    [Fact]
    public async Task A_member_of_ours_is_shown_with_what_it_says()
    {
        var member = await LookAtAsync("127.0.0.12:17310", path => Reply(200, path == "/disks" ? Disks : Node));
        Assert.Equal(("CubeActors", "Answers", null, "Ready"), (member.Kind, member.State, member.Problem, member.Node!.Phase));
        Assert.Equal("http://127.0.0.12:17320/cubeactors/dashboard", member.Page);
        Assert.Equal(40, member.Disks!.UsedBytes);
    }

    [Fact]
    public async Task A_Go_node_has_no_such_path_and_is_shown_by_its_disks()
    {
        var member = await LookAtAsync("127.0.0.12:17310", path => path == "/disks" ? Reply(200, Disks) : Reply(404, "404 page not found\n"));
        Assert.Equal(("CubeFS", "Answers", null, null), (member.Kind, member.State, member.Node, member.Page));
        Assert.Equal(3, member.Disks!.Partitions);
    }

    [Theory]
    [InlineData(200, "<html>a printer</html>")]
    [InlineData(404, "404 page not found\n")]
    [InlineData(500, "")]
    [InlineData(200, """{"code":200,"msg":"","data":{}}""")]
    public async Task What_is_no_data_node_is_told_so(int code, string body)
    {
        var member = await LookAtAsync("127.0.0.12:17310", _ => Reply(code, body));
        Assert.Equal(("Unknown", "Strange", "What answers at 127.0.0.12:17320 is no data node."), (member.Kind, member.State, member.Problem));
    }

    [Fact]
    public async Task Who_wants_a_token_is_shown_with_the_way_to_its_own_page_and_is_sent_none()
    {
        var member = await LookAtAsync("127.0.0.12:17310", path => path == "/disks" ? Reply(200, Disks) : Reply(401, "{}"));
        Assert.Equal(("Refuses", "Unknown", "http://127.0.0.12:17320/cubeactors/dashboard"), (member.State, member.Kind, member.Page));
        Assert.Equal(40, member.Disks!.UsedBytes); // as CubeFS, which asks nobody for it
        Assert.Equal("Refuses", (await LookAtAsync("127.0.0.12:17310", _ => Reply(403, ""))).State);
        Assert.All(_members.Asked, asked => Assert.Null(asked.Authorization));
    }

    [Fact]
    public async Task An_answer_that_is_too_long_or_breaks_off_is_none()
    {
        Assert.Equal("Strange", (await LookAtAsync("127.0.0.12:17310", _ => throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded))).State);
        Assert.Equal("Unreachable", (await LookAtAsync("127.0.0.12:17310", _ => throw new HttpRequestException("broke off", new IOException("The response ended prematurely.")))).State);
        Assert.Equal("Strange", (await LookAtAsync("127.0.0.12:17310", _ => throw new HttpRequestException(HttpRequestError.InvalidResponse))).State);
    }

    [Fact]
    public async Task Who_is_away_is_shown_with_the_moment_since_which_he_is_until_he_is_back()
    {
        var refused = new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused));
        var source = Source();
        _listed["127.0.0.12:17310"] = new NodeId(5);
        _members.Answer = (_, _, _) => throw refused;
        var first = Other(await source.LookAsync(default));
        Assert.Equal(("Unreachable", _time.GetUtcNow()), (first.State, first.Since));
        Assert.Contains("127.0.0.12:17320 cannot be reached", first.Problem!, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(first.Since, Other(await source.LookAsync(default)).Since);
        _members.Answer = (_, path, _) => Task.FromResult(Reply(200, path == "/disks" ? Disks : Node));
        Assert.Null(Other(await source.LookAsync(default)).Since);
        _members.Answer = (_, _, _) => throw refused;
        Assert.Equal(_time.GetUtcNow(), Other(await source.LookAsync(default)).Since); // a new absence
    }

    [Fact]
    public async Task Who_is_slow_is_waited_for_no_longer_than_his_time_and_holds_up_no_other()
    {
        _listed["127.0.0.12:17310"] = new NodeId(5);
        _listed["127.0.0.13:17310"] = new NodeId(6);
        _members.Answer = async (host, path, cancel) =>
        {
            if (host == "127.0.0.12") await Task.Delay(Timeout.Infinite, cancel);
            return Reply(200, path == "/disks" ? Disks : Node);
        };
        var looking = Source().LookAsync(default);
        await _time.FireAsync(MemberClient.Patience);
        var members = (await looking.WaitAsync(TimeSpan.FromSeconds(60))).Members;
        Assert.Equal(["Answers", "Unreachable", "Answers"], members.Select(member => member.State));
        Assert.Equal("No answer from 127.0.0.12:17320 within 1500 ms.", members[1].Problem);
    }

    [Fact]
    public async Task No_more_than_some_are_asked_at_a_time_and_a_huge_cluster_is_cut()
    {
        for (var i = 0; i < ClusterSource.MembersMax + 10; i++) _listed[$"127.0.{1 + (i / 250)}.{1 + (i % 250)}:17310"] = new NodeId((ulong)(100 + i));
        var (now, most) = (0, 0);
        _members.Answer = async (_, path, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return Reply(200, path == "/disks" ? Disks : Node);
        };
        var seen = await Source().LookAsync(default);
        Assert.Equal((ClusterSource.MembersMax + 1, 10), (seen.Members.Count, seen.Omitted));
        Assert.InRange(most, 1, ClusterSource.AtOnceMax);
    }

    [Fact]
    public async Task Members_that_raft_knows_are_there_before_the_masters_have_listed_any_and_this_node_always()
    {
        _listed.Clear();
        _heard.Add(new ClusterMember(new NodeId(5), "127.0.0.12:17310", "", 3, 1, 2, Reachability.Reachable, TimeSpan.FromSeconds(1), null, 4));
        _members.Answer = (_, path, _) => Task.FromResult(Reply(200, path == "/disks" ? Disks : Node));
        var seen = await Source().LookAsync(default);
        Assert.False(seen.Listed);
        Assert.Equal([(Ours, true), ("127.0.0.12:17310", false)], seen.Members.Select(member => (member.Address, member.IsSelf)));
        Assert.Equal("Reachable", seen.Members[1].Raft!.Reachability);
        Assert.DoesNotContain(_members.Asked, asked => asked.Host == "127.0.0.11"); // nobody asks himself
    }

    [Fact]
    public async Task An_address_that_nobody_can_be_asked_at_is_shown_and_asked_nothing()
    {
        var member = await LookAtAsync("node-12", _ => throw new InvalidOperationException("asked"));
        Assert.Equal(("Strange", 0), (member.State, _members.Asked.Count));
    }

    private ClusterSource Source()
    {
        var surface = new NodeSurface(new ScriptedInspection(), new OperationMeters(_time, LatencyBounds.Operations), () => OperatorPathTest.Figures, () => new Protocol.Master.DataNodeHeartbeatResponse())
        {
            Operations = new ScriptedOrders(),
            Qos = new ScriptedQos(),
            Drain = new ScriptedDrain(),
            Ledger = new ScriptedLedger(),
            Marking = new ScriptedOrders(),
            Recent = () => RecentOperations.None,
            ReportRecent = _ => { },
            Inspection = new NodeInspection(null!, () => _heard, _ => new GateView("open", 0), () => [], new SlowRequests(TimeSpan.Zero, _time), null!) { Nodes = () => _listed },
        };
        var status = new NodeStatus(NodePhase.Ready, [], 4, Ours, [], []);
        return new ClusterSource(new OperatorDesk(() => status, () => surface, "default", _time), new MemberClient(() => new HttpClient(_members, disposeHandler: false), _time), Port);
    }

    private async Task<ClusterNode> LookAtAsync(string address, Func<string, HttpResponseMessage> answer)
    {
        _listed[address] = new NodeId(5);
        _members.Answer = (_, path, _) => Task.FromResult(answer(path));
        return Other(await Source().LookAsync(default));
    }

    private static ClusterNode Other(ClusterEvent seen) => Assert.Single(seen.Members, member => !member.IsSelf);

    private static HttpResponseMessage Reply(int code, string body) => new((HttpStatusCode)code) { Content = new StringContent(body, Encoding.UTF8) };

    private sealed class ScriptedMembers : HttpMessageHandler
    {
        public ConcurrentQueue<(string Host, string Path, AuthenticationHeaderValue? Authorization)> Asked { get; } = new();

        public Func<string, string, CancellationToken, Task<HttpResponseMessage>> Answer { get; set; } = (_, _, _) => throw new InvalidOperationException("nobody was to be asked");

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Enqueue((request.RequestUri!.Host, request.RequestUri.AbsolutePath, request.Headers.Authorization));
            Assert.Equal((Port, HttpMethod.Get), (request.RequestUri.Port, request.Method));
            return Answer(request.RequestUri.Host, request.RequestUri.AbsolutePath, cancellationToken);
        }
    }
}
