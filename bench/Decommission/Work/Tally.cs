using System.Collections.Concurrent;

namespace CubeActors.Decommission;

/// <summary>Counts what was done, and what was answered instead. Thread-safe.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public const string Creates = "creates", Appends = "appends", AppendedBytes = "appended bytes", TinyWrites = "tiny writes", Deletes = "deletes", DeleteRetries = "delete retries",
        AppendsRefused = "appends refused", Reads = "reads", ReadBytes = "read bytes";

    public long this[string what] => _counts.GetValueOrDefault(what);

    /// <summary>Results other than OK, by operation and code.</summary>
    public IEnumerable<KeyValuePair<string, long>> Others => _counts.Where(count => count.Key.Contains(": ", StringComparison.Ordinal)).OrderByDescending(count => count.Value);

    public void Add(string what, long count = 1) => _counts.AddOrUpdate(what, count, (_, before) => before + count);

    /// <summary>A copy as of now, to tell later what came on top.</summary>
    public IReadOnlyDictionary<string, long> Copy() => new Dictionary<string, long>(_counts, StringComparer.Ordinal);
}
