using System.CommandLine;

namespace CubeActors.Pbm;

/// <summary><c>raft</c>: the groups that the node takes part in.</summary>
internal static class RaftPalette
{
    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "raft", "The raft groups of this node: role, term, log, and as leader how far each member is.");
        var led = new Option<bool>("--led") { Description = "Only groups that this node leads." };
        var leaderless = new Option<bool>("--leaderless") { Description = "Only groups without a leader that this node knows of." };
        palette.Add(
            "list", "All groups of this node.", ["raft list", "raft list --led", "raft list --leaderless --watch"], PbmJson.Default.GroupListShape,
            async (parsed, node, stop) =>
            {
                var all = await node.AskAsync(NodeRequest.Get("/cubeactors/raft"), PbmJson.Default.GroupListShape, stop);
                return new GroupListShape([.. all.Groups.Where(group => (!parsed.GetValue(led) || group.Role == "Leader") && (!parsed.GetValue(leaderless) || group.Leader is null)).OrderBy(group => group.Partition)]);
            },
            static (list, report, _) => report.Table(
                ["partition>", "role", "leader", "term>", "first>", "last>", "commit>", "applied>", "members>", "behind>"],
                list.Groups.Select(IReadOnlyList<string> (group) =>
                [
                    Palette.Text(group.Partition), group.Role, group.LeaderAddress ?? (group.Leader is { } id ? $"node {id}" : "none"), Palette.Text(group.Term), Palette.Text(group.First), Palette.Text(group.Last),
                    Palette.Text(group.Commit), Palette.Text(group.Applied), Human.Number<int>(group.Members.Count), group.Role == "Leader" ? Palette.Text(group.Members.Max(member => member.Behind) ?? 0) : "",
                ]),
                "this node takes part in no such group"),
            judge: null, led, leaderless);

        var shown = Palette.PartitionArgument();
        palette.Add(
            "show", "One group. What a leader knows of each member is shown on the leader alone.", ["raft show 7", "raft show 7 --watch 1"], PbmJson.Default.GroupShape,
            parsed => NodeRequest.Get($"/cubeactors/raft/{parsed.GetValue(shown)}"), (group, report, _) => Show(group, report), shown);

        var moved = Palette.PartitionArgument();
        var to = new Option<string?>("--to") { Description = "Data address of the member that is to lead; without it the one that holds most of the log.", HelpName = "ip:port" };
        palette.Add(
            "transfer", "Asks another member to lead a group that this node leads. The node takes this order from its own machine, or with a token.", ["raft transfer 7", "raft transfer 7 --to 127.0.0.12:17310"],
            PbmJson.Default.TransferShape, parsed => NodeRequest.Post($"/cubeactors/raft/{parsed.GetValue(moved)}/transfer", ("to", parsed.GetValue(to))),
            (transfer, report, _) => report.Line($"{transfer.To} stands for election in the group of partition {transfer.Partition}; raft show {transfer.Partition} tells how it ends"), moved, to);
        return palette.Command;
    }

    private static void Show(GroupShape group, Report report)
    {
        report.Facts(
            ("partition", Palette.Text(group.Partition)), ("role", group.Role), ("leader", group.LeaderAddress ?? (group.Leader is { } id ? $"node {id}" : "none is known")), ("term", Palette.Text(group.Term)),
            ("voted for", group.Vote is { } vote ? $"node {vote}" : "nobody in this term"), ("log", $"{group.First} to {group.Last}"), ("commit", Palette.Text(group.Commit)),
            ("applied", group.Applied < group.Commit ? $"{group.Applied}, {group.Commit - group.Applied} behind" : Palette.Text(group.Applied)), ("messages waiting", Human.Number<int>(group.Waiting)),
            ("messages dropped", Human.Number<long>(group.Dropped)), ("commands refused", Human.Number<long>(group.Refused)));
        report.Heading("Members");
        report.Table(
            ["node>", "address", "progress", "match>", "next>", "behind>", "in flight>", "heard", "notes"],
            group.Members.Select(IReadOnlyList<string> (member) =>
            [
                Palette.Text(member.Id), member.Address ?? "", member.Id == group.Self ? "this node" : member.State ?? "", Human.Number(member.Match), Human.Number(member.Next), Human.Number(member.Behind),
                Human.Number(member.InFlight), member.SilentSeconds is { } silent ? $"{Human.Seconds(silent)} ago" : "", Notes(member),
            ]),
            "none");
    }

    private static string Notes(GroupMemberShape member) => (member.IsActive, member.IsPaused) switch
    {
        (false, _) => "silent",
        (_, true) => "waits for an answer",
        _ => "",
    };
}
