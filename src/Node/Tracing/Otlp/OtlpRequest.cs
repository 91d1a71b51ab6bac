using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace CubeActors.Node;

/// <summary>One request of OTLP, and what its answer means. Pure but for what it is given.</summary>
/// <remarks>Sources: opentelemetry.io, OTLP specification 1.x, "OTLP/HTTP" and "OTLP/gRPC"; gRPC over HTTP2 for the frame and the trailers.</remarks>
internal static class OtlpRequest
{
    private const string TracesPath = "/v1/traces", MetricsPath = "/v1/metrics";
    private const string TracesMethod = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const string MetricsMethod = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    /// <summary>A flag, and the length of the message.</summary>
    private const int FrameHeaderBytes = 5;

    public static HttpRequestMessage Traces(TelemetrySettings settings, byte[] message) => Request(settings, message, TracesPath, TracesMethod);

    public static HttpRequestMessage Metrics(TelemetrySettings settings, byte[] message) => Request(settings, message, MetricsPath, MetricsMethod);

    /// <summary>What became of a request that was answered.</summary>
    /// <param name="why">For the log, where it was not taken.</param>
    public static Told Judge(HttpResponseMessage reply, byte[] body, out string why)
    {
        var outcome = Teller.Judge(reply, body, out why);
        if (outcome != Told.Taken || reply.Content.Headers.ContentType?.MediaType != "application/grpc") return outcome;
        var status = Trailer(reply, "grpc-status");
        if (status == "0") return Told.Taken;
        why = $"gRPC status {(status.Length > 0 ? status : "unknown")}, {Uri.UnescapeDataString(Trailer(reply, "grpc-message"))}";
        // Cancelled, deadline, exhausted, aborted, out of range, unavailable, data loss: the specification has these tried again.
        return int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is not (1 or 4 or 8 or 10 or 11 or 14 or 15) ? Told.Refused : Told.Failed;
    }

    /// <summary>Spans that the endpoint did not take although it took the request. Source: ExportTracePartialSuccess, rejected_spans.</summary>
    /// <param name="body">An ExportTraceServiceResponse; of gRPC with its frame.</param>
    public static int Rejected(TelemetrySettings settings, ReadOnlySpan<byte> body, int sent)
    {
        if (settings.Protocol == OtlpProtocol.Grpc) body = body.Length > FrameHeaderBytes ? body[FrameHeaderBytes..] : default;
        if (!ProtoReader.TryFind(body, 1, out var partial) || !ProtoReader.TryFindNumber(partial, 1, out var rejected)) return 0;
        return (int)Math.Min(rejected, (ulong)sent); // whatever it says, no more were sent
    }

    private static HttpRequestMessage Request(TelemetrySettings settings, byte[] message, string path, string method)
    {
        var isGrpc = settings.Protocol == OtlpProtocol.Grpc;
        var content = new ByteArrayContent(isGrpc ? Framed(message) : message);
        content.Headers.ContentType = new MediaTypeHeaderValue(isGrpc ? "application/grpc" : "application/x-protobuf");
        var request = new HttpRequestMessage(HttpMethod.Post, $"{settings.Endpoint.ToString().TrimEnd('/')}{(isGrpc ? method : path)}") { Content = content };
        foreach (var (name, value) in settings.Headers) request.Headers.TryAddWithoutValidation(name, value);
        if (!isGrpc) return request;
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    private static byte[] Framed(byte[] message)
    {
        var framed = new byte[FrameHeaderBytes + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed.AsSpan(FrameHeaderBytes));
        return framed;
    }

    /// <summary>An answer without a message has them among its headers.</summary>
    private static string Trailer(HttpResponseMessage reply, string name) =>
        reply.TrailingHeaders.TryGetValues(name, out var values) || reply.Headers.TryGetValues(name, out values) ? values.FirstOrDefault("") : "";
}
