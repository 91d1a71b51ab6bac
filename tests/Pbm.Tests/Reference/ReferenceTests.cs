namespace CubeActors.Pbm.Tests;

/// <summary>docs/reference/pbm.md is what the program says of itself. UPDATE_DOCS=1 writes it anew: build/reference does that for all programs.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void The_reference_is_the_one_that_the_commands_make() =>
        SourceTree.AssertSame(Path.Combine(SourceTree.Root, "docs", "reference", "pbm.md"), ReferenceText.Of(PbmCommandLine.Build(new PbmRun(new CannedNode()).Context(), new GlobalOptions())), "UPDATE_DOCS");
}
