using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The last lines of the log: /cubeactors/log.</summary>
/// <param name="Level">From which on lines are written; absent where it cannot be changed.</param>
internal sealed record LogReply(string? Level, IReadOnlyList<LogTailLine> Lines);

/// <summary>The level of the log: /cubeactors/log/level.</summary>
internal sealed record LevelReply(string Level);

/// <summary>Requests that were slow: /cubeactors/slow.</summary>
/// <param name="ThresholdMilliseconds">0: none is remembered.</param>
/// <param name="Count">Since the start, also those that are listed no more.</param>
/// <param name="Requests">The slowest first.</param>
internal sealed record SlowList(double ThresholdMilliseconds, long Count, IReadOnlyList<SlowFacts> Requests)
{
    public static SlowList Of(SlowRequests slow) =>
        new(slow.Threshold.TotalMilliseconds, slow.Count, [.. slow.Read().OrderByDescending(request => request.Took).Select(SlowFacts.Of)]);
}

/// <param name="At">When it was answered.</param>
/// <param name="OwnMilliseconds">Until this replica's part was done; absent where that is not told apart.</param>
/// <param name="Result">Ok, or how it was refused.</param>
/// <param name="Connection">Number of the client's connection, as in the log.</param>
internal sealed record SlowFacts(
    DateTimeOffset At, string Operation, ulong Partition, ulong Extent, long Offset, uint Bytes, long RequestId, string Client, int Followers, double Milliseconds, double? OwnMilliseconds, string Result,
    long Connection)
{
    public static SlowFacts Of(SlowRequest request) => new(
        request.At, request.Name, request.Partition.Value, request.Extent.Value, request.Offset, request.Size, request.RequestId, request.Remote, request.Followers, Math.Round(request.Took.TotalMilliseconds, 1),
        request.Own is { } own ? Math.Round(own.TotalMilliseconds, 1) : null, request.Result.ToString(), request.Connection);
}
