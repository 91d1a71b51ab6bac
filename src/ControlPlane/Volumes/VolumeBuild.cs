namespace CubeActors.ControlPlane;

/// <summary>How a partition's creation ended on all its hosts.</summary>
/// <param name="Error">What the failing hosts said; null if every host has it.</param>
/// <param name="DiskPaths">By host; complete only without an error.</param>
internal sealed record CreateOutcome(string? Error, IReadOnlyDictionary<string, string> DiskPaths);

/// <summary>Counts the answers of the hosts while a volume is being created. Not persisted: a restarted master asks all hosts again.</summary>
internal sealed class VolumeBuild
{
    private sealed class Round(IEnumerable<string> hosts)
    {
        public readonly HashSet<string> Missing = [.. hosts];
        public readonly Dictionary<string, string> DiskPaths = [];
        public readonly List<string> Errors = [];
    }

    private readonly Dictionary<ulong, Round> _rounds = [];
    private readonly HashSet<string> _failedHosts = [];

    /// <summary>Partitions whose hosts have not all answered.</summary>
    public int Running => _rounds.Count;

    /// <summary>Nodes that failed once and get no more of this volume. Each failure adds one, so that the attempts end.</summary>
    public IReadOnlySet<string> FailedHosts => _failedHosts;

    public string? LastError { get; private set; }

    public void Begin(ulong partition, IEnumerable<string> hosts) => _rounds[partition] = new Round(hosts);

    /// <returns>Null while hosts have not answered, or if this one was not asked.</returns>
    public CreateOutcome? Answer(ulong partition, string host, string? error, string diskPath)
    {
        if (!_rounds.TryGetValue(partition, out var round) || !round.Missing.Remove(host)) return null;
        if (error is null && diskPath.Length == 0) error = "it named no disk";
        if (error is null) round.DiskPaths[host] = diskPath;
        else
        {
            LastError = $"{host}: {error}";
            round.Errors.Add(LastError);
            _failedHosts.Add(host);
        }

        if (round.Missing.Count > 0) return null;
        _rounds.Remove(partition);
        return new CreateOutcome(round.Errors.Count == 0 ? null : string.Join("; ", round.Errors), round.DiskPaths);
    }
}
