using System.Net;
using System.Net.Sockets;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Actors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The node's HTTP port: probes for supervisors, figures for operators. It is up before anything slow begins and down last.</summary>
/// <remarks>Nothing of the environment configures it: no ASPNETCORE_ variables, no appsettings.json of the working directory.</remarks>
internal sealed class NodeHttp : IAsyncDisposable
{
    /// <summary>Requests at once on one connection of HTTP/2. Who watches health has one or two.</summary>
    private const int Http2StreamsMax = 16;

    /// <summary>A peer that sends a body, or takes an answer, more slowly than this is hung up on once the time for headers is over. Source: Kestrel, its default.</summary>
    private const double BytesPerSecondMin = 240;

    /// <summary>Kestrel looks once a second, and refuses less than that.</summary>
    private static readonly TimeSpan GraceMin = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;

    private NodeHttp(WebApplication application) => _application = application;

    /// <summary>Where it listens; with port 0 in the settings, the port that the system chose.</summary>
    public IPEndPoint EndPoint { get; private set; } = null!; // set by StartAsync, before anybody has the object

    /// <summary>Where it listens with TLS; null where it does not.</summary>
    public IPEndPoint? TlsEndPoint { get; private set; }

    /// <param name="bound">The port, listening, and owned from here on; null: it is bound now.</param>
    /// <param name="tlsBound">The same with TLS.</param>
    /// <exception cref="SettingsException">A port cannot be bound.</exception>
    public static Task<NodeHttp> StartAsync(HttpSettings settings, OperatorDesk desk, ILogger log, Socket? bound = null, Socket? tlsBound = null) => StartAsync(
        "prof", settings, new HttpGate(settings, desk.HttpCounts, desk.Time, log), log, bound, tlsBound, speaksHttp2: true, application =>
        {
            MapProbes(application, desk);
            new HealthPaths(desk.Phase, desk.Time, application.Lifetime.ApplicationStopping).Map(application);
            foreach (var path in (IEnumerable<OperatorPath>)
                [.. InspectionPaths.Of(desk), .. OrderPaths.Of(desk).Select(path => path.AsOrder()), .. QosPaths.Of(desk), .. BudgetPaths.Of(desk), .. OperationLogPaths.Of(desk), .. MeterPaths.Of(desk), .. LogPaths.Of(desk), .. IntegrityPaths.Of(desk), .. RuntimePaths.All])
            {
                var endpoint = application.Map(path.Path, context => AnswerAsync(context, path));
                if (path.IsOrder) endpoint.WithMetadata(HttpGate.LegacyOrder.Instance);
            }

            InspectPaths.Map(application, desk);
            new ProfilePaths(desk.Time).Map(application);
            application.Map(DrainPaths.Path, context => WriteAsync(context, DrainPaths.Answer(context.Request, desk)));
            application.Map(OperationPaths.ListPath, context => WriteAsync(context, OperationPaths.List(context.Request, desk)));
            application.Map(OperationPaths.OnePath, context => WriteAsync(context, OperationPaths.One(context.Request, desk, context.GetRouteValue("id") as string)));
            application.Map(OperationPaths.CancelPath, context => WriteAsync(context, OperationPaths.Cancel(context.Request, desk, context.GetRouteValue("id") as string)));
            application.Map(OperationPaths.AlertsPath, context => WriteAsync(context, OperationPaths.Alerts(context.Request, desk)));
            MapMetrics(application, desk.Metrics);
            DashboardPaths.Map(application, desk, settings.EndPoint.Port, log, application.Lifetime.ApplicationStopping);
        });

    /// <summary>A port for metrics alone. CubeFS answers operators on it too, which would be a second unguarded door.</summary>
    /// <param name="bound">As with <see cref="StartAsync(HttpSettings, OperatorDesk, ILogger, Socket?, Socket?)"/>.</param>
    /// <exception cref="SettingsException">The port cannot be bound.</exception>
    public static Task<NodeHttp> StartExporterAsync(HttpSettings settings, Func<MetricText> metrics, ILogger log, Socket? bound = null) =>
        StartAsync(
            "exporterPort", settings with { Tls = null }, new HttpGate(settings, new HttpCounts(), TimeProvider.System, log), log, bound, tlsBound: null, speaksHttp2: false,
            application => MapMetrics(application, metrics));

    /// <param name="key">That names the port, for messages.</param>
    private static async Task<NodeHttp> StartAsync(
        string key, HttpSettings settings, HttpGate gate, ILogger log, Socket? bound, Socket? tlsBound, bool speaksHttp2, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSerilog(new LoggerConfiguration().MinimumLevel.Verbose()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning) // here, where sources still have their names: each request is told at Information
            .Filter.ByExcluding(IsWrongAboutHttp2)
            .WriteTo.Logger(log.ForContext(ConsoleLog.Source, "http ")).CreateLogger(), dispose: true);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, settings, gate, speaksHttp2, log));
        var given = new Queue<Socket?>(settings.Tls is null ? [bound] : [bound, tlsBound]); // Kestrel asks for them in the order in which they are listened on
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket =
            endPoint => given.TryDequeue(out var socket) && socket is not null ? socket : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint));
        var application = builder.Build();
        application.UseRouting();
        gate.Use(application);
        map(application);
        application.MapFallback(NotFound);
        try
        {
            await application.StartAsync();
        }
        catch (IOException failure)
        {
            await application.DisposeAsync();
            // Kestrel wraps AddressInUse; other bind failures come through as they are.
            throw failure.GetBaseException() is SocketException socket
                ? new SettingsException(PortProblem.Explain(key, settings.EndPoint, socket), failure)
                : new SettingsException($"{key}: {settings.EndPoint} cannot be listened on: {failure.Message}", failure);
        }
        catch (SocketException failure)
        {
            await application.DisposeAsync();
            throw new SettingsException(PortProblem.Explain(key, settings.EndPoint, failure), failure);
        }

        var urls = application.Urls.Select(url => new Uri(url)).ToList();
        return new NodeHttp(application)
        {
            EndPoint = new IPEndPoint(settings.EndPoint.Address, urls.Single(url => url.Scheme == Uri.UriSchemeHttp).Port),
            TlsEndPoint = settings.Tls is { } tls ? new IPEndPoint(tls.EndPoint.Address, urls.Single(url => url.Scheme == Uri.UriSchemeHttps).Port) : null,
        };
    }

    /// <summary>Kestrel warns that HTTP/2 needs TLS: here it does not, see <see cref="ClearTextHttp2"/>.</summary>
    private static bool IsWrongAboutHttp2(LogEvent line) => line.MessageTemplate.Text.StartsWith("HTTP/2 is not enabled for ", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel, HttpSettings settings, HttpGate gate, bool speaksHttp2, ILogger log)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = settings.HeadersBytesMax;
        kestrel.Limits.MaxRequestLineSize = settings.HeadersBytesMax;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(settings.HeadersBytesMax, (int)settings.BodyBytesMax);
        kestrel.Limits.MaxRequestHeaderCount = settings.HeaderCountMax;
        kestrel.Limits.MaxRequestBodySize = settings.BodyBytesMax;
        kestrel.Limits.RequestHeadersTimeout = settings.HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = settings.KeepAlive;
        var grace = settings.HeadersTimeout > GraceMin ? settings.HeadersTimeout : GraceMin;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(BytesPerSecondMin, grace);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(BytesPerSecondMin, grace);
        kestrel.Limits.Http2.MaxStreamsPerConnection = Http2StreamsMax;
        kestrel.AllowAlternateSchemes = true; // http, although Kestrel was told that something chose HTTP/2
        kestrel.Listen(settings.EndPoint, listen =>
        {
            gate.Connections.Guard(listen, gate.HungUp); // before a byte is waited for
            if (speaksHttp2) listen.UseClearTextHttp2(settings.KeepAlive, TimeProvider.System);
            else listen.Protocols = HttpProtocols.Http1;
        });
        if (settings.Tls is not { } tls) return;
        kestrel.Listen(tls.EndPoint, listen =>
        {
            gate.Connections.Guard(listen, gate.HungUp);
            tls.Use(listen, settings.HeadersTimeout, log);
        });
    }

    // CubeFS takes any method on all of its paths, and probes of some supervisors send HEAD.
    private static void MapProbes(IEndpointRouteBuilder routes, OperatorDesk desk)
    {
        var (time, timeline) = (desk.Time, desk.Timeline);
        routes.Map("/livez", context => Answer(context, Probes.Live(time.GetUtcNow())));
        routes.Map("/startupz", context => Answer(context, Probes.Started(Status(), timeline, time.GetUtcNow(), IsVerbose(context))));
        routes.Map("/readyz", context => Answer(context, Probes.Ready(Status(), timeline, desk.Surface()?.Drain?.Status, time.GetUtcNow(), IsVerbose(context))));
        routes.Map("/healthyz", context => Answer(context, Probes.Ready(Status(), timeline, desk.Surface()?.Drain?.Status, time.GetUtcNow(), IsVerbose(context))));
        routes.Map("/startup", context => Answer(context, StatusCodes.Status200OK, StartReplies.Describe(Status(), timeline, time.GetUtcNow()), HttpJson.Default.StartReply));

        NodeStatus Status()
        {
            var now = desk.Status();
            timeline.Look(now, time.GetUtcNow());
            return now;
        }
    }

    private static bool IsVerbose(HttpContext context) => context.Request.Query.ContainsKey("verbose");

    private static Task Answer(HttpContext context, (int Code, ProbeReply Reply) answer) => Answer(context, answer.Code, answer.Reply, HttpJson.Default.ProbeReply);

    private static void MapMetrics(IEndpointRouteBuilder routes, Func<MetricText>? metrics)
    {
        if (metrics is null) return;
        routes.Map("/metrics", async context =>
        {
            context.Response.ContentType = MetricsPage.ContentType;
            using var text = metrics();
            await context.Response.Body.WriteAsync(text.Page, context.RequestAborted); // which has copied it when it returns
        });
    }

    private static async Task AnswerAsync(HttpContext context, OperatorPath path)
    {
        OperatorReply reply;
        try
        {
            reply = await path.Handler(await Arguments.ReadAsync(context.Request, context.RequestAborted), context.RequestAborted);
        }
        catch (Exception malformed) when (malformed is InvalidDataException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            reply = OperatorReply.Bad($"parse form fail: {malformed.Message}");
        }

        await WriteAsync(context, reply);
    }

    internal static async Task WriteAsync(HttpContext context, OperatorReply reply)
    {
        context.Response.StatusCode = reply.Code;
        context.Response.ContentType = reply.ContentType;
        var body = reply.ToBytes();
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static async Task Answer<T>(HttpContext context, int code, T reply, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = code;
        await context.Response.WriteAsJsonAsync(reply, type, cancellationToken: context.RequestAborted);
    }

    internal static async Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync("404 page not found\n", context.RequestAborted); // the words of a Go node
    }
}
