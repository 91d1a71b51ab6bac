namespace CubeActors.Node;

/// <summary>The 16 bytes that all spans of one trace have in common.</summary>
internal readonly record struct TraceId(ulong High, ulong Low);

/// <summary>8 bytes that name a span within its trace; 0 is none.</summary>
internal readonly record struct SpanId(ulong Value);

/// <summary>What a span is to its caller. The values are those of the wire. Source: opentelemetry-proto trace.proto, SpanKind.</summary>
internal enum SpanKind
{
    Internal = 1,
    Server = 2,
}

/// <summary>One thing that took time. Immutable.</summary>
/// <param name="Parent">0 for the root of its trace.</param>
/// <param name="Error">Null where it went well.</param>
/// <param name="Attributes">Values are string, long, double or bool.</param>
internal sealed record Span(
    TraceId Trace, SpanId Id, SpanId Parent, string Name, SpanKind Kind, DateTimeOffset Start, DateTimeOffset End, string? Error, IReadOnlyList<KeyValuePair<string, object>> Attributes);
