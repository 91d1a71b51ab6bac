namespace CubeActors.Node;

/// <summary>Where traces and metrics are sent by OTLP.</summary>
/// <param name="Endpoint">Base address; the paths of the protocol are put behind it.</param>
/// <param name="Protocol">How.</param>
/// <param name="Headers">Of each request: what the endpoint asks for to let somebody in.</param>
/// <param name="SampleOneIn">Of requests one in this many is traced, the same on all replicas; 0: none.</param>
/// <param name="SlowPerSecond">Slow requests that are traced besides, a second.</param>
/// <param name="QueueMax">Spans that may wait; further ones are dropped and counted.</param>
/// <param name="BatchMax">Spans of one request.</param>
/// <param name="Period">How long spans are gathered.</param>
/// <param name="MetricsPeriod">How often all metrics are sent; zero: never.</param>
internal sealed record TelemetrySettings(
    Uri Endpoint, OtlpProtocol Protocol, IReadOnlyList<KeyValuePair<string, string>> Headers, int SampleOneIn, int SlowPerSecond, int QueueMax, int BatchMax, TimeSpan Period,
    TimeSpan MetricsPeriod);

/// <summary>The two ways of OTLP that every collector takes.</summary>
internal enum OtlpProtocol
{
    /// <summary>A POST with protobuf; usually port 4318.</summary>
    HttpProtobuf,

    /// <summary>gRPC over HTTP/2; usually port 4317.</summary>
    Grpc,
}
