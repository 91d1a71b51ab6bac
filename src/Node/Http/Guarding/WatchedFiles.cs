using Serilog.Events;

namespace CubeActors.Node;

/// <summary>What is made of some files, and made anew when they change. While that fails what was made before is gone on with. Thread-safe.</summary>
/// <remarks>The files are looked at when somebody asks, at most once in <see cref="LookPeriod"/>: no thread waits for a change that may never come.</remarks>
internal sealed class WatchedFiles<T> where T : class
{
    /// <summary>How late a change may be noticed; a look is a few calls of the system.</summary>
    public static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly string _key;
    private readonly IReadOnlyList<string> _files;
    private readonly Func<T> _make;
    private readonly TimeProvider _time;
    private volatile T _current;
    private string _stamp;
    private long _lookedAt;

    private WatchedFiles(string key, IReadOnlyList<string> files, Func<T> make, T first, string stamp, TimeProvider time) =>
        (_key, _files, _make, _current, _stamp, _time, _lookedAt) = (key, files, make, first, stamp, time, time.GetTimestamp());

    /// <param name="key">That names the files, for messages.</param>
    /// <param name="make">Reads them all; throws <see cref="SettingsException"/>.</param>
    /// <exception cref="SettingsException">Nothing can be made of the files.</exception>
    public static WatchedFiles<T> Open(string key, IReadOnlyList<string> files, Func<T> make, TimeProvider time)
    {
        var stamp = Stamp(files); // before they are read: what is written meanwhile is read once more
        return new WatchedFiles<T>(key, files, make, make(), stamp, time);
    }

    /// <summary>One that never changes.</summary>
    public static WatchedFiles<T> Fixed(T value) => new("", [], () => value, value, "", TimeProvider.System);

    public T Current => _current;

    /// <summary>Makes it anew if a file has changed since.</summary>
    /// <returns>Null, or what the log is to say: once for each change.</returns>
    public SettingsNote? Refresh()
    {
        if (_files.Count == 0) return null;
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) < LookPeriod) return null;
            _lookedAt = _time.GetTimestamp();
            var stamp = Stamp(_files);
            if (stamp == _stamp) return null;
            _stamp = stamp;
            try
            {
                _current = _make();
                return new SettingsNote(LogEventLevel.Information, $"{_key}: {string.Join(" and ", _files)} changed and was read anew");
            }
            catch (SettingsException failure)
            {
                return new SettingsNote(LogEventLevel.Error, $"{failure.Message}; what was read before stays in force");
            }
        }
    }

    /// <summary>What differs when a file does: where its path leads, its time and its length. A file that is not there has a stamp too.</summary>
    private static string Stamp(IReadOnlyList<string> files) => string.Join('|', files.Select(file =>
    {
        try
        {
            var found = new FileInfo(SecretFile.Target(file));
            return found.Exists ? $"{found.FullName}:{found.LastWriteTimeUtc.Ticks}:{found.Length}" : "none";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.GetType().Name;
        }
    }));
}
