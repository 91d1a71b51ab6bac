using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CubeActors.LoadGen;

namespace CubeActors.Restart;

/// <summary>One process of the node under test. Whoever starts it ends it.</summary>
internal sealed partial class NodeRun : IDisposable
{
    /// <summary>SIGTERM on Linux, equal on x64 and arm64.</summary>
    private const int Terminate = 15;

    /// <summary>Lines of output kept for a message.</summary>
    private const int LinesMax = 20;

    private readonly Process _process;
    private readonly Queue<string> _lines = [];

    private NodeRun(Process process, long startedAt) => (_process, StartedAt) = (process, startedAt);

    /// <summary>Timestamp right before the process was made: all times of a start count from here.</summary>
    public long StartedAt { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <param name="sockets">Handed over to it; null for a node that binds its ports itself.</param>
    /// <exception cref="UsageFault">The program cannot be started.</exception>
    public static NodeRun Start(IReadOnlyList<string> command, HandedSockets? sockets)
    {
        var words = sockets is null ? command : sockets.Wrap(command);
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var run = new NodeRun(new Process { StartInfo = start }, Stopwatch.GetTimestamp());
        run._process.OutputDataReceived += (_, line) => run.Keep(line.Data);
        run._process.ErrorDataReceived += (_, line) => run.Keep(line.Data);
        try
        {
            run._process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new UsageFault($"'{words[0]}' cannot be started: {e.Message}");
        }

        run._process.StandardInput.Close();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    public void SendTerminate()
    {
        if (!HasExited && SendSignal(_process.Id, Terminate) != 0) throw new NodeFault($"SIGTERM was refused with errno {Marshal.GetLastPInvokeError()}");
    }

    public void Kill() => _process.Kill();

    /// <returns>False if it goes on after <paramref name="limit"/>.</returns>
    public bool WaitForExit(TimeSpan limit) => _process.WaitForExit(limit);

    /// <summary>VmRSS in KiB; null once it has ended. Source: proc(5).</summary>
    public long? ResidentKiB()
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{_process.Id}/status"))
                if (line.StartsWith("VmRSS:", StringComparison.Ordinal)) return long.Parse(line.AsSpan(6).Trim(" \tkB"), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // it has just ended
        }

        return null;
    }

    /// <summary>CPU time it has used; null once it has ended.</summary>
    public TimeSpan? CpuTime()
    {
        _process.Refresh();
        return _process.HasExited ? null : _process.TotalProcessorTime;
    }

    public string LastLines()
    {
        lock (_lines) return string.Join(Environment.NewLine, _lines.Select(line => "    " + line));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesMax) _lines.Dequeue();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
