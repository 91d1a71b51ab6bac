using System.Text;
using System.Threading.Channels;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>The log files of a node, one a level and one each for requests that read and write, written by a thread of their own. Taking a line never waits for the disk.</summary>
/// <remarks>
/// What comes while <see cref="QueueMax"/> lines wait is dropped and counted: a slow disk must slow down nobody, and memory has a limit. A file
/// that cannot be written is tried again with the next lines; what was lost meanwhile is counted too.
/// </remarks>
internal sealed class LogFiles : ILogEventSink, IDisposable
{
    /// <summary>Lines that may wait: some seconds of a node that has much to say, a few MiB.</summary>
    public const int QueueMax = 16_384;

    /// <summary>How long an end waits for what is queued.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly Channel<LogEvent> _queue = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(QueueMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly RotatingFile[] _files;
    private readonly LogTally _tally;
    private readonly LogRoom _room;
    private readonly Func<LogEvent, string> _format;
    private readonly TimeProvider _time;
    private readonly Thread _writer;

    /// <exception cref="SettingsException">The directory cannot be made or written to.</exception>
    public LogFiles(LogFileSettings settings, LogTally tally, TimeProvider time, LogOutputSettings? output = null)
    {
        output ??= LogOutputSettings.Default;
        (_tally, _time, _format) = (tally, time, output.IsJson ? JsonLines.Format : LogLine.Format);
        var directory = Path.Combine(Path.GetFullPath(settings.Directory), LogRoom.Module);
        try
        {
            Directory.CreateDirectory(directory);
            _room = new LogRoom(directory, settings, output.FilesMax);
            _files = [.. LogLine.FileNames.Select(name => new RotatingFile(Path.Combine(directory, name), _room.RotateBytes, time))];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            foreach (var file in _files ?? []) file.Dispose();
            throw new SettingsException($"logDir: {directory} cannot be used: {failure.Message}", failure);
        }

        // The room is looked after on this thread too: the pool must not wait for a disk.
        _writer = new Thread(Run) { IsBackground = true, Name = "log files" };
        _writer.Start();
    }

    public void Emit(LogEvent logEvent)
    {
        if (!_queue.Writer.TryWrite(logEvent)) _tally.CountDropped();
    }

    /// <summary>Writes what is queued, in bounded time, and closes the files.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _writer.Join(EndPatience);
    }

    private void Run()
    {
        var reader = _queue.Reader;
        while (reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult()) // a thread of its own: it may block
        {
            while (reader.TryRead(out var logged)) Write(logged);
            foreach (var file in _files)
                if (!Try(file, static written => written.Flush())) _tally.CountDropped(); // at least one line of what was buffered
            _room.Keep(_time);
        }

        foreach (var file in _files) file.Dispose();
    }

    private void Write(LogEvent logged)
    {
        var line = Encoding.UTF8.GetBytes(_format(logged));
        if (!Try(_files[LogLine.FileOf(logged)], file => file.Write(line))) _tally.CountDropped();
    }

    /// <returns>False if the file could not be written: there is no log left to say so, hence the counter. A full disk is one of the reasons, and none to end anything.</returns>
    private static bool Try(RotatingFile file, Action<RotatingFile> work)
    {
        try
        {
            work(file);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            file.Close();
            return false;
        }
    }
}
