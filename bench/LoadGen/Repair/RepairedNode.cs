using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>A data node that is started, ended, and emptied while it is down. Whoever starts it ends it.</summary>
internal sealed partial class RepairedNode : IDisposable
{
    /// <summary>SIGTERM on Linux, equal on x64 and arm64.</summary>
    private const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly IReadOnlyList<string> _command;
    private Process? _process;

    private RepairedNode(IReadOnlyList<string> command, IPEndPoint prof, string address, IReadOnlyList<string> disks)
    {
        (_command, Address, Disks) = (command, address, disks);
        _http.BaseAddress = new Uri($"http://{prof}/");
    }

    /// <summary><c>ip:port</c> of its packets.</summary>
    public string Address { get; }

    public IReadOnlyList<string> Disks { get; }

    /// <exception cref="UsageFault">The file cannot be read, or lacks what is needed.</exception>
    public static RepairedNode Of(RepairSettings settings)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(settings.Config));
            var root = json.RootElement;
            var ip = Text("localIP");
            string[] disks = [.. root.GetProperty("disks").EnumerateArray().Select(disk => disk.GetString()!).Select(disk => disk[..disk.LastIndexOf(':')])];
            return new RepairedNode(settings.Command, IPEndPoint.Parse($"{ip}:{Text("prof")}"), $"{ip}:{Text("listen")}", disks);

            string Text(string key) => root.TryGetProperty(key, out var value) ? value.ToString() : throw new UsageFault($"{settings.Config}: there is no \"{key}\".");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UsageFault($"{settings.Config}: {e.Message}");
        }
    }

    /// <summary>Starts it, and returns when it is ready.</summary>
    /// <exception cref="NodeFault">It is not, or has ended.</exception>
    public void Start(CancellationToken cancel)
    {
        var start = new ProcessStartInfo(_command[0], _command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            _process = Process.Start(start) ?? throw new UsageFault($"'{_command[0]}' cannot be started.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new UsageFault($"'{_command[0]}' cannot be started: {e.Message}");
        }

        _process.OutputDataReceived += static (_, _) => { }; // read, so that it never waits for us
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Until("the node to be ready", IsReady, cancel);
    }

    /// <summary>Ends it as an operator would.</summary>
    /// <exception cref="NodeFault">It does not end.</exception>
    public void Stop()
    {
        if (_process is not { } process) return;
        if (!process.HasExited && SendSignal(process.Id, Terminate) != 0) throw new NodeFault($"SIGTERM was refused with errno {Marshal.GetLastPInvokeError()}");
        if (!process.WaitForExit(Patience)) throw new NodeFault($"the node has not ended {Patience.TotalSeconds:0} s after SIGTERM");
        process.Dispose();
        _process = null;
    }

    /// <summary>Deletes all normal extents behind the back of the node, which must be down: to it they were never there.</summary>
    /// <returns>Bytes of them.</returns>
    public long Empty()
    {
        long bytes = 0;
        foreach (var extent in Extents())
        {
            bytes += extent.Length;
            extent.Delete();
        }

        return bytes;
    }

    /// <summary>The files of its normal extents.</summary>
    public IReadOnlyList<FileInfo> Extents() =>
    [
        .. Disks.Where(Directory.Exists)
            .SelectMany(disk => Directory.EnumerateDirectories(disk, "datapartition_*"))
            .SelectMany(Directory.EnumerateFiles)
            .Where(file => ulong.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > ExtentId.NormalBase)
            .Select(file => new FileInfo(file)),
    ];

    /// <summary>Bytes that its repairs were granted since its start, all disks.</summary>
    /// <exception cref="NodeFault">It does not say.</exception>
    public long RepairBytes() => (long)Sum("cubeactors_budget_amount_total{class=\"repair\"");

    /// <summary>Extents that it fetches now.</summary>
    public int RepairStreams() => (int)Sum("cubeactors_repair_streams");

    /// <summary>The lowest step of its disks: 0 while repair is held at its floor.</summary>
    public int Step() => (int)Lines("cubeactors_budget_step{").DefaultIfEmpty(-1).Min();

    /// <exception cref="NodeFault">It does not come.</exception>
    public void Until(string what, Func<bool> condition, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (_process is { HasExited: true }) throw new NodeFault($"the node ended with {_process.ExitCode} while this program waited for {what}");
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new NodeFault($"{what}: waited for in vain");
            cancel.WaitHandle.WaitOne(Pause);
            cancel.ThrowIfCancellationRequested();
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            process.WaitForExit();
        }

        _process?.Dispose();
        _http.Dispose();
    }

    private bool IsReady()
    {
        try
        {
            using var reply = _http.Send(new HttpRequestMessage(HttpMethod.Get, "readyz"));
            return reply.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false; // its ports are not there yet
        }
    }

    private double Sum(string prefix) => Lines(prefix).Sum();

    private IEnumerable<double> Lines(string prefix)
    {
        string page;
        try
        {
            using var reply = _http.Send(new HttpRequestMessage(HttpMethod.Get, "metrics"));
            using var reader = new StreamReader(reply.Content.ReadAsStream());
            page = reader.ReadToEnd();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or SocketException or IOException)
        {
            throw new NodeFault($"the metrics of the node: {e.Message}");
        }

        return page.Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
