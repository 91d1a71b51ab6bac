using Serilog;
using Serilog.Core;
using Serilog.Events;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary>The log of a running data node: in files where logDir names a directory, else where the program logs; its level can be changed.</summary>
internal sealed class NodeLog : IAsyncDisposable
{
    private readonly Logger _log;
    private readonly Logger? _program;
    private readonly LogFiles? _files;
    private readonly PacketLines _lines;
    private PacketLog? _packets;

    private NodeLog(Logger log, LogLevels levels, LogTally tally, LogTail tail, Logger? program, LogFiles? files, PacketLines lines) =>
        (_log, Levels, Tally, Tail, _program, _files, _lines) = (log, levels, tally, tail, program, files, lines);

    /// <summary>Writes what ends the process, and everything before it, to the files. The process ends when this returns.</summary>
    internal void Crash(Exception cause)
    {
        _log.Fatal(cause, "The process ends: {Failure:l}", cause.Message);
        _files?.Dispose();
    }

    public ILogger Log => _log;

    public LogLevels Levels { get; }

    public LogTally Tally { get; }

    /// <summary>The last lines.</summary>
    public LogTail Tail { get; }

    /// <summary>Single requests, which go to files only: on a terminal they would hide everything else.</summary>
    public PacketLog? Packets => _files is null ? null : _packets ??= new PacketLog(_log, Levels, _lines);

    /// <param name="openProgramLog">Opens the log of the program, from a level on.</param>
    /// <exception cref="SettingsException">The directory of the log files cannot be used.</exception>
    public static NodeLog Open(LogFileSettings? settings, LogEventLevel level, Func<LogEventLevel, Logger> openProgramLog, TimeProvider time, LogOutputSettings? output = null)
    {
        output ??= LogOutputSettings.Default;
        var (levels, tally, tail) = (new LogLevels(level), new LogTally(), new LogTail());
        var configuration = new LoggerConfiguration().WriteTo.Sink(tail).MinimumLevel.ControlledBy(levels.Switch).MinimumLevel.Override("Microsoft", levels.WebSwitch);
        if (settings is not null)
        {
            var files = new LogFiles(settings, tally, time, output);
            var log = new NodeLog(configuration.WriteTo.Sink(files).CreateLogger(), levels, tally, tail, null, files, output.Packets);
            AppDomain.CurrentDomain.UnhandledException += log.Unhandled;
            return log;
        }

        var program = output.IsJson ? ConsoleLog.OpenJson(LogEventLevel.Debug) : openProgramLog(LogEventLevel.Debug); // everything: the level is decided here
        return new NodeLog(configuration.WriteTo.Logger(program).CreateLogger(), levels, tally, tail, program, null, output.Packets);
    }

    private void Unhandled(object sender, UnhandledExceptionEventArgs escaped)
    {
        if (escaped.ExceptionObject is Exception cause) Crash(cause);
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.UnhandledException -= Unhandled;
        await _log.DisposeAsync();
        _files?.Dispose();
        if (_program is not null) await _program.DisposeAsync();
    }
}
