namespace CubeActors.Actors;

/// <summary>A gate's flags as words: open, or why it keeps something out.</summary>
internal static class GateWords
{
    public static GateView View(PartitionGates gates, Protocol.PartitionId partition) => new(
        gates.Find(partition) is { } gate ? Of(gate.Flags) : gates.StandingOf(partition) is Standing.Expected or Standing.ExpectedSingle ? "none, callers wait" : "none",
        gates.WaitingFor(partition));

    public static string Of(GateFlags flags)
    {
        var shut = new List<string>(4);
        if (flags.IsOutOfService) shut.Add("out of service");
        if (!flags.DiskAvailable) shut.Add("disk given up");
        if (!flags.HasSpace) shut.Add("no space");
        if (flags.Repairing) shut.Add("a replica is being rebuilt");
        if (flags.Recovering) shut.Add("not complete yet");
        return shut.Count == 0 ? "open" : string.Join(", ", shut);
    }
}
