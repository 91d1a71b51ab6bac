namespace CubeActors.Simulation;

/// <summary>One operation of a client on one register.</summary>
internal sealed record Operation(int Block, bool IsWrite, ulong Value, long Start, long End)
{
    /// <summary>A write whose client got no answer: it may take effect at any time, or never.</summary>
    public const long Never = long.MaxValue;
}

/// <summary>Tells whether what clients saw of registers could have happened in one order that respects real time.</summary>
/// <remarks>
/// Every write of a register has a value of its own, so a simple test decides it (Gibbons and Korach, Testing Shared Memories, 1997): a write and the
/// reads of its value form a cluster. If its first end comes before its last start, the value must have stood between the two, a forward zone;
/// otherwise one moment between them is enough, a backward zone. There is an order if and only if no read is older than its write, forward zones
/// do not overlap, and no backward zone lies within a forward one.
/// </remarks>
internal static class History
{
    /// <param name="initial">The value before all writes.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Explain(IEnumerable<Operation> operations, ulong initial = 0)
    {
        foreach (var register in operations.GroupBy(operation => operation.Block))
            if (ExplainRegister([.. register], initial) is { } problem) return $"block {register.Key}: {problem}";
        return null;
    }

    private sealed record Zone(ulong Value, long FirstEnd, long LastStart)
    {
        public bool IsForward => FirstEnd < LastStart;
        public long Low => Math.Min(FirstEnd, LastStart);
        public long High => Math.Max(FirstEnd, LastStart);
        public override string ToString() => $"value {Value} ({(IsForward ? "stood" : "could stand")} between {Low} and {High})";
    }

    private static string? ExplainRegister(List<Operation> operations, ulong initial)
    {
        operations.Add(new Operation(0, IsWrite: true, initial, long.MinValue, long.MinValue + 1));
        var zones = new List<Zone>();
        foreach (var cluster in operations.GroupBy(operation => operation.Value))
        {
            if (cluster.Where(operation => operation.IsWrite).ToArray() is not [var write]) return $"value {cluster.Key} was read and never written";
            foreach (var read in cluster)
                if (!read.IsWrite && read.End < write.Start) return $"value {cluster.Key} was read until {read.End} and written from {write.Start} on";
            var firstEnd = cluster.Min(operation => operation.End);
            if (firstEnd != Operation.Never) zones.Add(new Zone(cluster.Key, firstEnd, cluster.Max(operation => operation.Start)));
        }
        foreach (var forward in zones)
        {
            if (!forward.IsForward) continue;
            foreach (var other in zones)
            {
                if (ReferenceEquals(other, forward)) continue;
                var clashes = other.IsForward ? other.Low < forward.High && forward.Low < other.High : other.Low > forward.Low && other.High < forward.High;
                if (clashes) return $"{forward}, and {other}";
            }
        }
        return null;
    }
}
