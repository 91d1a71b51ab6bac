using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node.Tests;

/// <summary>Settings, requests and operations that tests of telemetry begin with.</summary>
internal static class TelemetrySamples
{
    public static readonly DateTimeOffset At = new(2030, 1, 1, 0, 0, 10, TimeSpan.Zero);

    public static readonly RequestKey Key = new(Opcode.Write, new PartitionId(7), new ExtentId(1025), 4096, 99);

    public static TelemetrySettings Settings { get; } = new(
        new Uri("http://127.0.0.1:4318"), OtlpProtocol.HttpProtobuf, [], SampleOneIn: 1, SlowPerSecond: 2, QueueMax: 100, BatchMax: 50, Period: TimeSpan.FromSeconds(2), MetricsPeriod: TimeSpan.Zero);

    /// <summary>An append of 3 ms, as its chain leader or as a follower sees it.</summary>
    public static TracedRequest Append(bool isForwarded, ResultCode result = ResultCode.Ok) => new(
        Key, "OpWrite", result, 131072, isForwarded, isForwarded ? 0 : 2, "192.0.2.9:4000", At,
        [(RequestPhase.Queue, TimeSpan.FromMilliseconds(1)), (RequestPhase.Disk, TimeSpan.FromMilliseconds(2))]);

    public static OperationEntry Repair { get; } = new(
        Guid.Parse("0198c0de-0000-7000-8000-000000000001"), OperationKind.RepairTask, new PartitionId(7), "/data/disk1", "192.0.2.8:17310", "3 extents", At.AddSeconds(-9))
    {
        State = OperationState.Failed,
        StartedAt = At.AddSeconds(-4),
        EndedAt = At,
        Progress = new OperationProgress(2, 3, "extents"),
        Result = "the source is away",
    };
}
