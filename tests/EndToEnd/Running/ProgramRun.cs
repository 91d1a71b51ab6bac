using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CubeActors.EndToEnd;

/// <summary>One run of the program under test in a process of its own, ended at the latest by Dispose.</summary>
internal sealed partial class ProgramRun : IAsyncDisposable
{
    /// <summary>Signal numbers of Linux, equal on x64 and arm64.</summary>
    private const int Interrupt = 2, Terminate = 15, Continue = 18, Stop = 19;

    private static readonly string Host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "CubeActors.Node.dll");
    private static readonly string Pbm = Path.Combine(AppContext.BaseDirectory, "CubeActors.Pbm.dll");

    /// <summary>The program as it is published, an executable; by default it is what was built with the tests.</summary>
    private static readonly string? Published = Environment.GetEnvironmentVariable("CUBEACTORS_PROGRAM");

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private ProgramRun(string name, Process process) => (Name, _process) = (name, process);

    /// <summary>For messages.</summary>
    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Lines of stdout so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>Lines of stderr so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>The program under test is one file of machine code.</summary>
    public static bool IsMachineCode => Published is not null && !File.Exists(Published + ".dll");

    /// <summary>What is executed, with the arguments that come before its own.</summary>
    private static IReadOnlyList<string> CommandOfProgram => Published is null ? [Host, Program] : [Published];

    public static ProgramRun Start(string name, params IEnumerable<string> arguments) => Start(name, [.. CommandOfProgram, .. arguments], []);

    /// <summary>Starts the command line of operators.</summary>
    /// <param name="input">Its stdin, to the end.</param>
    public static ProgramRun StartPbm(IEnumerable<string> arguments, string input = "") => Start($"pbm {string.Join(' ', arguments)}", [Host, Pbm, .. arguments], [], input);

    /// <summary>Starts an assembly that becomes the program, in a changed environment.</summary>
    /// <param name="launcher">The assembly, and its arguments before the program and the program's own.</param>
    public static ProgramRun StartThrough(IEnumerable<string> launcher, Dictionary<string, string> environment, string name, IEnumerable<string> arguments) =>
        Start(name, [Host, .. launcher, .. CommandOfProgram, .. arguments], environment);

    private static ProgramRun Start(string name, IReadOnlyList<string> command, Dictionary<string, string> environment, string input = "")
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["NO_COLOR"] = "1";
        foreach (var (key, value) in environment) start.Environment[key] = value;
        var run = new ProgramRun(name, new Process { StartInfo = start });
        run._process.OutputDataReceived += (_, line) => Add(run._output, line.Data);
        run._process.ErrorDataReceived += (_, line) => Add(run._errors, line.Data);
        run._process.Start();
        run._process.StandardInput.Write(input);
        run._process.StandardInput.Close();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Waits for the end; all output is there then.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(TimeSpan? deadline = null)
    {
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(deadline ?? Eventually.Deadline);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"still running: {Describe()}");
        }
    }

    /// <summary>A line that has come or will come, on stdout or stderr.</summary>
    public Task<string> LineAsync(string part) => Eventually.GetAsync(
        $"a line of {Name} with \"{part}\"",
        () => Task.FromResult(Output.Concat(Errors).FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal))
            ?? (HasExited ? throw new InvalidOperationException($"ended without a line with \"{part}\": {Describe()}") : null)),
        Describe);

    /// <summary>kill -9: nothing of the program runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    public void SendTerminate() => Send(Terminate);

    public void SendInterrupt() => Send(Interrupt);

    /// <summary>Stands still until <see cref="Thaw"/>; its kernel goes on taking connections and bytes.</summary>
    public void Freeze() => Send(Stop);

    public void Thaw() => Send(Continue);

    /// <summary>Memory it holds now and the most it ever held, in bytes. Source: proc(5), VmRSS and VmHWM in kB.</summary>
    public (long Now, long Most) ResidentBytes()
    {
        var lines = File.ReadAllLines($"/proc/{Id}/status");
        return (Value("VmRSS:"), Value("VmHWM:"));

        long Value(string key) =>
            1024 * long.Parse(lines.Single(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Replace("kB", "", StringComparison.Ordinal));
    }

    public string Describe() =>
        $"{Name} ({(HasExited ? $"exit code {_process.ExitCode}" : "running")}){Environment.NewLine}"
        + string.Join(Environment.NewLine, Output.TakeLast(20).Concat(Errors.TakeLast(40)).Select(line => "    " + line));

    public async ValueTask DisposeAsync()
    {
        if (!HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Send(int signal)
    {
        Assert.False(HasExited, Describe()); // its id may be another process's by now
        Assert.Equal(0, SendSignal(Id, signal));
    }

    private static void Add(List<string> lines, string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
    }

    private static List<string> Copy(List<string> lines)
    {
        lock (lines) return [.. lines];
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
