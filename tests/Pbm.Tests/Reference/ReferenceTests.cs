namespace CubeActors.Pbm.Tests;

/// <summary>docs/pbm.md is what the program says of itself. UPDATE_DOCS=1 writes it anew.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public async Task The_reference_is_the_one_that_the_commands_make()
    {
        var run = new PbmRun(new CannedNode());
        Assert.Equal(ExitCode.Success, await run.RunRawAsync("docs"));
        SourceTree.AssertSame(Path.Combine(SourceTree.Root, "docs", "pbm.md"), run.Out, "UPDATE_DOCS");
    }
}
