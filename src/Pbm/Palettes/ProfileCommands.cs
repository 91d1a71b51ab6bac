using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>node trace</c> and <c>node dump</c>, in place of Go's pprof.</summary>
internal static class ProfileCommands
{
    /// <summary>What a node gives itself for a dump. Source: the node, ProfilePaths.</summary>
    private static readonly TimeSpan DumpLimit = TimeSpan.FromMinutes(5);

    public static void AddTo(Palette palette)
    {
        var seconds = new Option<int>("--seconds") { Description = "How long (5; at most 60).", HelpName = "seconds", DefaultValueFactory = _ => 5 };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 60) result.AddError("--seconds is from 1 to 60");
        });
        var what = new Option<string>("--profile") { Description = "cpu: where processor time goes; gc: collections and what they cost; locks: waits for locks and for the pool.", HelpName = "profile", DefaultValueFactory = _ => "cpu" };
        what.AcceptOnlyFromAmong("cpu", "gc", "locks");
        var output = new Option<string?>("--output", "-o") { Description = "The file that is written here (pbm-<time>.nettrace).", HelpName = "file" };
        palette.Add(
            "trace", "Records what the process does for some seconds, into a file here that PerfView, Visual Studio and dotnet-trace (convert, report) read. The node takes this order from its own machine, or with a token.",
            ["node trace", "node trace --profile gc --seconds 20 --output gc.nettrace"], PbmJson.Default.FileShape,
            (parsed, node, stop) => node.DownloadAsync(
                NodeRequest.Post("/cubeactors/runtime/trace", ("seconds", parsed.GetValue(seconds).ToString(CultureInfo.InvariantCulture)), ("profile", parsed.GetValue(what))),
                parsed.GetValue(output) ?? $"pbm-{palette.Context.Time.GetUtcNow():yyyyMMdd-HHmmss}.nettrace", TimeSpan.FromSeconds(parsed.GetValue(seconds)), stop),
            static (file, report, _) => report.Line($"{file.File}: {Human.Bytes(file.Bytes)} in {Human.Seconds(file.Seconds)}; dotnet-trace report {file.File} topN shows where time went"), judge: null, seconds, what, output);

        var kind = new Option<string>("--kind") { Description = "mini: stacks; heap: with the objects; full: all memory, the buffers of clients' data included.", HelpName = "kind", DefaultValueFactory = _ => "heap" };
        kind.AcceptOnlyFromAmong("mini", "heap", "full");
        palette.Add(
            "dump", "Writes a dump of the process on the machine of the node, into a directory that only its user may enter, and says where; it is yours to remove. The process stands still until its memory is written: on a busy node prefer trace, or drain it first. A dump is not begun where the file system is short of room. The node takes this order from its own machine, or with a token.",
            ["node dump --kind mini"], PbmJson.Default.FileShape,
            (parsed, node, stop) => node.AskAsync(NodeRequest.Post("/cubeactors/runtime/dump", ("kind", parsed.GetValue(kind))), PbmJson.Default.FileShape, stop, DumpLimit),
            static (file, report, _) => report.Line($"{file.File} on the node's machine: {Human.Bytes(file.Bytes)} in {Human.Seconds(file.Seconds)}; dotnet-dump analyze reads it"), judge: null, kind);
    }
}
