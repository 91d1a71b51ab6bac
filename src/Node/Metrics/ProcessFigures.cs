using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using System.Text;

namespace CubeActors.Node;

/// <summary>This process as the kernel counts it, from one small file: <see cref="Process"/> reads a file of each thread for the same.</summary>
internal readonly record struct ProcessFigures(int Threads, long VirtualBytes, long ResidentBytes)
{
    private const string Self = "/proc/self", Path = $"{Self}/stat", Descriptors = "fd";

    private static readonly EnumerationOptions All = new() { AttributesToSkip = FileAttributes.None }; // else it looks at each entry for them

    /// <summary>The name takes 64 bytes at most, and each of the 50 numbers behind it 21.</summary>
    private const int BytesMax = 2048;

    private static readonly Lazy<DateTimeOffset> Start = new(() =>
    {
        using var process = Process.GetCurrentProcess();
        return process.StartTime;
    });

    /// <summary>When the process was started.</summary>
    public static DateTimeOffset StartedAt => Start.Value;

    public static ProcessFigures Now()
    {
        try
        {
            using var file = File.OpenHandle(Path);
            Span<byte> text = stackalloc byte[BytesMax];
            return Parse(text[..RandomAccess.Read(file, text, 0)]);
        }
        catch (IOException)
        {
            // No /proc here: another system, where somebody develops.
            using var process = Process.GetCurrentProcess();
            return new ProcessFigures(process.Threads.Count, process.VirtualMemorySize64, process.WorkingSet64);
        }
    }

    /// <summary>Descriptors that are open; null where there is no /proc.</summary>
    /// <remarks>
    /// A node has half a dozen for each replica, and the kernel makes an inode for each one that is listed. Since Linux 6.2 it says how many there are as the length of the directory;
    /// before that the length is 0, and they are counted.
    /// </remarks>
    public static int? OpenFiles()
    {
        try
        {
            var length = new FileSystemEnumerable<long>(Self, static (ref FileSystemEntry entry) => entry.Length, All) { ShouldIncludePredicate = static (ref FileSystemEntry entry) => entry.FileName is Descriptors }
                .FirstOrDefault();
            return length > 0 ? (int)length : Directory.EnumerateFileSystemEntries($"{Self}/{Descriptors}").Count();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Pure. Source: Linux, proc_pid_stat(5).</summary>
    /// <exception cref="InvalidDataException">It is something else than is documented there.</exception>
    public static ProcessFigures Parse(ReadOnlySpan<byte> stat)
    {
        const int nameField = 2, threadsField = 20, bytesField = 23, pagesField = 24; // counted from 1, as there
        var numbers = stat[(stat.LastIndexOf((byte)')') + 1)..].Trim((byte)' '); // a name may hold anything, also blanks and parentheses
        var field = nameField;
        var (threads, bytes) = (0L, 0L);
        foreach (var part in numbers.Split((byte)' '))
        {
            field++;
            if (field is not (threadsField or bytesField or pagesField)) continue;
            if (!long.TryParse(numbers[part], NumberStyles.None, CultureInfo.InvariantCulture, out var value)) break;
            if (field == threadsField) threads = value;
            else if (field == bytesField) bytes = value;
            else return new ProcessFigures((int)threads, bytes, value * Environment.SystemPageSize);
        }

        throw new InvalidDataException($"{Path}: a number is missing: {Encoding.UTF8.GetString(stat)}");
    }
}
