namespace CubeActors.Node.Tests;

/// <summary>What the trial file is made of: an installed .NET, and otherwise nothing but the program's own files.</summary>
public class RealContentTests
{
    [Fact]
    public void An_installed_runtime_is_read_with_what_is_installed_beside_it() => Assert.Equal(
        ["/usr/lib/dotnet/shared/Microsoft.NETCore.App/10.0.12/", "/opt/cubeactors/", "/usr/lib/dotnet/shared"],
        RealContent.Directories("/usr/lib/dotnet/shared/Microsoft.NETCore.App/10.0.12/", "/opt/cubeactors/"));

    [Fact]
    public void A_program_with_its_runtime_reads_its_own_directory_and_not_what_lies_around_it() => Assert.Equal(
        ["/opt/cubeactors/"],
        RealContent.Directories("/opt/cubeactors/", "/opt/cubeactors/"));
}
