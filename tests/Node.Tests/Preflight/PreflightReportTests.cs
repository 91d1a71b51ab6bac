namespace CubeActors.Node.Tests;

public sealed class PreflightReportTests
{
    [Fact]
    public void Problems_stand_first_each_with_what_to_do()
    {
        var report = new PreflightReport([Finding.Note("a", "s1", "fine"), Finding.Problem("b", "s2", "broken", "mend it")], "all");
        Assert.Equal("problem  s2: broken\n         -> mend it\nnote     s1: fine\n1 problem, no warnings, 1 note: all\n", report.ToText(verbose: false));
        Assert.True(report.HasProblem);
    }

    [Fact]
    public void What_many_partitions_have_alike_is_shown_five_times_and_counted()
    {
        var report = new PreflightReport([.. Enumerable.Range(1, 9).Select(id => Finding.Warning("log", $"p{id}", $"ends at {id}", ""))], "all");
        var lines = report.ToText(verbose: false).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, lines.Length);
        Assert.Equal("warning  and 4 more like these; --verbose shows all", lines[5]);
        Assert.Equal(10, report.ToText(verbose: true).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Progress_is_written_to_a_terminal_only_and_taken_away_at_the_end()
    {
        using var nobody = new StringWriter();
        using (var line = new ProgressLine(nobody, isWatched: false, TimeProvider.System)) line.Show(new SurveyProgress(1, 2, 1));
        Assert.Equal("", nobody.ToString());
        using var terminal = new StringWriter();
        using (var line = new ProgressLine(terminal, isWatched: true, TimeProvider.System))
        {
            line.Show(new SurveyProgress(1, 2, 1));
            line.Show(new SurveyProgress(2, 2, 1)); // too soon after the first
        }

        const string text = "1 of 2 partitions on 1 disks";
        Assert.Equal($"\r{text}\r{new string(' ', text.Length)}\r", terminal.ToString());
    }
}
