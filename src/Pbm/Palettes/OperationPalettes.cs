using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>operation</c>: all that the ledger holds; <c>repair</c>: the same for the kinds that bring replicas level.</summary>
internal static class OperationPalettes
{
    private const string Path = "/cubeactors/operations";

    /// <summary>Kinds of the ledger that repair something.</summary>
    private static readonly HashSet<string> RepairKinds = new(StringComparer.Ordinal) { "RepairTask", "OwnRepair", "Cycle", "Share", "TinyVerification", "Rebuild" };

    private const int ListedDefault = 50;

    /// <summary>As many as a node gives in one answer.</summary>
    private const string AskedMax = "10000";

    public static Command BuildRepair(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "repair", "What brings replicas level: tasks, comparisons, and replicas that are being filled. A part of operation.");
        AddLists(palette, "repair", operation => RepairKinds.Contains(operation.Kind));
        return palette.Command;
    }

    public static Command BuildOperation(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "operation", "All that outlives a request, from the node's ledger: what runs, what ran and how it ended, alerts.");
        AddLists(palette, "operation", _ => true);
        palette.Add(
            "alerts", "What somebody has to look at: replies that did not match, operations that stand still, findings.", ["operation alerts"], PbmJson.Default.AlertListShape,
            _ => NodeRequest.Get("/cubeactors/alerts"),
            static (list, report, _) => report.Table(
                ["when", "active", "kind", "partition>", "extent>", "peer", "expected~", "got~", "repeats>", "operation"],
                list.Alerts.OrderByDescending(alert => alert.At).Select(IReadOnlyList<string> (alert) =>
                [
                    Human.Time(alert.At), alert.IsActive is { } active ? Human.YesNo(active) : "", alert.Kind, Human.Number(alert.Partition), alert.Extent is 0 ? "" : Human.Number(alert.Extent), alert.Peer ?? "", alert.Expected ?? "", alert.Got ?? "",
                    Human.Number(alert.Repeats), alert.Operation ?? "",
                ]),
                "no alert"));
        return palette.Command;
    }

    private static void AddLists(Palette palette, string name, Func<OperationShape, bool> isOurs)
    {
        var kind = new Option<string?>("--kind") { Description = "Only of this kind, such as RepairTask or Rebuild.", HelpName = "kind" };
        var partition = new Option<ulong?>("--partition") { Description = "Only on this partition.", HelpName = "id" };
        palette.Add(
            "list", "What waits or runs now.", [$"{name} list", $"{name} list --partition 7 --watch"], PbmJson.Default.OperationListShape,
            async (parsed, node, stop) => Pick(await AskAsync(node, "open", parsed.GetValue(kind), parsed.GetValue(partition), stop), isOurs, int.MaxValue), (list, report, _) => ShowOpen(list, report), judge: null,
            kind, partition);

        var pastKind = new Option<string?>("--kind") { Description = kind.Description, HelpName = kind.HelpName };
        var pastPartition = new Option<ulong?>("--partition") { Description = partition.Description, HelpName = partition.HelpName };
        var failed = new Option<bool>("--failed") { Description = "Only what failed, was cancelled or was interrupted." };
        var limit = new Option<int>("--limit") { Description = $"How many are listed, the last ones ({ListedDefault}).", HelpName = "number", DefaultValueFactory = _ => ListedDefault };
        palette.Add(
            "history", "What has ended, the last first, and how.", [$"{name} history", $"{name} history --failed --limit 10"], PbmJson.Default.OperationListShape,
            async (parsed, node, stop) => Pick(
                await AskAsync(node, state: null, parsed.GetValue(pastKind), parsed.GetValue(pastPartition), stop),
                operation => isOurs(operation) && !IsOpen(operation) && (!parsed.GetValue(failed) || operation.State != "Done"), parsed.GetValue(limit)),
            (list, report, _) => ShowEnded(list, report), judge: null, pastKind, pastPartition, failed, limit);

        var shown = IdArgument();
        palette.Add(
            "show", "One of them in detail.", [$"{name} show 0198c0de-0000-7000-8000-000000000001"], PbmJson.Default.OperationShape, parsed => NodeRequest.Get($"{Path}/{Uri.EscapeDataString(parsed.GetValue(shown)!)}"),
            (operation, report, _) => Show(operation, report), shown);

        var ended = IdArgument();
        palette.Add(
            "cancel", "Ends one that may be ended. The node takes this order from its own machine, or with a token.", [$"{name} cancel 0198c0de-0000-7000-8000-000000000001"], PbmJson.Default.OperationShape,
            parsed => NodeRequest.Post($"{Path}/{Uri.EscapeDataString(parsed.GetValue(ended)!)}/cancel"),
            (operation, report, _) => report.Line($"{operation.Kind} {operation.Id} is {operation.State.ToLowerInvariant()}{(string.IsNullOrEmpty(operation.Result) ? "" : ": " + operation.Result)}"), ended);
    }

    private static Argument<string> IdArgument()
    {
        var id = new Argument<string>("id") { Description = "As the list has it." };
        id.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Guid.TryParse(token.Value, out _)) result.AddError($"\"{token.Value}\" is no id of an operation");
        });
        return id;
    }

    /// <summary>Which of several kinds are shown is decided here, and so all that the node has are asked for.</summary>
    private static Task<OperationListShape> AskAsync(NodeClient node, string? state, string? kind, ulong? partition, CancellationToken stop) => node.AskAsync(
        NodeRequest.Get(Path, ("state", state), ("kind", kind), ("partition", partition is { } id ? Palette.Text(id) : null), ("limit", AskedMax)), PbmJson.Default.OperationListShape, stop);

    private static bool IsOpen(OperationShape operation) => operation.State is "Accepted" or "Running";

    private static OperationListShape Pick(OperationListShape all, Func<OperationShape, bool> which, int limit) =>
        all with { Operations = [.. all.Operations.Where(which).OrderByDescending(one => one.EndedAt ?? one.AcceptedAt).Take(limit)] };

    private static void ShowOpen(OperationListShape list, Report report)
    {
        if (list.Problem is { Length: > 0 } problem) report.Line($"The ledger is not kept: {problem}");
        report.Table(
            ["id", "kind", "state", "partition>", "peer", "progress", "for>", "what~"],
            list.Operations.Select(IReadOnlyList<string> (one) =>
            [
                one.Id, one.Kind, one.IsStalled == true ? "Stalled" : one.State, Human.Number(one.Partition), one.Peer ?? "", Progress(one), Human.Ago(one.StartedAt ?? one.AcceptedAt, report.Now), one.Detail,
            ]),
            "nothing runs");
    }

    private static void ShowEnded(OperationListShape list, Report report) => report.Table(
        ["ended", "kind", "state", "partition>", "peer", "took>", "result~", "id"],
        list.Operations.Select(IReadOnlyList<string> (one) =>
        [
            Human.Time(one.EndedAt), one.Kind, one.State, Human.Number(one.Partition), one.Peer ?? "", one.EndedAt is { } end ? Human.Duration(end - (one.StartedAt ?? one.AcceptedAt)) : "", one.Result ?? "", one.Id,
        ]),
        "nothing has ended yet");

    private static void Show(OperationShape one, Report report) => report.Facts(
        ("operation", one.Id), ("kind", one.Kind), ("state", one.State), ("partition", Human.Number(one.Partition)), ("disk", one.Disk), ("peer", one.Peer), ("what", one.Detail),
        ("accepted", Human.Time(one.AcceptedAt)), ("started", Human.Time(one.StartedAt)), ("ended", Human.Time(one.EndedAt)), ("progress", Progress(one)),
        ("moved last", one.MovedAt is null ? null : $"{Human.Ago(one.MovedAt, report.Now)} ago"), ("result", one.Result), ("resumes", one.Resumes), ("runs", one.Runs > 1 ? Human.Number(one.Runs) : null),
        ("stalled", one.IsStalled == true ? "yes: an alert says so" : null), ("may be cancelled", one.CanCancel is { } can ? Human.YesNo(can) : null));

    private static string Progress(OperationShape one) => one.Progress is not { Unit.Length: > 0 } progress ? ""
        : progress.Of > 0 ? string.Create(CultureInfo.InvariantCulture, $"{progress.Done} of {progress.Of} {progress.Unit}, {Human.Percent((double)progress.Done / progress.Of)}")
        : string.Create(CultureInfo.InvariantCulture, $"{progress.Done} {progress.Unit}");
}
