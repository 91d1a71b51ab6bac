using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary><c>/cubeactors/events</c>: this node, or with <c>?of=cluster</c> all members of its cluster, as a stream of server-sent events.</summary>
/// <remarks>How many are open at once is limited where all answers are that go on, by <see cref="RequestLimits"/>.</remarks>
internal sealed class EventPaths
{
    public const string Path = "/cubeactors/events";

    /// <summary>A node is looked at so often while somebody watches, unless a look costs much, see <see cref="LookPace"/>: bursts of a second are to be seen in plots.</summary>
    public static readonly TimeSpan NodePeriod = TimeSpan.FromSeconds(1);

    /// <summary>The rest between two rounds of questions to all members, however long they are waited for: waiting costs nothing.</summary>
    public static readonly TimeSpan ClusterPeriod = TimeSpan.FromSeconds(2);

    /// <summary>Without an event for so long, a comment says that the connection stands. Pages take 30 s of silence for its end.</summary>
    public static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Who takes nothing for so long is hung up on.</summary>
    public static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(5);

    private readonly IEventSource _node;
    private readonly IEventSource _cluster;
    private readonly EventFeed _nodeFeed;
    private readonly EventFeed _clusterFeed;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    /// <param name="stopping">Ends all streams: an open one must not hold up the end of the port.</param>
    public EventPaths(IEventSource node, IEventSource cluster, TimeProvider time, ILogger log, CancellationToken stopping)
    {
        (_node, _cluster, _time, _stopping) = (node, cluster, time, stopping);
        _nodeFeed = new EventFeed(node, new LookPace(NodePeriod).After, time, log, stopping);
        _clusterFeed = new EventFeed(cluster, static _ => ClusterPeriod, time, log, stopping);
    }

    public void Map(IEndpointRouteBuilder routes) => routes.Map(Path, context => context.Request.Query["of"].ToString() switch
    {
        "" or "node" => ServeAsync(context, _nodeFeed, _node),
        "cluster" => ServeAsync(context, _clusterFeed, _cluster),
        _ => NodeHttp.WriteAsync(context, OperatorReply.Bad("of is node or cluster")),
    });

    private async Task ServeAsync(HttpContext context, EventFeed feed, IEventSource source)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await NodeHttp.WriteAsync(context, OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "this path only looks: GET"));
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
        try
        {
            using var watch = feed.Begin();
            await StreamAsync(context, watch, source.Greeting(), ended.Token);
        }
        catch (OperationCanceledException)
        {
            // The page has gone, or the node has ended.
        }
    }

    private async Task StreamAsync(HttpContext context, EventFeed.Watch watch, ReadOnlyMemory<byte>? greeting, CancellationToken ended)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = EventFrame.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy in front must not collect events
        if (greeting is { } first) await SendAsync(context, first, ended);
        Task<bool>? coming = null;
        while (true)
        {
            coming ??= watch.Frames.WaitToReadAsync(ended).AsTask();
            try
            {
                if (!await coming.WaitAsync(HeartbeatPeriod, _time, ended)) return;
            }
            catch (TimeoutException)
            {
                await SendAsync(context, EventFrame.Heartbeat, ended);
                continue;
            }

            coming = null;
            while (watch.Frames.TryRead(out var frame)) await SendAsync(context, frame, ended);
        }
    }

    private async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> frame, CancellationToken ended)
    {
        using var limit = new CancellationTokenSource(SendLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, limit.Token);
        try
        {
            await context.Response.Body.WriteAsync(frame, either.Token);
            await context.Response.Body.FlushAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ended.IsCancellationRequested)
        {
            context.Abort(); // what it has not taken is not waited for
            throw;
        }
    }
}
