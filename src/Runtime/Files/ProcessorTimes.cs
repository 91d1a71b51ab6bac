using System.Text;

namespace CubeActors.Runtime.Files;

/// <summary>What the processors of the machine have done since its start.</summary>
public static class ProcessorTimes
{
    private const string Path = "/proc/stat";
    private const int FirstLineBytesMax = 512;

    /// <summary>The first line of <c>/proc/stat</c>. From memory of the kernel: no disk is asked.</summary>
    /// <returns>Null where there is no such file, or it cannot be read.</returns>
    public static string? Read()
    {
        try
        {
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var bytes = new byte[FirstLineBytesMax];
            return Encoding.ASCII.GetString(bytes, 0, file.Read(bytes));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // only a figure for display
        }
    }
}
