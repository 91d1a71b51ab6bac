using CubeActors.TestKit;

namespace CubeActors.Actors.Tests;

/// <summary>How many lines a flood is worth.</summary>
public sealed class SourceReportsTests : ActorTest
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    [Fact]
    public void The_first_event_of_a_source_is_told_at_once_and_the_next_ones_together()
    {
        var reports = new SourceReports(Time, Period);
        Assert.Equal(("a", 1), reports.Count("a"));
        Assert.Equal(("b", 1), reports.Count("b"));
        for (var i = 0; i < 1000; i++) Assert.Equal(0, reports.Count("a").Events);
        Time.Advance(Period);
        Assert.Equal(("a", 1001), reports.Count("a"));
    }

    [Fact]
    public void Sources_beyond_those_that_are_told_apart_are_one_until_others_have_been_quiet()
    {
        var reports = new SourceReports(Time, Period, sourcesMax: 2);
        reports.Count("a");
        reports.Count("b");
        Assert.Equal((SourceReports.Others, 1), reports.Count("c"));
        Assert.Equal((SourceReports.Others, 0), reports.Count("d"));
        Time.Advance(Period);
        Assert.Equal(("c", 1), reports.Count("c"));
    }
}
