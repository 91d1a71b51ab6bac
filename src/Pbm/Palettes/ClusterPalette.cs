using System.CommandLine;

namespace CubeActors.Pbm;

/// <summary><c>cluster</c>: the other nodes, as this one sees them.</summary>
internal static class ClusterPalette
{
    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var palette = new Palette(context, options, "cluster", "The other nodes that share partitions with this one, as this one sees them.");
        palette.Add(
            "members", "All nodes that share partitions with this one: how many, and who leads their groups.", ["cluster members", "cluster members --json"], PbmJson.Default.MemberListShape,
            _ => NodeRequest.Get("/cubeactors/members"),
            static (list, report, _) =>
            {
                report.Facts(("this node", $"{list.Address} (node {list.Self})"), ("cluster", list.Cluster));
                report.Line();
                report.Table(
                    ["node>", "address", "reachability", "partitions>", "led there>", "led here>", "heard"],
                    list.Members.OrderBy(member => member.Id).Select(IReadOnlyList<string> (member) =>
                    [
                        Palette.Text(member.Id), member.Address, member.Reachability, Human.Number<int>(member.Partitions), Human.Number<int>(member.LedThere), Human.Number<int>(member.LedHere),
                        member.SilentSeconds is { } silent ? $"{Human.Seconds(silent)} ago" : "",
                    ]),
                    "no partition here has a replica elsewhere");
            });
        palette.Add(
            "reachability", "Whether the other nodes are there, from raft's heartbeats and connections. Exit code 1 if one is not. Unknown is no failure: where neither node leads a group of the other, none has to be heard.",
            ["cluster reachability", "cluster reachability --watch 1"], PbmJson.Default.MemberListShape,
            static (_, node, stop) => node.AskAsync(NodeRequest.Get("/cubeactors/members"), PbmJson.Default.MemberListShape, stop),
            static (list, report, _) => report.Table(
                ["node>", "address", "reachability", "heard", "connections>", "connecting fails for", "raft heartbeat port"],
                list.Members.OrderByDescending(member => member.Reachability == "Unreachable").ThenBy(member => member.Id).Select(IReadOnlyList<string> (member) =>
                [
                    Palette.Text(member.Id), member.Address, member.Reachability, member.SilentSeconds is { } silent ? $"{Human.Seconds(silent)} ago" : "not in this run", Human.Number<int>(member.Connections),
                    Human.Seconds(member.FailingSeconds), member.RaftHeartbeat ?? "",
                ]),
                "no partition here has a replica elsewhere"),
            static (list, _) => list.Members.Where(member => member.Reachability == "Unreachable").Select(member => member.Address).ToList() is { Count: > 0 } away ? $"unreachable: {string.Join(", ", away)}" : null);
        return palette.Command;
    }
}
