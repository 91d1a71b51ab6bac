using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace CubeActors.Node;

/// <summary>Makes a file of real content: the files of the installed .NET, or of the program where that brings its runtime along, one behind the other, each under a line that names it.</summary>
/// <remarks>Should they be too few, they come again; the number of the round in each line keeps the rounds apart.</remarks>
internal static class RealContent
{
    private const int CopyBytes = 1 << 20;

    /// <summary>No installation has so few and small files that more rounds were needed for what we ask.</summary>
    private const int RoundsMax = 1000;

    /// <summary>Writes at least <paramref name="bytesMin"/> bytes to a new file.</summary>
    /// <returns>The SHA-256 of what was written, in lower-case hex.</returns>
    /// <exception cref="CommandException">Nothing was found to make it of.</exception>
    public static async Task<string> WriteAsync(string path, long bytesMin, CancellationToken stop)
    {
        await using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            for (var round = 1; round <= RoundsMax; round++)
            {
                foreach (var file in Files())
                {
                    await AppendAsync(Encoding.UTF8.GetBytes($"round {round}: {file}\n"));
                    await using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
                    int read;
                    while ((read = await source.ReadAsync(buffer.AsMemory(0, CopyBytes), stop)) > 0)
                    {
                        await AppendAsync(buffer.AsMemory(0, read));
                        if (target.Length >= bytesMin) return Convert.ToHexStringLower(hash.GetHashAndReset());
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        throw new CommandException($"the files in {AppContext.BaseDirectory} are too small to make a trial file of; name one with --file");

        async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
        {
            hash.AppendData(bytes.Span);
            await target.WriteAsync(bytes, stop);
        }
    }

    private static IEnumerable<string> Files()
    {
        var walk = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directories(RuntimeEnvironment.GetRuntimeDirectory(), AppContext.BaseDirectory)
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*", walk).Order(StringComparer.Ordinal));
    }

    /// <summary>The runtime's files, then those of this program, then those beside the runtime; in a fixed order.</summary>
    /// <remarks>A program that brings its runtime along has nothing beside it: what lies around its directory is not ours to read.</remarks>
    internal static IReadOnlyList<string> Directories(string runtime, string program)
    {
        var shared = Path.GetFullPath(Path.Combine(runtime, "..", "..")); // of shared/Microsoft.NETCore.App/<version>
        return Path.GetFileName(shared) == "shared" ? [runtime, program, shared] : [program];
    }
}
