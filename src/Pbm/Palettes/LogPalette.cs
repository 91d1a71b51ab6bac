using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>log</c>: the log of the node and its slow requests.</summary>
internal static class LogPalette
{
    private static readonly string[] Levels = ["debug", "info", "warn", "error", "critical"];

    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "log", "The log of the node: its level, its last lines; and the requests that were slow.");
        var set = new Argument<string?>("level") { Description = "debug, info, warn, error or critical; without it the level is shown.", Arity = ArgumentArity.ZeroOrOne };
        set.AcceptOnlyFromAmong(Levels);
        palette.Add(
            "level", "Shows the level from which on lines are written, or sets it until the node ends. The node takes that order from its own machine, or with a token.", ["log level", "log level debug"],
            PbmJson.Default.LevelShape,
            parsed => parsed.GetValue(set) is { } level ? NodeRequest.Post("/cubeactors/log/level", ("level", level)) : NodeRequest.Get("/cubeactors/log/level"), (level, report, _) => report.Line(level.Level), set);

        var lines = new Option<int>("--lines", "-n") { Description = "How many lines, the last ones (50); the node keeps 2000.", HelpName = "number", DefaultValueFactory = _ => 50 };
        var from = new Option<string?>("--level") { Description = "Only lines of this level and above.", HelpName = "level" };
        from.AcceptOnlyFromAmong(Levels);
        var contains = new Option<string?>("--contains") { Description = "Only lines with this text, in any case.", HelpName = "text" };
        palette.Add(
            "tail", "The last lines that the node has logged, the newest last.", ["log tail", "log tail --level warn -n 200", "log tail --contains partition-7 --watch 1"], PbmJson.Default.LogShape,
            parsed => NodeRequest.Get(
                "/cubeactors/log", ("lines", parsed.GetValue(lines).ToString(CultureInfo.InvariantCulture)), ("level", parsed.GetValue(from)), ("contains", parsed.GetValue(contains))),
            static (log, report, _) => report.Table(
                ["time", "level", "where", "text~"], log.Lines.Select(IReadOnlyList<string> (line) => [Human.Time(line.At), line.Level, line.Where, line.Text]), "no such line"), lines, from, contains);

        palette.Add(
            "slow", "The last requests that took longer than cubeactors.data-path.slow-request, the slowest first.", ["log slow", "log slow --json"], PbmJson.Default.SlowListShape,
            _ => NodeRequest.Get("/cubeactors/slow"),
            static (slow, report, _) =>
            {
                report.Table(
                    ["took>", "of it here>", "when", "operation", "partition>", "extent>", "offset>", "bytes>", "followers>", "client", "result"],
                    slow.Requests.Select(IReadOnlyList<string> (one) =>
                    [
                        Milliseconds(one.Milliseconds), one.OwnMilliseconds is { } own ? Milliseconds(own) : "", Human.Ago(one.At, report.Now) + " ago", one.Operation, Palette.Text(one.Partition), Palette.Text(one.Extent),
                        Human.Number<long>(one.Offset), Human.Bytes(one.Bytes), Human.Number<int>(one.Followers), one.Client, one.Result,
                    ]),
                    "no request was slow");
                report.Line();
                report.Line(slow.ThresholdMilliseconds > 0 ? $"{slow.Count} since the start took longer than {Milliseconds(slow.ThresholdMilliseconds)}" : "none is remembered: cubeactors.data-path.slow-request is 0");
            });
        return palette.Command;
    }

    private static string Milliseconds(double milliseconds) => Human.Seconds(milliseconds / 1000);
}
