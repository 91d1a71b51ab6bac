namespace CubeActors.Actors;

/// <summary>Decides which of many events alike are worth a line in the log: the first of each source, then one in a period, which stands for all since. Thread-safe.</summary>
/// <param name="period">Between two lines about one source.</param>
/// <param name="sourcesMax">That are told apart; beyond it all others are one source, so that a scanner with many addresses fills neither memory nor log.</param>
public sealed class SourceReports(TimeProvider time, TimeSpan period, int sourcesMax = 256)
{
    /// <summary>The name of all sources beyond those that are told apart.</summary>
    public const string Others = "other addresses";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Counts one event.</summary>
    /// <returns>Whom a line is to name, and how many events it stands for, this one included; 0: no line.</returns>
    public (string Source, long Events) Count(string source)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(source, out var entry))
            {
                if (_entries.Count >= sourcesMax) Forget();
                if (_entries.Count >= sourcesMax) source = Others;
                if (!_entries.TryGetValue(source, out entry)) _entries[source] = entry = new Entry();
            }

            entry.Events++;
            if (entry.ToldAt is { } told && time.GetElapsedTime(told) < period) return (source, 0);
            (var events, entry.Events, entry.ToldAt) = (entry.Events, 0, time.GetTimestamp());
            return (source, events);
        }
    }

    /// <summary>Makes room: who was told of longer ago than a period, and has done nothing since, is as good as new.</summary>
    private void Forget()
    {
        foreach (var (source, entry) in _entries)
            if (entry is { ToldAt: { } told, Events: 0 } && time.GetElapsedTime(told) >= period) _entries.Remove(source);
    }

    private sealed class Entry
    {
        public long Events;
        public long? ToldAt;
    }
}
