using System.Diagnostics;
using System.Text;

namespace CubeActors.Node.Tests;

/// <summary>What the kernel says of the process, in one line.</summary>
public sealed class ProcessFiguresTests
{
    private const string Rest =
        "S 1 7 7 0 -1 4194560 90 0 3 0 1500 250 0 0 20 0 31 0 123456 280000000000 35000 18446744073709551615 1 1 0 0 0 0 0 4096 17642 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    [Theory]
    [InlineData("CubeActors.Node")]
    [InlineData("a) S 1 2 (b")]
    [InlineData("")]
    public void Threads_and_memory_are_found_whatever_the_name_is(string name) => Assert.Equal(
        new ProcessFigures(31, 280_000_000_000, 35_000L * Environment.SystemPageSize), ProcessFigures.Parse(Encoding.UTF8.GetBytes($"42 ({name}) {Rest}")));

    [Theory]
    [InlineData("")]
    [InlineData("42 (a) S 1 7")]
    [InlineData("42 (a) S 1 7 7 0 -1 4194560 90 0 3 0 1500 250 0 0 20 0 many 0 123456 280000000000 35000 1")]
    public void What_is_no_such_line_is_told(string stat) => Assert.Throws<InvalidDataException>(() => ProcessFigures.Parse(Encoding.UTF8.GetBytes(stat)));

    [Fact]
    public void The_process_itself_is_seen_as_the_runtime_sees_it()
    {
        using var process = Process.GetCurrentProcess();
        var figures = ProcessFigures.Now();
        Assert.InRange(figures.Threads, process.Threads.Count / 2, process.Threads.Count * 2); // threads of other tests come and go
        Assert.InRange(figures.ResidentBytes, process.WorkingSet64 / 2, process.WorkingSet64 * 2);
        Assert.Equal(process.StartTime, ProcessFigures.StartedAt.LocalDateTime);
    }

    [Fact]
    public void Open_files_are_as_many_as_are_listed()
    {
        var files = Enumerable.Range(0, 200).Select(_ => File.OpenHandle("/proc/self/stat")).ToList();
        try
        {
            Assert.True(Listed() > files.Count);
            Assert.Contains(Enumerable.Range(0, 1000), _ => Math.Abs(ProcessFigures.OpenFiles()!.Value - Listed()) <= 1); // other tests open some too: a moment in which none does is enough
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }

        static int Listed() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
    }
}
