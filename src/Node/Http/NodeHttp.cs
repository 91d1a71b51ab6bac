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

    private readonly WebApplication _application;

    private NodeHttp(WebApplication application) => _application = application;

    /// <summary>Where it listens; with port 0 in the settings, the port that the system chose.</summary>
    public IPEndPoint EndPoint { get; private set; } = null!; // set by StartAsync, before anybody has the object

    /// <param name="bound">The port, listening, and owned from here on; null: it is bound now.</param>
    /// <exception cref="SettingsException">The port cannot be bound.</exception>
    public static Task<NodeHttp> StartAsync(HttpSettings settings, OperatorDesk desk, ILogger log, Socket? bound = null) => StartAsync(
        "prof", settings, log, bound, speaksHttp2: true, application =>
        {
            MapProbes(application, desk);
            new HealthPaths(desk.Phase, desk.Time, application.Lifetime.ApplicationStopping).Map(application);
            foreach (var path in (IEnumerable<OperatorPath>)
                [.. InspectionPaths.Of(desk), .. OrderPaths.Of(desk).Select(path => path.AsOrder()), .. QosPaths.Of(desk), .. BudgetPaths.Of(desk), .. OperationLogPaths.Of(desk), .. MeterPaths.Of(desk), .. LogPaths.Of(desk), .. IntegrityPaths.Of(desk), .. RuntimePaths.All])
                application.Map(path.Path, context => AnswerAsync(context, path, settings.Guard));
            InspectPaths.Map(application, desk, settings.Guard);
            new ProfilePaths(settings.Guard, desk.Time).Map(application);
            application.Map(DrainPaths.Path, context => WriteAsync(context, DrainPaths.Answer(context.Request, desk, settings.Guard)));
            application.Map(OperationPaths.ListPath, context => WriteAsync(context, OperationPaths.List(context.Request, desk)));
            application.Map(OperationPaths.OnePath, context => WriteAsync(context, OperationPaths.One(context.Request, desk, context.GetRouteValue("id") as string)));
            application.Map(OperationPaths.CancelPath, context => WriteAsync(context, OperationPaths.Cancel(context.Request, desk, settings.Guard, context.GetRouteValue("id") as string)));
            application.Map(OperationPaths.AlertsPath, context => WriteAsync(context, OperationPaths.Alerts(context.Request, desk)));
            MapMetrics(application, desk.Metrics);
            DashboardPaths.Map(application, desk, settings.EndPoint.Port, log, application.Lifetime.ApplicationStopping);
        });

    /// <summary>A port for metrics alone. CubeFS answers operators on it too, which would be a second unguarded door.</summary>
    /// <param name="bound">As with <see cref="StartAsync(HttpSettings, OperatorDesk, ILogger, Socket?)"/>.</param>
    /// <exception cref="SettingsException">The port cannot be bound.</exception>
    public static Task<NodeHttp> StartExporterAsync(HttpSettings settings, Func<byte[]> metrics, ILogger log, Socket? bound = null) =>
        StartAsync("exporterPort", settings, log, bound, speaksHttp2: false, application => MapMetrics(application, metrics));

    /// <param name="key">That names the port, for messages.</param>
    private static async Task<NodeHttp> StartAsync(string key, HttpSettings settings, ILogger log, Socket? bound, bool speaksHttp2, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSerilog(new LoggerConfiguration().MinimumLevel.Verbose()
            .Filter.ByExcluding(IsWrongAboutHttp2)
            .WriteTo.Logger(log.ForContext(ConsoleLog.Source, "http ")).CreateLogger(), dispose: true);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, settings, speaksHttp2));
        var given = bound;
        if (bound is not null)
            builder.Services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = _ => Interlocked.Exchange(ref given, null) ?? throw new InvalidOperationException("one server listens once"));
        var application = builder.Build();
        application.UseRouting();
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

        return new NodeHttp(application) { EndPoint = new IPEndPoint(settings.EndPoint.Address, new Uri(application.Urls.Single()).Port) };
    }

    /// <summary>Kestrel warns that HTTP/2 needs TLS: here it does not, see <see cref="ClearTextHttp2"/>.</summary>
    private static bool IsWrongAboutHttp2(LogEvent line) => line.MessageTemplate.Text.StartsWith("HTTP/2 is not enabled for ", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel, HttpSettings settings, bool speaksHttp2)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = settings.ConnectionsMax;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = settings.HeadersBytesMax;
        kestrel.Limits.MaxRequestLineSize = settings.HeadersBytesMax;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(settings.HeadersBytesMax, (int)settings.BodyBytesMax);
        kestrel.Limits.MaxRequestHeaderCount = settings.HeaderCountMax;
        kestrel.Limits.MaxRequestBodySize = settings.BodyBytesMax;
        kestrel.Limits.RequestHeadersTimeout = settings.HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = settings.KeepAlive;
        kestrel.Limits.Http2.MaxStreamsPerConnection = Http2StreamsMax;
        kestrel.AllowAlternateSchemes = true; // http, although Kestrel was told that something chose HTTP/2
        kestrel.Listen(settings.EndPoint, listen =>
        {
            if (speaksHttp2) listen.UseClearTextHttp2(settings.KeepAlive, TimeProvider.System);
            else listen.Protocols = HttpProtocols.Http1;
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

    private static void MapMetrics(IEndpointRouteBuilder routes, Func<byte[]>? metrics)
    {
        if (metrics is null) return;
        routes.Map("/metrics", async context =>
        {
            context.Response.ContentType = MetricsPage.ContentType;
            await context.Response.Body.WriteAsync(metrics(), context.RequestAborted);
        });
    }

    private static OperatorReply Unauthorized { get; } =
        OperatorReply.Failed(StatusCodes.Status401Unauthorized, "this path needs the header Authorization: Bearer <token>");

    private static async Task AnswerAsync(HttpContext context, OperatorPath path, OrderGuard guard)
    {
        OperatorReply reply;
        try
        {
            reply = path.IsOrder && !guard.Admits(context.Request) ? Unauthorized : await path.Handler(await Arguments.ReadAsync(context.Request, context.RequestAborted), context.RequestAborted);
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
