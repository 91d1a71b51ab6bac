using System.Diagnostics;
using System.Runtime.InteropServices;
using CubeActors.LoadGen;

namespace CubeActors.Decommission;

/// <summary>One run of the program under trial, in a process of its own; its output goes to a file. Ended at the latest by Dispose, by its id.</summary>
internal sealed partial class NodeProcess : IDisposable
{
    /// <summary>SIGTERM on Linux, equal on x64 and arm64.</summary>
    private const int Terminate = 15;

    private static readonly string Host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    private readonly Process _process;
    private readonly StreamWriter _log;

    private NodeProcess(Process process, StreamWriter log) => (_process, _log) = (process, log);

    public bool HasExited => _process.HasExited;

    /// <param name="program">An assembly (.dll) or an executable.</param>
    /// <param name="logFile">What the process says is put behind what stands there.</param>
    /// <exception cref="UsageFault">It cannot be started.</exception>
    public static NodeProcess Start(string program, IEnumerable<string> arguments, string logFile)
    {
        string[] words = program.EndsWith(".dll", StringComparison.Ordinal) ? [Host, program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["NO_COLOR"] = "1";
        var run = new NodeProcess(new Process { StartInfo = start }, new StreamWriter(logFile, append: true) { AutoFlush = true });
        run._process.OutputDataReceived += (_, line) => run.Write(line.Data);
        run._process.ErrorDataReceived += (_, line) => run.Write(line.Data);
        try
        {
            run._process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            run._log.Dispose();
            throw new UsageFault($"'{words[0]}' cannot be started: {e.Message}");
        }

        run._process.StandardInput.Close();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>kill -9; all it has said is in the file on return.</summary>
    public void Kill()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code; null if it goes on after <paramref name="limit"/>.</returns>
    public int? Stop(TimeSpan limit)
    {
        if (!_process.HasExited) _ = SendSignal(_process.Id, Terminate);
        if (!_process.WaitForExit(limit)) return null;
        _process.WaitForExit(); // its output, too
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        lock (_log) _log.Dispose();
    }

    private void Write(string? line)
    {
        if (line is null) return;
        lock (_log) _log.WriteLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
