using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace CubeActors.Node.Tests;

/// <summary>The last lines of a log, without its files.</summary>
public sealed class LogTailTests : IAsyncDisposable
{
    private readonly NodeLog _log = NodeLog.Open(null, LogEventLevel.Information, _ => new LoggerConfiguration().CreateLogger(), TimeProvider.System);

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public void The_last_lines_are_kept_the_newest_last()
    {
        for (var i = 0; i < LogTail.LinesMax + 5; i++) _log.Log.Information("line {Number}", i);
        var lines = _log.Tail.Read(3, LogEventLevel.Verbose, "");
        Assert.Equal([LogTail.LinesMax + 2, LogTail.LinesMax + 3, LogTail.LinesMax + 4], lines.Select(line => int.Parse(line.Text["line ".Length..])));
        Assert.Equal(LogTail.LinesMax, _log.Tail.Read(int.MaxValue, LogEventLevel.Verbose, "").Count);
    }

    [Fact]
    public void Lines_are_chosen_by_level_and_by_text_of_the_line_or_its_place()
    {
        _log.Log.Debug("below the level of the log");
        _log.Log.Information("first");
        _log.Log.ForContext(ConsoleLog.Source, "user/node/disk-0 ").Warning(new IOException("two\nlines"), "second");
        Assert.Equal(["first", "second (IOException: two lines)"], _log.Tail.Read(9, LogEventLevel.Verbose, "").Select(line => line.Text));
        Assert.Equal([("warn", "user/node/disk-0")], _log.Tail.Read(9, LogEventLevel.Warning, "").Select(line => (line.Level, line.Where)));
        Assert.Single(_log.Tail.Read(9, LogEventLevel.Verbose, "DISK-0"));
        Assert.Empty(_log.Tail.Read(9, LogEventLevel.Error, ""));
    }

    [Fact]
    public void Requests_to_the_web_server_are_left_out_and_its_warnings_are_not()
    {
        var web = _log.Log.ForContext(Constants.SourceContextPropertyName, "Microsoft.AspNetCore.Hosting.Diagnostics");
        _log.Tail.Emit(Event(web, LogEventLevel.Information, "Request starting"));
        _log.Tail.Emit(Event(web, LogEventLevel.Warning, "Connection closed"));
        Assert.Equal(["Connection closed"], _log.Tail.Read(9, LogEventLevel.Verbose, "").Select(line => line.Text));
    }

    private static LogEvent Event(ILogger log, LogEventLevel level, string text)
    {
        Assert.True(log.BindMessageTemplate(text, [], out var template, out var properties));
        return new LogEvent(
            DateTimeOffset.UnixEpoch, level, null, template!, [.. properties!, new LogEventProperty(Constants.SourceContextPropertyName, new ScalarValue("Microsoft.AspNetCore.Hosting.Diagnostics"))]);
    }

    [Theory]
    [InlineData("debug")]
    [InlineData("info")]
    [InlineData("warn")]
    [InlineData("error")]
    public void The_word_of_a_level_is_one_that_sets_it(string word) => Assert.Equal(word, LogLevels.Name(LogLevels.Parse(word)!.Value));
}
