namespace CubeActors.Actors.Tests;

public sealed class HandoverTests
{
    [Fact]
    public void What_is_given_is_taken_once()
    {
        var handover = new Handover<string>();
        Assert.Null(handover.Take());
        Assert.True(handover.TryGive("log"));
        Assert.Equal("log", handover.Take());
        Assert.Null(handover.Take());
        Assert.Null(handover.End());
    }

    [Fact]
    public void What_was_given_and_not_taken_goes_to_whoever_ends_it()
    {
        var handover = new Handover<string>();
        Assert.True(handover.TryGive("log"));
        Assert.Equal("log", handover.End());
    }

    [Fact]
    public void After_the_end_the_giver_keeps_it()
    {
        var handover = new Handover<string>();
        Assert.Null(handover.End());
        Assert.False(handover.TryGive("log"));
        Assert.Null(handover.Take());
    }
}
