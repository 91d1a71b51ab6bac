using System.Net;
using System.Net.Sockets;
using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>What is seen of a node from outside: the operators' port, the metrics port, and who is told of it. Up before anything slow begins and down last.</summary>
internal sealed class Observation : IAsyncDisposable
{
    /// <summary>Between two rounds of questions to all members connections are kept, and not much longer.</summary>
    private static readonly TimeSpan MembersIdle = 5 * EventPaths.ClusterPeriod;

    private readonly Stack<IAsyncDisposable> _running = new();

    /// <summary>Where metrics are served; null where they are not, or only on the operators' port.</summary>
    public IPEndPoint? Exporter { get; private set; }

    /// <exception cref="SettingsException">The operators' port cannot be bound. Nothing is left running.</exception>
    public static async Task<Observation> StartAsync(NodeSettings settings, NodeServices services, NodeView node)
    {
        var observation = new Observation();
        try
        {
            await observation.StartPartsAsync(settings, services, node);
            return observation;
        }
        catch
        {
            await observation.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task StartPartsAsync(NodeSettings settings, NodeServices services, NodeView node)
    {
        var (status, surface) = (node.Status, node.Surface);
        var exporter = settings.Observation.Exporter;
        var http = new HttpCounts();
        var page = new MetricsPage(status, surface, services.Tally, services.Time) { Http = http, Telemetry = services.Telemetry };
        if (node.Telemetry?.Announce(page) is { } metrics) _running.Push(metrics);
        var operations = settings.Observation.LogFiles is { } files ? new OperationLogFiles(files.Directory, () => surface()?.Recent(), services.Time, services.Log) : null;
        if (operations is not null) _running.Push(operations);
        if (settings.Http is { } operators)
        {
            var members = new MemberClient(() => OutboundHttp.Create(services.Network, MembersIdle), services.Time);
            _running.Push(members);
            var desk = new OperatorDesk(status, surface, operators.Zone, services.Time) { Members = members, HttpCounts = http, Levels = services.Levels, Metrics = page.Write, OperationFiles = operations, Timeline = node.Timeline, Phase = node.Phase, Tail = services.Tail, Settings = () => settings.InForce }; // also with the exporter off: that is about a port
            _running.Push(await NodeHttp.StartAsync(operators, desk, services.Log, services.Ports?.TakeSocket(PortName.Prof), services.Ports?.TakeSocket(PortName.Tls)));
        }

        if (exporter is null || settings.ExporterHttp is not { } port) return;
        var bound = services.Ports?.TakeSocket(PortName.Exporter);
        if (services.Ports is null || bound is not null) await StartExporterAsync(port, page, services, bound); // else it is told that it could not be bound
        if (Announced(exporter, page, () => surface()?.Figures().Cluster ?? "") is { } announcement)
            _running.Push(new Announcer(announcement, OutboundHttp.Create(services.Network), services.Time, services.Log, services.Telemetry.Add(exporter.Push is null ? "consul" : "push")));
    }

    private async Task StartExporterAsync(HttpSettings port, MetricsPage page, NodeServices services, Socket? bound)
    {
        try
        {
            var metrics = await NodeHttp.StartExporterAsync(port, page.Write, services.Log, bound);
            _running.Push(metrics);
            Exporter = metrics.EndPoint;
            services.Log.Information("Metrics are served on port {Port}", metrics.EndPoint.Port);
        }
        catch (SettingsException failure)
        {
            services.Log.Error("{Problem} The node starts without a port for metrics", failure.Message); // as in CubeFS: nobody's data depends on it
        }
    }

    /// <summary>What is told of the metrics, once the node is registered; null if nobody is to be told.</summary>
    private Announcement? Announced(ExporterSettings exporter, MetricsPage page, Func<string> cluster)
    {
        if (exporter.Push is { } push)
        {
            return new Announcement($"Metrics for {EffectiveSettings.WithoutUser(push.OriginalString)}", PushGateway.Period, () => Registered() is var (host, name)
                ? PushGateway.Request(push, new PushOrigin(host, name, Environment.ProcessId, ProgramVersion.Current, exporter.MountPoint, Environment.MachineName), Written())
                : null);
        }

        if (exporter.Consul is not { } consul || Exporter is not { } served) return null;
        return new Announcement($"Registration with {EffectiveSettings.WithoutUser(consul.OriginalString)}", ConsulRegistration.Period, () => Registered() is var (host, name)
            ? ConsulRegistration.Request(consul, host, served.Port, name, exporter.ConsulMeta, ProgramVersion.Current)
            : null);

        byte[] Written()
        {
            using var text = page.Write();
            return text.Page.ToArray();
        }

        (string Host, string Cluster)? Registered() =>
            cluster() is { Length: > 0 } name && MachineAddress.Find(exporter.Filter) is { } host ? (host, name) : null;
    }
}
