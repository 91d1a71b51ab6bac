using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;
using CubeActors.TestKit.Network;

namespace CubeActors.Client.Tests;

public sealed class MasterClientTests : IAsyncDisposable
{
    private static readonly string[] Addresses = ["10.0.0.101:17010", "10.0.0.102:17010", "10.0.0.103:17010"];
    private readonly ManualTime _time = new();
    private readonly SimulatedNetwork _network;
    private readonly List<string> _asked = [];
    private readonly Func<HttpCall, HttpResult>[] _answers = new Func<HttpCall, HttpResult>[3];
    private readonly SimulatedHttpServer[] _servers;
    private readonly MasterClient _client;

    public MasterClientTests()
    {
        _network = new SimulatedNetwork(_time);
        Array.Fill(_answers, _ => Info("any"));
        _servers = [.. Enumerable.Range(0, 3).Select(i => new SimulatedHttpServer(_network, Addresses[i], call =>
        {
            lock (_asked) _asked.Add(Addresses[i]);
            return _answers[i](call);
        }))];
        _client = new MasterClient(new MasterSettings(Addresses), _network, _time);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var server in _servers) server.Dispose();
        await Task.WhenAll(_servers.Select(server => server.Running));
    }

    [Fact]
    public async Task The_master_that_answered_last_is_asked_first()
    {
        _answers[0] = _ => HttpResult.Text(400, "no leader");
        await _client.GetClusterInfoAsync();
        await _client.GetClusterInfoAsync();
        Assert.Equal([Addresses[0], Addresses[1], Addresses[1]], _asked);
    }

    [Theory]
    [InlineData(400, "10.0.0.103:17010", "10.0.0.103:17010")] // a leader that is still loading
    [InlineData(403, "10.0.0.104:17010\n", "10.0.0.104:17010")] // older masters
    [InlineData(400, "no leader", null)]
    [InlineData(403, "10.0.0.104", null)]
    [InlineData(500, "10.0.0.104:17010", null)]
    public async Task A_leader_that_a_master_names_is_remembered(int status, string body, string? leader)
    {
        var asked = 0;
        _answers[0] = _ => asked++ == 0 ? HttpResult.Text(status, body) : Info("any");
        await _client.GetClusterInfoAsync();
        Assert.Equal(leader, _client.LeaderTold);
    }

    [Theory]
    [InlineData(400, "10.0.0.103:17010")]
    [InlineData(429, "too many requests")]
    [InlineData(500, "")]
    [InlineData(302, "")]
    [InlineData(404, "404 page not found")]
    public async Task Any_other_status_sends_the_call_to_the_next_master(int status, string body)
    {
        _answers[0] = _answers[1] = _ => HttpResult.Text(status, body);
        Assert.Equal("any", (await _client.GetClusterInfoAsync()).Cluster);
        Assert.Equal(Addresses, _asked);
    }

    [Fact]
    public async Task Unreachable_masters_are_passed_over()
    {
        _network.Refuse(Addresses[0]);
        _answers[1] = _ => new HttpResult(0, [], Breaks: true);
        await _client.GetClusterInfoAsync();
        Assert.Equal(Addresses[2], _asked[^1]);
    }

    [Fact]
    public async Task A_master_that_does_not_answer_is_left_after_30_seconds()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[0] = _ =>
        {
            asked.SetResult();
            return new HttpResult(0, [], Hangs: true);
        };
        var call = _client.GetClusterInfoAsync();
        await asked.Task;
        await _time.FireAsync(TimeSpan.FromSeconds(30));
        await call;
        Assert.Equal(Addresses[..2], _asked);
    }

    [Fact]
    public async Task If_nobody_serves_it_the_failure_names_every_master_and_its_reason()
    {
        _network.Refuse(Addresses[0]);
        _answers[1] = _ => HttpResult.Text(400, "no leader");
        _answers[2] = _ => HttpResult.Text(429, "slow down");
        var failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetClusterInfoAsync());
        Assert.Equal(MasterFailure.Unreachable, failure.Failure);
        foreach (var part in (string[])[Addresses[0], $"{Addresses[1]}: HTTP 400 no leader", $"{Addresses[2]}: HTTP 429 slow down", "/admin/getIp"])
            Assert.Contains(part, failure.Message);
    }

    [Fact]
    public async Task A_403_with_a_leader_starts_the_round_again_a_bounded_number_of_times()
    {
        _answers[0] = _ => HttpResult.Text(403, Addresses[2]);
        await Assert.ThrowsAsync<MasterException>(() => _client.GetClusterInfoAsync());
        Assert.Equal(4, _asked.Count);
        Assert.All(_asked, address => Assert.Equal(Addresses[0], address));
    }

    [Fact]
    public async Task A_403_that_passes_does_no_harm()
    {
        var asked = 0;
        _answers[0] = _ => asked++ == 0 ? HttpResult.Text(403, Addresses[0]) : Info("leader");
        Assert.Equal("leader", (await _client.GetClusterInfoAsync()).Cluster);
    }

    [Fact]
    public async Task An_empty_403_ends_the_call()
    {
        _answers[0] = _ => HttpResult.Text(403, "");
        var failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetClusterInfoAsync());
        Assert.Contains("no valid master", failure.Message);
        Assert.Single(_asked);
    }

    [Theory]
    [InlineData(1, "add datanode failed", "add datanode failed")]
    [InlineData(1, "", "internal error")]
    [InlineData(2, "addr not legal", "parameter error (addr not legal)")]
    [InlineData(7, "x", "the volume does not exist (x)")]
    [InlineData(11, "", "the data partition does not exist")]
    [InlineData(12, "", "the data node does not exist")]
    [InlineData(42, "", "invalid client id key")]
    [InlineData(99, "x", "error code 99 (x)")]
    public async Task A_refusal_is_told_in_words_with_its_code(int code, string message, string expected)
    {
        _answers[0] = _ => MasterModel.Refuse(code, message);
        var failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetClusterInfoAsync());
        Assert.Equal((MasterFailure.Refused, code), (failure.Failure, failure.Code));
        Assert.EndsWith(": " + expected, failure.Message);
        Assert.Single(_asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"code":"0"}""")]
    [InlineData("""{"code":0,"msg":"success","data":null}""")]
    [InlineData("""{"code":0,"msg":"success","data":[]}""")]
    [InlineData("""{"code":0,"msg":"success","data":{"DataNodeDeleteLimitRate":-1}}""")]
    public async Task An_answer_of_another_shape_is_a_bad_reply(string body)
    {
        _answers[0] = _ => HttpResult.Text(200, body);
        var failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetClusterInfoAsync());
        Assert.Equal(MasterFailure.BadReply, failure.Failure);
    }

    [Fact]
    public async Task Masters_without_objects_are_named()
    {
        Array.Fill(_answers, _ => HttpResult.Text(404, "404 page not found"));
        var failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetObjectAsync("v", "o"));
        Assert.Equal(MasterFailure.UnknownApi, failure.Failure);
        Assert.Equal($"objects are kept by the embedded master; {string.Join(", ", Addresses)} does not have them", failure.Message);
        failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetUpgradeSettingsAsync());
        Assert.Equal(MasterFailure.UnknownApi, failure.Failure);
        Assert.Contains("404 page not found", failure.Message);
    }

    [Fact]
    public async Task A_path_counts_as_unknown_if_those_that_answer_do_not_know_it_while_another_master_is_down()
    {
        _network.Refuse(Addresses[0]);
        _answers[1] = _answers[2] = _ => HttpResult.Text(404, "404 page not found");
        var failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetUpgradeSettingsAsync());
        Assert.Equal(MasterFailure.UnknownApi, failure.Failure);
        Assert.DoesNotContain(Addresses[0], failure.Message);
        _answers[2] = _ => HttpResult.Text(400, "no leader");
        failure = await Assert.ThrowsAsync<MasterException>(() => _client.GetUpgradeSettingsAsync());
        Assert.Equal(MasterFailure.Unreachable, failure.Failure);
    }

    [Fact]
    public async Task A_caller_that_cancels_is_told_so()
    {
        _answers[0] = _ => new HttpResult(0, [], Hangs: true);
        using var cancel = new CancellationTokenSource();
        var call = _client.GetClusterInfoAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task An_answer_beyond_the_limit_is_refused()
    {
        using var client = new MasterClient(new MasterSettings([Addresses[0]]) { ReplyBytesMax = 1024 }, _network, _time);
        _answers[0] = _ => HttpResult.Text(200, new string(' ', 2000));
        await Assert.ThrowsAsync<MasterException>(() => client.GetClusterInfoAsync());
    }

    [Fact]
    public async Task A_registration_sends_what_the_master_expects_and_takes_a_bare_number()
    {
        HttpCall? seen = null;
        _answers[0] = call =>
        {
            seen = call;
            return HttpResult.Text(200, """{"code":0,"msg":"success","data":18446744073709551615}""");
        };
        Assert.Equal(new NodeId(ulong.MaxValue), await _client.AddDataNodeAsync("127.0.0.11:17310", "17330", "17340", "zone a", 1, "k+/="));
        Assert.Equal(("GET", "/dataNode/add"), (seen!.Method, seen.Path));
        Assert.Equal("addr=127.0.0.11:17310 clientIDKey=k+/= heartbeatPort=17330 mediaType=1 replicaPort=17340 zoneName=zone a",
            string.Join(' ', seen.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Fact]
    public async Task The_answer_to_a_task_is_posted()
    {
        HttpCall? seen = null;
        _answers[0] = call =>
        {
            seen = call;
            return HttpResult.Text(200, """{"code":0,"msg":"success","data":null}""");
        };
        await _client.PostTaskResponseAsync(new AdminTask { Id = "t", OpCode = 99 });
        Assert.Equal(("POST", "/dataNode/response"), (seen!.Method, seen.Path));
        Assert.True(GoJson.TryRead(seen.Body, MasterJson.Default.AdminTask, out var task));
        Assert.Equal(("t", 99), (task.Id, task.OpCode));
    }

    [Theory]
    [InlineData(null, "size=120")]
    [InlineData(1048576L, "dpSizeBytes=1048576")]
    public async Task A_volume_is_created_with_partitions_of_gigabytes_or_bytes(long? bytes, string expected)
    {
        HttpCall? seen = null;
        _answers[0] = call =>
        {
            seen = call;
            return HttpResult.Text(200, """{"code":0,"msg":"success","data":"create vol[v] successfully"}""");
        };
        await _client.CreateVolumeAsync(new NewVolume("v", "me", 10, PartitionBytes: bytes));
        Assert.Equal("/admin/createVol", seen!.Path);
        Assert.Contains(expected, seen.Query.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:17010:1")]
    [InlineData("ho st")]
    [InlineData("[::1]:17010")]
    public void An_address_that_is_none_is_refused_at_once(string address) =>
        Assert.Throws<ArgumentException>(() => new MasterClient(new MasterSettings([address]), _network, _time));

    [Fact]
    public void An_empty_list_of_masters_is_refused_at_once() =>
        Assert.Throws<ArgumentException>(() => new MasterClient(new MasterSettings([]), new TcpNetwork(), TimeProvider.System));

    private static HttpResult Info(string cluster) => MasterModel.Ok(new ClusterInfo { Cluster = cluster }, MasterJson.Default.ClusterInfo);
}
