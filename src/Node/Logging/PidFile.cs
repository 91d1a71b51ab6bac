using System.Globalization;
using ILogger = Serilog.ILogger;

namespace CubeActors.Node;

/// <summary><c>datanode.pid</c> in logDir: the number of the process, for scripts that stop a node. Source: CubeFS util/log/log.go OutputPid.</summary>
/// <remarks>CubeFS leaves it when it ends; here it goes with a clean end, since the number may be another process's by then.</remarks>
internal sealed class PidFile : IAsyncDisposable
{
    public const string Name = "datanode.pid";

    private readonly string _path;

    private PidFile(string path) => _path = path;

    private static string Number { get; } = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <returns>Null if it cannot be written, which is said and keeps no node from serving.</returns>
    public static PidFile? Write(string directory, ILogger log)
    {
        var path = Path.Combine(Path.GetFullPath(directory), Name);
        try
        {
            File.WriteAllText(path, Number);
            return new PidFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.Warning("{Path} cannot be written, so that scripts do not find the process: {Failure:l}", path, failure.Message);
            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            if (File.ReadAllText(_path) == Number) File.Delete(_path); // not that of a process that was started meanwhile
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Gone already, or not to be touched: it is overwritten by the next start.
        }

        return ValueTask.CompletedTask;
    }
}
