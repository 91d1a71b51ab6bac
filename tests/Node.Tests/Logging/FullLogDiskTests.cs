using Serilog;

namespace CubeActors.Node.Tests;

/// <summary>A disk that takes no line. Method: /dev/full, whose every write fails as on a full disk.</summary>
public sealed class FullLogDiskTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("cubeactors-logs-");
    private readonly LogTally _tally = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Lines_that_find_no_room_are_counted_and_those_of_other_files_are_written()
    {
        var module = Directory.CreateDirectory(Path.Combine(_directory.FullName, "dataNode"));
        File.CreateSymbolicLink(Path.Combine(module.FullName, "dataNode_info.log"), "/dev/full");
        using (var files = new LogFiles(new LogFileSettings(_directory.FullName, 0, 0, 0.05), _tally, TimeProvider.System))
        using (var log = new LoggerConfiguration().WriteTo.Sink(files).CreateLogger())
        {
            for (var i = 0; i < 1000; i++) log.Information("a line that is long enough to fill what is buffered, {Number}, {Padding}", i, new string('x', 200));
            log.Warning("and one of another file");
        }

        Assert.InRange(_tally.Dropped, 1, 1000);
        Assert.Contains("and one of another file", File.ReadAllText(Path.Combine(module.FullName, "dataNode_warn.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_each_name_so_many_files_are_kept()
    {
        var now = new DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero);
        OldFile[] files =
        [
            new("/l/dataNode_info.log.20260119000000.old", 10, now.AddHours(-24)), new("/l/dataNode_info.log.20260119010000.old", 10, now.AddHours(-23)),
            new("/l/dataNode_info.log.20260119020000.old", 10, now.AddHours(-22)), new("/l/dataNode_warn.log.20260118000000.old", 10, now.AddHours(-48)),
        ];
        Assert.Empty(LogRoom.ToDelete(files, left: 5, now));
        Assert.Equal(["/l/dataNode_info.log.20260119000000.old"], LogRoom.ToDelete(files, left: 5, now, filesMax: 2).Select(file => file.Path));
        Assert.Equal(4, LogRoom.ToDelete(files, left: -1000, now, filesMax: 2).Count);
    }
}
