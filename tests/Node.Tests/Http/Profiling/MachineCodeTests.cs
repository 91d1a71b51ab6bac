using System.Runtime.InteropServices;

namespace CubeActors.Node.Tests;

/// <summary>Tests run on the ordinary runtime; what the published program says of itself is asked of it end to end.</summary>
public class MachineCodeTests
{
    [Fact]
    public void A_program_that_the_runtime_compiles_is_none_and_names_the_runtime_alone()
    {
        Assert.False(MachineCode.IsThis);
        Assert.Equal(RuntimeInformation.FrameworkDescription, MachineCode.Runtime);
    }

    [Fact]
    public void What_its_runtime_cannot_do_is_refused_with_the_command_that_can()
    {
        Assert.Contains("perf record -g -p 4711 -- sleep 5 ", MachineCode.InsteadOfSamples(4711, 5), StringComparison.Ordinal);
        Assert.Contains("gcore -o <file> 4711 ", MachineCode.InsteadOfDump(4711), StringComparison.Ordinal);
    }
}
