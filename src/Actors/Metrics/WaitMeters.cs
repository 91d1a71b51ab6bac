using CubeActors.Protocol;

namespace CubeActors.Actors;

/// <summary>Counts and times the waits of requests for partitions that did not serve yet, by opcode and outcome. Thread-safe.</summary>
public sealed class WaitMeters(TimeProvider time)
{
    private readonly OperationSet[] _byOutcome = [.. Enum.GetValues<WaitOutcome>().Select(_ => new OperationSet(new OperationLabels("", "", ""), LatencyBounds.Waits.InTicks(time.TimestampFrequency)))];

    /// <summary>All that was counted so far.</summary>
    public IReadOnlyList<WaitReading> Read() =>
    [
        .. Enum.GetValues<WaitOutcome>().SelectMany(outcome => _byOutcome[(int)outcome].Seen().Select(seen =>
            new WaitReading(OperationNames.Of(seen.Opcode), outcome, seen.Series.Read(LatencyBounds.Waits, time.TimestampFrequency)))),
    ];

    /// <param name="ticks">How long it waited; in units of <see cref="TimeProvider.GetTimestamp"/>.</param>
    internal void Ended(Opcode opcode, WaitOutcome outcome, long ticks) => _byOutcome[(int)outcome].Of(opcode).Record(ticks);
}

/// <param name="Name">The operation, as CubeFS names it.</param>
/// <param name="Latency">How long these requests waited.</param>
public sealed record WaitReading(string Name, WaitOutcome Outcome, LatencySnapshot Latency);
