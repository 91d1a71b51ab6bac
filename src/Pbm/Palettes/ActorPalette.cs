using System.CommandLine;
using System.Globalization;

namespace CubeActors.Pbm;

/// <summary><c>actor</c>: the tree of actors, each as it describes itself.</summary>
internal static class ActorPalette
{
    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "actor", "The node's actors: each is asked what it is and does, and has half a second to answer.");
        var below = new Argument<string?>("path") { Description = "Begin at this actor, such as node/disk-0/partition-7; without it at the node.", Arity = ArgumentArity.ZeroOrOne };
        var depth = new Option<int?>("--depth") { Description = "Levels below it; all without this.", HelpName = "levels" };
        var silent = new Option<bool>("--silent") { Description = "Only actors that gave no answer, failed before, or lost a child." };
        palette.Add(
            "tree", "The tree of actors: what each does, how many messages wait for it, how often it was started anew, and its last failure. One that does not answer is shown as \"no answer\".",
            ["actor tree", "actor tree node/disk-0 --depth 1", "actor tree --silent"], PbmJson.Default.ActorReplyShape,
            parsed => NodeRequest.Get("/cubeactors/actors", ("path", parsed.GetValue(below)), ("depth", parsed.GetValue(depth)?.ToString(CultureInfo.InvariantCulture))),
            (tree, report, parsed) => ShowTree(tree, report, parsed.GetValue(silent)), below, depth, silent);

        var path = new Argument<string>("path") { Description = "Of the actor, as the tree has it." };
        palette.Add(
            "show", "One actor in detail: everything it tells of itself, its children, and those it has lost.", ["actor show node/disk-0/partition-7/raft", "actor show node/drain"], PbmJson.Default.ActorReplyShape,
            parsed => NodeRequest.Get("/cubeactors/actors", ("path", parsed.GetValue(path)), ("depth", "1")), (reply, report, _) => ShowOne(reply.Actor, report), path);
        return palette.Command;
    }

    private static void ShowTree(ActorReplyShape tree, Report report, bool isSilentOnly)
    {
        report.Table(
            ["actor", "state", "waiting>", "restarts>", "details~"],
            Rows(tree.Actor, 0).Where(row => !isSilentOnly || row.IsNotable).Select(IReadOnlyList<string> (row) => row.Cells(isSilentOnly)), isSilentOnly ? "all actors answer, and none has failed" : "no actors");
        report.Line();
        report.Line($"{tree.Shown} actors{(tree.Silent > 0 ? $", {tree.Silent} without an answer" : "")}");
    }

    private static IEnumerable<Row> Rows(ActorShape actor, int level)
    {
        yield return new Row(actor, level);
        foreach (var child in actor.Children.OrderBy(child => child.Path, NaturalOrder.Instance))
            foreach (var row in Rows(child, level + 1)) yield return row;
    }

    private static void ShowOne(ActorShape actor, Report report)
    {
        report.Facts(
            ("actor", actor.Path), ("kind", actor.Kind), ("state", actor.State), ("since", actor.Since is null ? null : $"{Human.Time(actor.Since)} ({Human.Ago(actor.Since, report.Now)})"),
            ("started", actor.StartedAt is null ? null : $"{Human.Time(actor.StartedAt)} ({Human.Ago(actor.StartedAt, report.Now)} ago)"), ("messages waiting", Human.Number(actor.Mailbox)),
            ("restarts", Human.Number<int>(actor.Restarts)), ("last failure", actor.LastFailure is { } failure ? Describe(failure, report.Now) : null));
        if (actor.Details.Count > 0)
        {
            report.Heading("Details");
            report.Facts([.. actor.Details.Select(detail => (detail.Key, (string?)detail.Value))]);
        }

        if (actor.Children.Count > 0)
        {
            report.Heading("Children");
            report.Table(["actor", "kind", "state", "waiting>"], actor.Children.OrderBy(child => child.Path, NaturalOrder.Instance)
                .Select(IReadOnlyList<string> (child) => [Name(child.Path), child.Kind ?? "", child.State, Human.Number(child.Mailbox)]), "");
        }

        if (actor.Omitted > 0) report.Line($"{actor.Omitted} more children");
        if (actor.Lost.Count == 0) return;
        report.Heading("Lost");
        report.Table(["actor", "when", "became", "failure~"], actor.Lost.Select(IReadOnlyList<string> (lost) => [lost.Name, Human.Ago(lost.At, report.Now) + " ago", lost.Directive, lost.Message]), "");
    }

    private static string Describe(ActorFailureShape failure, DateTimeOffset now) => $"{Human.Ago(failure.At, now)} ago, {failure.Directive}: {failure.Message}";

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private sealed record Row(ActorShape Actor, int Level)
    {
        /// <summary>Somebody should look at it.</summary>
        public bool IsNotable => !Actor.Answered || Actor.Restarts > 0 || Actor.LastFailure is not null || Actor.Lost.Count > 0;

        public IReadOnlyList<string> Cells(bool hasWholePath) =>
        [
            hasWholePath ? Actor.Path : new string(' ', 2 * Level) + Name(Actor.Path), Actor.State, Human.Number(Actor.Mailbox), Actor.Restarts > 0 ? Human.Number<int>(Actor.Restarts) : "",
            string.Join(", ", Details()),
        ];

        private IEnumerable<string> Details()
        {
            foreach (var (name, value) in Actor.Details) yield return $"{name} {value}";
            if (Actor.LastFailure is { } failure) yield return $"failed last: {failure.Message}";
            if (Actor.Omitted > 0) yield return $"{Actor.Omitted} more below";
            if (Actor.Lost.Count > 0) yield return $"{Actor.Lost.Count} lost, {Actor.Lost[0].Name} last: {Actor.Lost[0].Message}";
        }
    }
}
