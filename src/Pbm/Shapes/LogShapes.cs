using System.ComponentModel;

namespace CubeActors.Pbm;

internal sealed record LogShape([property: Description("from which on lines are written")] string? Level, IReadOnlyList<LogLineShape> Lines);

internal sealed record LogLineShape(DateTimeOffset At, string Level, [property: Description("the actor or part of the program")] string Where, string Text);

internal sealed record LevelShape(string Level);

internal sealed record SlowListShape(
    [property: Description("0: none is remembered")] double ThresholdMilliseconds, [property: Description("since the start, listed or not")] long Count, IReadOnlyList<SlowShape> Requests);

internal sealed record SlowShape(
    DateTimeOffset At, string Operation, ulong Partition, ulong Extent, long Offset, long Bytes, long RequestId, string Client, int Followers, double Milliseconds,
    [property: Description("until this replica's part was done")] double? OwnMilliseconds, string Result);
