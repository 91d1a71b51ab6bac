using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CubeActors.Node;

/// <summary>What is different where the program was compiled ahead of time into one file of machine code, which is how it is published for a machine.</summary>
/// <remarks>Its runtime tells of collections and locks as every other, but takes no samples of the processor and writes no dumps; the tools for any program do.</remarks>
internal static class MachineCode
{
    public static bool IsThis => !RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>The runtime by its name and version, and whether the program is machine code.</summary>
    public static string Runtime => IsThis ? $"{RuntimeInformation.FrameworkDescription}, compiled ahead of time" : RuntimeInformation.FrameworkDescription;

    /// <summary>Where its processor time goes, some other way. Pure.</summary>
    public static string InsteadOfSamples(int process, int seconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"this program was compiled ahead of time, and such a runtime takes no samples: perf record -g -p {process} -- sleep {seconds} does, and perf report shows them. The profiles gc and locks are there");

    /// <summary>What writes its memory, some other way. Pure.</summary>
    public static string InsteadOfDump(int process) => string.Create(
        CultureInfo.InvariantCulture,
        $"this program was compiled ahead of time, and such a runtime writes no dumps: gcore -o <file> {process} does, while the process stands still, and gdb or lldb reads it");
}
