using System.Buffers.Binary;

namespace CubeActors.Node;

/// <summary>An ExportTraceServiceRequest. Pure. Source: opentelemetry-proto trace_service.proto and trace.proto.</summary>
internal static class OtlpTraces
{
    private const int ResourceSpans = 1, Resource = 1, ScopeSpans = 2, Scope = 1, Spans = 2;
    private const int TraceIdField = 1, SpanIdField = 2, ParentField = 4, Name = 5, Kind = 6, Start = 7, End = 8, Attributes = 9, Status = 15;
    private const int StatusMessage = 2, StatusCode = 3;
    private const int StatusError = 2;

    public static byte[] Write(OtlpResource resource, IReadOnlyList<Span> spans)
    {
        var writer = new ProtoWriter();
        var place = writer.Begin(ResourceSpans);
        OtlpFields.Resource(writer, Resource, resource);
        var scope = writer.Begin(ScopeSpans);
        OtlpFields.Scope(writer, Scope);
        foreach (var span in spans) Write(writer, span);
        writer.End(scope);
        writer.End(place);
        return writer.Written.ToArray();
    }

    private static void Write(ProtoWriter writer, Span span)
    {
        System.Span<byte> id = stackalloc byte[16];
        var place = writer.Begin(Spans);
        BinaryPrimitives.WriteUInt64BigEndian(id, span.Trace.High);
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], span.Trace.Low);
        writer.Bytes(TraceIdField, id);
        BinaryPrimitives.WriteUInt64BigEndian(id, span.Id.Value);
        writer.Bytes(SpanIdField, id[..8]);
        if (span.Parent != default)
        {
            BinaryPrimitives.WriteUInt64BigEndian(id, span.Parent.Value);
            writer.Bytes(ParentField, id[..8]);
        }

        writer.Text(Name, span.Name);
        writer.Number(Kind, (ulong)span.Kind);
        writer.Fixed(Start, OtlpFields.Nanoseconds(span.Start));
        writer.Fixed(End, OtlpFields.Nanoseconds(span.End));
        foreach (var (key, value) in span.Attributes) OtlpFields.Attribute(writer, Attributes, key, value);
        if (span.Error is { } error)
        {
            var status = writer.Begin(Status);
            writer.Text(StatusMessage, error);
            writer.Number(StatusCode, StatusError);
            writer.End(status);
        }

        writer.End(place);
    }
}
