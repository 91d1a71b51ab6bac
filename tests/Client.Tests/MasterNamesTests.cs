using System.Net;
using System.Net.Sockets;
using CubeActors.Protocol.Master;
using CubeActors.TestKit.Network;

namespace CubeActors.Client.Tests;

/// <summary>Masters that are named and not numbered.</summary>
public sealed class MasterNamesTests
{
    private readonly ManualTime _time = new();
    private readonly List<string> _asked = [];
    private Func<string, IPAddress[]> _resolver = _ => [IPAddress.Parse("10.0.0.1")];

    [Fact]
    public async Task A_name_is_asked_for_once_an_interval()
    {
        var names = Names("masters.example:17010", "10.0.0.9:17010");
        Assert.Equal(["10.0.0.1:17010", "10.0.0.9:17010"], await ResolvedAsync(names));
        _resolver = _ => [IPAddress.Parse("10.0.0.2")];
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("10.0.0.1:17010", (await ResolvedAsync(names))[0]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("10.0.0.2:17010", (await ResolvedAsync(names))[0]);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_name_of_several_masters_stands_for_each_of_them_once()
    {
        _resolver = _ => [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")];
        Assert.Equal(["10.0.0.1:17010", "10.0.0.2:17010"], await ResolvedAsync(Names("masters.example:17010", "10.0.0.2:17010")));
    }

    [Fact]
    public async Task A_name_without_port_means_port_80() => Assert.Equal(["10.0.0.1:80"], await ResolvedAsync(Names("masters.example")));

    [Fact]
    public async Task A_name_server_that_is_down_does_not_take_known_masters_away()
    {
        var names = Names("masters.example:17010");
        await ResolvedAsync(names);
        _resolver = _ => throw new SocketException((int)SocketError.HostNotFound);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["10.0.0.1:17010"], await ResolvedAsync(names));
        await ResolvedAsync(names);
        Assert.Equal(2, _asked.Count); // a failure counts for an interval too
    }

    [Fact]
    public async Task A_name_that_was_never_known_is_named_in_the_failure()
    {
        _resolver = _ => [];
        using var client = new MasterClient(new MasterSettings(["masters.example:17010"]), new SimulatedNetwork(_time), _time, null, (name, _) => Task.FromResult(_resolver(name)));
        var failure = await Assert.ThrowsAsync<MasterException>(() => client.GetClusterInfoAsync());
        Assert.Equal(MasterFailure.Unreachable, failure.Failure);
        Assert.Contains("masters.example", failure.Message);
    }

    [Fact]
    public async Task Calls_go_to_the_address_that_the_name_has_now()
    {
        var network = new SimulatedNetwork(_time);
        using var first = new SimulatedHttpServer(network, "10.0.0.1:17010", _ => MasterModel.Ok(new ClusterInfo { Cluster = "first" }, MasterJson.Default.ClusterInfo));
        using var second = new SimulatedHttpServer(network, "10.0.0.2:17010", _ => MasterModel.Ok(new ClusterInfo { Cluster = "second" }, MasterJson.Default.ClusterInfo));
        using var client = new MasterClient(new MasterSettings(["masters.example:17010"]), network, _time, null, (name, _) => Task.FromResult(_resolver(name)));
        Assert.Equal("first", (await client.GetClusterInfoAsync()).Cluster);
        _resolver = _ => [IPAddress.Parse("10.0.0.2")];
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("second", (await client.GetClusterInfoAsync()).Cluster); // not the first any more, though it would answer
    }

    private MasterNames Names(params string[] masters) => new(
        new MasterSettings(masters),
        (name, _) =>
        {
            _asked.Add(name);
            return Task.FromResult(_resolver(name));
        },
        _time);

    private static async Task<IReadOnlyList<string>> ResolvedAsync(MasterNames names)
    {
        var problems = new List<string>();
        var addresses = await names.AddressesAsync(problems, CancellationToken.None);
        Assert.Empty(problems);
        return addresses;
    }
}
