namespace CubeActors.Decommission;

/// <summary>What the nodes' own logs say when a trial is over.</summary>
internal static class NodeLogs
{
    /// <summary>Of a reply that belongs to something else, or of a failure that nobody had foreseen.</summary>
    private static readonly string[] Signs = ["Reply mismatch", "Internal error", "unexpected failure"];

    /// <returns>The first line that must not be there; null if there is none.</returns>
    public static string? FindSign(IEnumerable<TrialNode> nodes)
    {
        foreach (var node in nodes)
            if (Lines(node).FirstOrDefault(line => Signs.Any(sign => line.Contains(sign, StringComparison.Ordinal))) is { } found) return $"{node.Name} says: {found}";
        return null;
    }

    /// <summary>Lines of level error.</summary>
    public static int CountErrors(IEnumerable<TrialNode> nodes) => nodes.Sum(node => Lines(node).Count(line => line.Contains(" ERR]", StringComparison.Ordinal) || line.Contains("[ERR]", StringComparison.Ordinal)));

    private static IEnumerable<string> Lines(TrialNode node) => File.Exists(node.LogFile) ? File.ReadLines(node.LogFile) : [];
}
