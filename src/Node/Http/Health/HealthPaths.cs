using System.Globalization;
using CubeActors.Actors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CubeActors.Node;

/// <summary>The health checking protocol of gRPC on the operators' port: for supervisors that know no HTTP probes, and clients that watch.</summary>
/// <remarks>Source: grpc/health/v1/health.proto and its document, gRPC Health Checking Protocol; codes: grpc/status.h.</remarks>
internal sealed class HealthPaths(Func<NodePhase> phase, TimeProvider time, CancellationToken stopping)
{
    /// <summary>The name under which the data node itself can be asked for; the empty name means the same here.</summary>
    public const string Service = "cubeactors.DataNode";

    /// <summary>Streams of Watch that are open at once. Each looks at the phase now and then; supervisors and balancers of one node are few.</summary>
    public const int WatchesMax = 64;

    /// <summary>How late a change may be told.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private const int GrpcOk = 0, InvalidArgument = 3, NotFound = 5, ResourceExhausted = 8, Unavailable = 14;
    private const string ContentType = "application/grpc";

    private int _watches;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/grpc.health.v1.Health/Check", context => AnswerAsync(context, CheckAsync));
        routes.MapPost("/grpc.health.v1.Health/Watch", context => AnswerAsync(context, WatchAsync));
    }

    /// <summary>Only who serves all it has is to be sent new work. Pure.</summary>
    /// <returns>Null for a service that is not here.</returns>
    public static ServingStatus? StatusOf(string service, NodePhase phase) =>
        service is not ("" or Service) ? null : phase == NodePhase.Ready ? ServingStatus.Serving : ServingStatus.NotServing;

    private async Task<(int Code, string Message)> CheckAsync(HttpContext context, string service)
    {
        if (StatusOf(service, phase()) is not { } status) return (NotFound, "no such service");
        await context.Response.Body.WriteAsync(HealthMessages.Response(status), context.RequestAborted);
        return (GrpcOk, "");
    }

    private async Task<(int Code, string Message)> WatchAsync(HttpContext context, string service)
    {
        if (Interlocked.Increment(ref _watches) > WatchesMax)
        {
            Interlocked.Decrement(ref _watches);
            return (ResourceExhausted, $"{WatchesMax} watches are open");
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            ServingStatus? told = null;
            do
            {
                var status = StatusOf(service, phase()) ?? ServingStatus.ServiceUnknown; // and on: the protocol wants it so, the service may come
                if (status == told) continue;
                await context.Response.Body.WriteAsync(HealthMessages.Response(status), ended.Token);
                await context.Response.Body.FlushAsync(ended.Token);
                told = status;
            }
            while (await timer.WaitForNextTickAsync(ended.Token));
        }
        catch (OperationCanceledException)
        {
            // The watcher has gone, or the node has ended.
        }
        finally
        {
            Interlocked.Decrement(ref _watches);
        }

        return (Unavailable, "the node has ended");
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, string, Task<(int Code, string Message)>> answer)
    {
        if (context.Request.ContentType?.StartsWith(ContentType, StringComparison.Ordinal) != true || !HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType; // as the specification of gRPC over HTTP/2 asks for
            return;
        }

        context.Response.ContentType = ContentType;
        var (code, message) = await ReadAsync(context) is { } service ? await answer(context, service) : (InvalidArgument, "one HealthCheckRequest is expected");
        if (context.RequestAborted.IsCancellationRequested) return;
        context.Response.AppendTrailer("grpc-status", code.ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0) context.Response.AppendTrailer("grpc-message", message);
    }

    /// <returns>The service asked for; null if the body is no request.</returns>
    private static async Task<string?> ReadAsync(HttpContext context)
    {
        var body = new byte[HealthMessages.FrameHeaderBytes + HealthMessages.RequestBytesMax];
        var bytes = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        return bytes < body.Length && HealthMessages.TryReadRequest(body.AsSpan(0, bytes), out var service) ? service : null;
    }
}
