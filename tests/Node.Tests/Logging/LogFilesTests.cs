using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace CubeActors.Node.Tests;

/// <summary>Log files in a directory of the test's own.</summary>
public sealed class LogFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-logs-");
    private readonly LogTally _tally = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Each_level_has_a_file_of_its_own_in_the_directory_of_the_module()
    {
        using (var files = Open())
        using (var log = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(files).CreateLogger())
        {
            log.Debug("one");
            log.Information("two");
            log.Warning("three");
            log.Error("four");
            log.Fatal("five");
        }

        foreach (var (name, text) in ((string, string)[])[("debug", "[DEBUG] one\n"), ("info", "[INFO ] two\n"), ("warn", "[WARN ] three\n"), ("error", "[ERROR] four\n"), ("critical", "[FATAL] five\n")])
            Assert.EndsWith(text, Read($"dataNode_{name}.log"), StringComparison.Ordinal);
        Assert.Equal(0, _tally.Dropped);
    }

    [Fact]
    public void A_line_has_the_form_of_CubeFS()
    {
        var logged = new LogEvent(
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_234_560), LogEventLevel.Warning, null, new MessageTemplateParser().Parse("disk {Disk}\nis slow"),
            [new LogEventProperty("Disk", new ScalarValue("/data/disk1")), new LogEventProperty(ConsoleLog.Source, new ScalarValue("user/node "))]);
        Assert.Equal("2026/01/02 03:04:05.123456 [WARN ] user/node: disk \"/data/disk1\" is slow\n", LogLine.Format(logged));
    }

    [Fact]
    public void An_exception_follows_its_line()
    {
        var logged = new LogEvent(DateTimeOffset.UnixEpoch, LogEventLevel.Error, new InvalidOperationException("why"), new MessageTemplateParser().Parse("broken"), []);
        Assert.EndsWith("[ERROR] broken\nSystem.InvalidOperationException: why\n", LogLine.Format(logged), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_there_already_is_continued()
    {
        for (var start = 0; start < 2; start++)
        {
            using var files = Open();
            using var log = new LoggerConfiguration().WriteTo.Sink(files).CreateLogger();
            log.Information("start {Number}", start);
        }

        Assert.Equal(2, Read("dataNode_info.log").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void A_directory_that_cannot_be_made_ends_the_start_with_its_key()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "dataNode"), "a file");
        Assert.StartsWith("logDir: ", Assert.Throws<SettingsException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_after_the_end_are_counted_and_harm_nobody()
    {
        var files = Open();
        files.Dispose();
        files.Emit(new LogEvent(DateTimeOffset.UnixEpoch, LogEventLevel.Error, null, MessageTemplate.Empty, []));
        Assert.Equal(1, _tally.Dropped);
    }

    [Fact]
    public void A_file_is_set_aside_when_it_is_full()
    {
        var time = new SetTime();
        var path = Path.Combine(_directory.FullName, "dataNode_info.log");
        using (var file = new RotatingFile(path, 10, time))
        {
            file.Write("12345678\n"u8);
            file.Write("abc\n"u8); // does not fit
            time.Now = time.Now.AddMinutes(1);
            file.Write("too long for any file\n"u8);
        }

        Assert.Equal("12345678\n", File.ReadAllText($"{path}.20260102030405.old"));
        Assert.Equal("abc\n", File.ReadAllText($"{path}.20260102030505.old"));
        Assert.Equal("too long for any file\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_file_is_set_aside_when_its_day_is_over()
    {
        var time = new SetTime();
        var path = Path.Combine(_directory.FullName, "dataNode_info.log");
        using (var file = new RotatingFile(path, 1000, time))
        {
            file.Write("yesterday\n"u8);
            time.Now = time.Now.AddDays(1);
            file.Write("today\n"u8);
        }

        Assert.Equal("yesterday\n", File.ReadAllText($"{path}.20260103030405.old"));
        Assert.Equal("today\n", File.ReadAllText(path));
    }

    [Fact]
    public void Twice_within_a_second_the_file_grows_on()
    {
        var path = Path.Combine(_directory.FullName, "dataNode_info.log");
        using (var file = new RotatingFile(path, 4, new SetTime()))
        {
            foreach (var line in (string[])["aaa\n", "bbb\n", "ccc\n"]) file.Write(System.Text.Encoding.UTF8.GetBytes(line));
        }

        Assert.Equal("bbb\nccc\n", File.ReadAllText(path));
    }

    [Fact]
    public void The_oldest_go_until_there_is_room_and_those_of_last_week_go_anyway()
    {
        var now = new DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero);
        OldFile[] files = [new("b", 10, now.AddDays(-2)), new("a", 10, now.AddDays(-3)), new("old", 10, now.AddDays(-8)), new("c", 10, now.AddDays(-1))];
        Assert.Equal(["old"], LogRoom.ToDelete(files, left: 5, now).Select(file => file.Path));
        Assert.Equal(["old", "a"], LogRoom.ToDelete(files, left: -15, now).Select(file => file.Path));
        Assert.Equal(["old", "a", "b", "c"], LogRoom.ToDelete(files, left: -1000, now).Select(file => file.Path));
    }

    [Fact]
    public async Task The_level_can_be_changed_while_the_log_is_written()
    {
        await using (var log = NodeLog.Open(Settings, LogEventLevel.Warning, _ => throw new InvalidOperationException("not asked for"), TimeProvider.System))
        {
            log.Log.Information("not this");
            log.Levels.Set(LogEventLevel.Information);
            log.Log.Information("but this");
            log.Log.ForContext(Constants.SourceContextPropertyName, "Microsoft.AspNetCore").Information("nor this");
        }

        var line = Assert.Single(Read("dataNode_info.log").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith("but this", line, StringComparison.Ordinal);
    }

    private LogFileSettings Settings => new(_directory.FullName, 0, 0, 0.05);

    private LogFiles Open() => new(Settings, _tally, TimeProvider.System);

    private string Read(string name) => File.ReadAllText(Path.Combine(_directory.FullName, "dataNode", name));

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
