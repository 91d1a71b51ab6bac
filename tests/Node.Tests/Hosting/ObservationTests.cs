using System.Net;
using CubeActors.Actors;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using Serilog.Core;

namespace CubeActors.Node.Tests;

/// <summary>The ports of a node for those who watch it.</summary>
public sealed class ObservationTests
{
    private static readonly NodeStatus Status = new(NodePhase.Loading, [], 0, "", [], []);

    [Fact]
    public async Task Metrics_are_served_alone_on_a_port_that_the_system_chooses()
    {
        await using var observation = await StartAsync(SampleConfig.ReadWith("prof", null));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{observation.Exporter!.Port}") };
        using var metrics = await client.GetAsync("/metrics");
        Assert.Equal((HttpStatusCode.OK, "text/plain; version=0.0.4; charset=utf-8"), (metrics.StatusCode, metrics.Content.Headers.ContentType!.ToString()));
        Assert.Contains("\ncubeactors_phase{phase=\"Loading\"} 1\n", await metrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var disks = await client.GetAsync("/disks");
        Assert.Equal(HttpStatusCode.NotFound, disks.StatusCode); // no second door for operators
    }

    [Fact]
    public async Task Without_an_exporter_there_is_no_port_for_metrics()
    {
        var settings = SampleConfig.ReadWith("exporterEnable", "false");
        await using var observation = await StartAsync(settings with { Http = settings.Http! with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) } });
        Assert.Null(observation.Exporter);
    }

    [Fact]
    public async Task A_port_for_metrics_that_is_taken_does_not_hinder_the_start()
    {
        await using var first = await StartAsync(SampleConfig.ReadWith("prof", null));
        var settings = SampleConfig.ReadWith("prof", null);
        await using var second = await StartAsync(settings with { ExporterHttp = settings.ExporterHttp! with { EndPoint = new IPEndPoint(IPAddress.Any, first.Exporter!.Port) } });
        Assert.Null(second.Exporter);
    }

    private static Task<Observation> StartAsync(NodeSettings settings) =>
        Observation.StartAsync(settings, new NodeServices(new TcpNetwork(), new LinuxFileSystem(), TimeProvider.System, Logger.None), new NodeView(() => Status, () => null, new StartTimeline(DateTimeOffset.UnixEpoch)));
}
