namespace CubeActors.Node.Tests;

/// <summary>Whose sockets the descriptors of a process are.</summary>
public sealed class InheritedSocketsTests
{
    [Theory]
    [InlineData("6", "42", 6)]
    [InlineData("0", "42", 0)]
    [InlineData("6", "41", 0)] // meant for a parent of ours
    [InlineData("6", "", 0)]
    [InlineData("6", null, 0)]
    [InlineData(null, "42", 0)]
    [InlineData(null, null, 0)]
    public void Descriptors_are_taken_only_if_they_are_meant_for_this_process(string? count, string? process, int expected)
    {
        Assert.Equal(expected, InheritedSockets.Decide(count, process, self: 42, out var problem));
        Assert.Empty(problem);
    }

    [Theory]
    [InlineData("six")]
    [InlineData("-1")]
    [InlineData("65")]
    public void A_count_that_cannot_be_is_a_warning_and_nothing_is_taken(string count)
    {
        Assert.Equal(0, InheritedSockets.Decide(count, "42", self: 42, out var problem));
        Assert.Contains($"\"{count}\"", problem, StringComparison.Ordinal);
    }
}
