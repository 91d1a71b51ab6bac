using System.CommandLine;
using System.CommandLine.Parsing;
using CubeActors.Protocol;

namespace CubeActors.LoadGen;

/// <summary>The jobs and the options that shape and measure them.</summary>
internal sealed class JobOptions
{
    private const int ConnectionsMax = 4096;
    private const int DepthMax = 1024; // appends of one extent. Source: the SDK's channel between sender and receiver
    private const int ReadBytesMax = 4 * 1024 * 1024; // the longest range that a client of 3.5 asks for

    private readonly Argument<JobKind[]> _jobs = new("jobs")
    {
        Description = "append (128 KiB, sequential), read (128 KiB, sequential), randread (4 KiB), leader-read (4 KiB at random, from the raft "
            + "leader), overwrite (4 KiB at random, through raft).",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = ParseJobs,
    };
    private readonly Option<int[]> _connections = new("--connections")
    {
        Description = "Numbers of connections; every job runs once with each.",
        HelpName = "n,...",
        CustomParser = CommaList.ParseNumbers,
        DefaultValueFactory = _ => [1, 8, 64],
    };
    private readonly Option<double> _seconds = Number("--seconds", "Measured time of a job. No limit if only --operations is given.", 10.0);
    private readonly Option<long?> _operations = new("--operations")
    {
        Description = "Ends a job after this many measured operations.",
        HelpName = "n",
    };
    private readonly Option<double> _warmUp = Number("--warmup", "Seconds before the measured time; they count for nothing.", 2.0);
    private readonly Option<int> _depth = Number("--depth", "Appends in flight on each connection.", 4);
    private readonly Option<int> _readDepth = Number("--read-depth", "Reads in flight on each connection. Clients of CubeFS have one.", 1);
    private readonly Option<int?> _block = new("--block")
    {
        Description = "Bytes of one operation, for every job named. Appends and overwrites: whole pages of 4096, up to 131072.",
        HelpName = "bytes",
    };
    private readonly Option<int> _extentSize = Number(
        "--extent-size", "MiB written to each extent that is read from, one extent a connection, or overwritten.", 64);
    private readonly Option<int> _files = Number(
        "--files", "Extents that an overwrite job spreads over the partitions. Connection n stays with extent n modulo this.", 1);
    private readonly Option<bool> _sync = new("--sync") { Description = "Overwrites ask the replicas to have them on disk (opcode 0xB4)." };
    private readonly Option<int> _space = Number(
        "--space", "MiB that an append job may store on each replica; then it ends early and says so.", 8192);
    private readonly Option<int[]> _pids = new("--pid")
    {
        Description = "Server processes to measure: CPU time and memory of each, and CPU per operation and GiB of their sum.",
        HelpName = "pid,...",
        CustomParser = CommaList.ParseNumbers,
    };
    private readonly Option<double> _timeout = Number("--timeout", "Seconds that one send or receive may stand still.", 5.0);
    private readonly Option<int> _errorsMax = Number("--errors-max", "Ends a job after this many failed operations.", 100);
    private readonly Option<int> _seed = Number("--seed", "Of the data and of the random offsets.", 1);
    private readonly Option<bool> _keep = new("--keep") { Description = "Leave the created extents on the nodes." };

    public void AddTo(Command command)
    {
        command.Add(_jobs);
        foreach (var option in new Option[]
                 {
                     _connections, _seconds, _operations, _warmUp, _depth, _readDepth, _block,
                     _extentSize, _files, _sync, _space, _pids, _timeout, _errorsMax, _seed, _keep,
                 }) command.Add(option);
    }

    /// <exception cref="UsageFault">No job, a value out of its range, or a process named by <c>--pid</c> that is not there.</exception>
    public LoadSettings Read(ParseResult parsed, string? host)
    {
        Check(parsed);
        var operations = parsed.GetValue(_operations);
        var isTimed = operations is null || parsed.GetResult(_seconds) is { Implicit: false };
        var duration = isTimed ? TimeSpan.FromSeconds(parsed.GetValue(_seconds)) : Timeout.InfiniteTimeSpan;
        return new LoadSettings(
            parsed.GetValue(_jobs)!, parsed.GetValue(_connections)!, parsed.GetValue(_depth), parsed.GetValue(_readDepth),
            parsed.GetValue(_block), host,
            new JobLimits(TimeSpan.FromSeconds(parsed.GetValue(_warmUp)), duration, operations,
                (long)parsed.GetValue(_space) << 20, parsed.GetValue(_errorsMax)),
            (long)parsed.GetValue(_extentSize) << 20, TimeSpan.FromSeconds(parsed.GetValue(_timeout)), parsed.GetValue(_seed),
            [.. (parsed.GetValue(_pids) ?? []).Select(FindProcess)],
            parsed.GetValue(_keep), parsed.GetValue(_files), parsed.GetValue(_sync));
    }

    // Not a validator of the command: those run before the defaults are there.
    private void Check(ParseResult parsed)
    {
        const double DaySeconds = 86400;
        if (parsed.GetValue(_jobs) is not { Length: > 0 } jobs)
            throw new UsageFault($"Name at least one job ({JobNames.Listed}), or --compare two results. --help shows examples.");
        Within("--seconds", parsed.GetValue(_seconds), 0.1, DaySeconds);
        Within("--warmup", parsed.GetValue(_warmUp), 0, DaySeconds);
        Within("--timeout", parsed.GetValue(_timeout), 0.1, DaySeconds);
        Within("--operations", parsed.GetValue(_operations) ?? 1, 1, long.MaxValue);
        Within("--depth", parsed.GetValue(_depth), 1, DepthMax);
        Within("--read-depth", parsed.GetValue(_readDepth), 1, DepthMax);
        Within("--extent-size", parsed.GetValue(_extentSize), 1, DataPlane.ExtentBytesMax >> 20);
        Within("--files", parsed.GetValue(_files), 1, ConnectionsMax);
        Within("--space", parsed.GetValue(_space), 1, int.MaxValue);
        Within("--errors-max", parsed.GetValue(_errorsMax), 1, int.MaxValue);
        foreach (var connections in parsed.GetValue(_connections)!) Within("--connections", connections, 1, ConnectionsMax);
        if (parsed.GetValue(_block) is not { } block) return;
        Within("--block", block, 1, Math.Min(ReadBytesMax, parsed.GetValue(_extentSize) << 20));
        if ((jobs.Contains(JobKind.Append) || jobs.Contains(JobKind.Overwrite)) && (block > DataPlane.BlockBytes || block % PageStamps.PageBytes != 0))
            throw new UsageFault($"--block: appends and overwrites are whole pages of {PageStamps.PageBytes} bytes, up to {DataPlane.BlockBytes}.");

        static void Within(string option, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) throw new UsageFault($"{option}: {value} is not within {least} and {most}.");
        }
    }

    private static JobKind[] ParseJobs(ArgumentResult result)
    {
        var jobs = new List<JobKind>();
        foreach (var token in result.Tokens)
        {
            if (JobNames.Find(token.Value) is { } kind) jobs.Add(kind);
            else result.AddError($"'{token.Value}' is no job; there are {JobNames.Listed}.");
        }

        return [.. jobs];
    }

    private static ServerProcess FindProcess(int pid) =>
        ServerProcess.Find(pid) ?? throw new UsageFault($"--pid {pid}: there is no such process.");

    private static Option<T> Number<T>(string name, string description, T defaultValue) =>
        new(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => defaultValue };
}
