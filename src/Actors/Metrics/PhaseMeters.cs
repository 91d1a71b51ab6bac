using CubeActors.Protocol;
using CubeActors.Runtime;

namespace CubeActors.Actors;

/// <summary>Times the phases of requests by opcode, and counts refusals by opcode and result. Thread-safe; nothing is allocated once an opcode was seen.</summary>
/// <remarks>A request costs a few additions of striped counters, two a phase. Series are bounded by what one byte can say: opcodes, phases, results.</remarks>
internal sealed class PhaseMeters(TimeProvider time)
{
    private static readonly RequestPhase[] Phases = Enum.GetValues<RequestPhase>();

    private readonly OperationSet[] _byPhase = [.. Phases.Select(_ => new OperationSet(new OperationLabels("", "", ""), LatencyBounds.Phases.InTicks(time.TimestampFrequency)))];
    private readonly StripedCounters?[] _refusals = new StripedCounters?[256];

    public IReadOnlyList<PhaseReading> Read() =>
    [
        .. Phases.SelectMany(phase => _byPhase[(int)phase].Seen().Select(seen =>
            new PhaseReading(OperationNames.Of(seen.Opcode), phase, seen.Series.Read(LatencyBounds.Phases, time.TimestampFrequency)))),
    ];

    /// <summary>Refusals since the start, of operations and results that were seen.</summary>
    public IReadOnlyList<RefusalReading> ReadRefusals()
    {
        var readings = new List<RefusalReading>();
        for (var opcode = 0; opcode < _refusals.Length; opcode++)
        {
            if (Volatile.Read(ref _refusals[opcode]) is not { } results) continue;
            for (var result = 0; result < results.Count; result++)
                if (results.Sum(result) is > 0 and var count) readings.Add(new RefusalReading(OperationNames.Of((Opcode)opcode), ((ResultCode)result).ToString(), count));
        }

        return readings;
    }

    public void Answered(Opcode opcode, RequestSlot slot, long now)
    {
        var marks = slot.Marks(now);
        var hasFollowers = slot.Followers.Length > 0;
        foreach (var phase in Phases)
            if (marks.Of(phase, slot.IsRead, slot.IsOverwrite, hasFollowers) is { } ticks) _byPhase[(int)phase].Of(opcode).Record(ticks);
    }

    public void Refused(Opcode opcode, ResultCode result)
    {
        ref var place = ref _refusals[(byte)opcode];
        var results = Volatile.Read(ref place);
        if (results is null)
        {
            var created = new StripedCounters(256);
            results = Interlocked.CompareExchange(ref place, created, null) ?? created;
        }

        results.Add((byte)result, 1);
    }
}

/// <param name="Name">The operation, as CubeFS names it.</param>
/// <param name="Latency">How long requests were in this phase.</param>
public sealed record PhaseReading(string Name, RequestPhase Phase, LatencySnapshot Latency);

/// <param name="Name">The operation, as CubeFS names it.</param>
/// <param name="Result">The code, by its name.</param>
public sealed record RefusalReading(string Name, string Result, long Count);
