using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CubeActors.Node.Tests;

/// <summary>A collector as far as a node sees one, on loopback: it takes what is sent by HTTP or gRPC, and answers what the test wants.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Channel<OtlpCall> _calls = Channel.CreateUnbounded<OtlpCall>();

    private OtlpReceiver(WebApplication application) => _application = application;

    public Uri Address { get; private set; } = null!; // set before anybody has the object

    /// <summary>An ExportTraceServiceResponse.</summary>
    public byte[] Reply { get; set; } = [];

    public int Status { get; set; } = StatusCodes.Status200OK;

    public string GrpcStatus { get; set; } = "0";

    public static async Task<OtlpReceiver> StartAsync(OtlpProtocol protocol)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = protocol == OtlpProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var receiver = new OtlpReceiver(builder.Build());
        receiver._application.Run(context => receiver.TakeAsync(context, protocol == OtlpProtocol.Grpc));
        await receiver._application.StartAsync();
        receiver.Address = new Uri(receiver._application.Urls.Single());
        return receiver;
    }

    public Task<OtlpCall> NextAsync() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context, bool isGrpc)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var call = new OtlpCall(context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()), isGrpc ? body.ToArray()[5..] : body.ToArray());
        context.Response.StatusCode = Status;
        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync((byte[])[0, 0, 0, 0, (byte)Reply.Length, .. Reply]);
            context.Response.AppendTrailer("grpc-status", GrpcStatus);
        }
        else
        {
            await context.Response.Body.WriteAsync(Reply);
        }

        await _calls.Writer.WriteAsync(call);
    }
}

/// <param name="Message">The protobuf, without the frame of gRPC.</param>
internal sealed record OtlpCall(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Message)
{
    private ProtoFields ResourceSpans => new ProtoFields(Message).Message(1);

    public Dictionary<string, string> Resource => ResourceSpans.Message(1).Attributes(1);

    public IReadOnlyList<ReceivedSpan> Spans => [.. ResourceSpans.Messages(2).Single().Messages(2).Select(span => new ReceivedSpan(
        span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), (int)span.Number(6), DateTimeOffset.UnixEpoch.AddTicks((long)(span.Number(7) / 100)),
        DateTimeOffset.UnixEpoch.AddTicks((long)(span.Number(8) / 100)), span.Attributes(9), span.Has(15) ? span.Message(15).Text(2) : null))];
}

/// <summary>A span as the collector sees it; ids in hex.</summary>
internal sealed record ReceivedSpan(
    string Trace, string Id, string Parent, string Name, int Kind, DateTimeOffset Start, DateTimeOffset End, IReadOnlyDictionary<string, string> Attributes, string? Error);
