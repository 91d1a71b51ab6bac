using System.Globalization;
using CubeActors.Actors;
using CubeActors.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>The paths under /cubeactors that pbm reads. GET only looks; POST orders something. Who may do which, <see cref="HttpGate"/> has decided before.</summary>
internal static class InspectPaths
{
    public const string Root = "/cubeactors";

    /// <summary>Extents in one answer: some pages.</summary>
    private const int ExtentsMax = 10_000;

    private const int ExtentsDefault = 100, LinesDefault = 50, DepthMax = 16;

    public static void Map(IEndpointRouteBuilder routes, OperatorDesk desk)
    {
        Look("/node", (_, _) => Task.FromResult(OperatorReply.Ok(NodeFacts.Of(desk), InspectJson.Default.NodeFacts)));
        Look("/config", (_, _) => Task.FromResult(OperatorReply.Ok(new ConfigReply(desk.Settings()), InspectJson.Default.ConfigReply)));
        Look("/runtime", (_, _) => Task.FromResult(OperatorReply.Ok(RuntimeFacts.Now(), InspectJson.Default.RuntimeFacts)));
        Look("/actors", (request, cancel) => ActorsAsync(desk, request, cancel));
        Look("/partitions", (request, _) => Task.FromResult(Partitions(desk, request)));
        Look("/partitions/{id}", (request, _) => Task.FromResult(Partition(desk, request)));
        Look("/partitions/{id}/extents", (request, cancel) => ExtentsAsync(desk, request, cancel));
        Look("/raft", (_, _) => Task.FromResult(Groups(desk)));
        Look("/raft/{id}", (request, _) => Task.FromResult(Group(desk, request)));
        Look("/disks", (request, _) => Task.FromResult(Disks(desk, request)));
        Look("/members", (_, _) => Task.FromResult(Members(desk)));
        Look("/log", (request, _) => Task.FromResult(Log(desk, request)));
        Look("/slow", (_, _) => Task.FromResult(desk.Surface()?.Inspection?.Slow is { } slow ? OperatorReply.Ok(SlowList.Of(slow), InspectJson.Default.SlowList) : NotYet));
        Order("/raft/{id}/transfer", (request, cancel) => TransferAsync(desk, request, cancel));
        routes.Map(
            Root + "/log/level",
            context => NodeHttp.WriteAsync(context, HttpMethods.IsPost(context.Request.Method) ? SetLevel(desk, context.Request) : Level(desk)));

        void Look(string path, Func<HttpRequest, CancellationToken, Task<OperatorReply>> answer) => routes.Map(Root + path, async context => await NodeHttp.WriteAsync(
            context,
            HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                ? await answer(context.Request, context.RequestAborted)
                : OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "this path only looks: GET")));

        void Order(string path, Func<HttpRequest, CancellationToken, Task<OperatorReply>> answer) => routes.Map(Root + path, async context => await NodeHttp.WriteAsync(
            context,
            !HttpMethods.IsPost(context.Request.Method) ? OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "this path orders something: POST")
            : await answer(context.Request, context.RequestAborted)));
    }

    private static async Task<OperatorReply> ActorsAsync(OperatorDesk desk, HttpRequest request, CancellationToken cancel)
    {
        if (desk.Surface()?.Inspection is not { } node) return NotYet;
        if (!TryNumber(request, "depth", DepthMax, 0, DepthMax, out var depth, out var problem)) return OperatorReply.Bad(problem);
        var path = Text(request, "path");
        return await node.Actors.LookAsync(path, depth, cancel) is { } view
            ? OperatorReply.Ok(ActorReply.Of(view), InspectJson.Default.ActorReply)
            : OperatorReply.Failed(StatusCodes.Status404NotFound, path.Length == 0 ? "the node has no actors yet" : $"there is no actor {path}, or one above it does not answer");
    }

    private static OperatorReply Partitions(OperatorDesk desk, HttpRequest request)
    {
        var (state, disk, volume) = (Text(request, "state"), Text(request, "disk"), Text(request, "volume"));
        if (state.Length > 0 && !Enum.GetNames<PartitionState>().Contains(state, StringComparer.OrdinalIgnoreCase))
            return OperatorReply.Bad($"state is {state}; states are {string.Join(", ", Enum.GetNames<PartitionState>())}");
        var surface = desk.Surface();
        return OperatorReply.Ok(
            new ReplicaList(
            [
                .. desk.Status().Partitions
                    .Where(one => (state.Length == 0 || one.State.ToString().Equals(state, StringComparison.OrdinalIgnoreCase)) && (disk.Length == 0 || one.DiskPath == disk) && (volume.Length == 0 || one.Volume == volume))
                    .Select(one => ReplicaFacts.Of(one, surface)),
            ]),
            InspectJson.Default.ReplicaList);
    }

    private static OperatorReply Partition(OperatorDesk desk, HttpRequest request)
    {
        if (!TryId(request, out var id, out var problem)) return OperatorReply.Bad(problem);
        return Find(desk, id) is { } figures ? OperatorReply.Ok(ReplicaFacts.Of(figures, desk.Surface()), InspectJson.Default.ReplicaFacts) : NoPartition(id);
    }

    private static async Task<OperatorReply> ExtentsAsync(OperatorDesk desk, HttpRequest request, CancellationToken cancel)
    {
        if (!TryId(request, out var id, out var problem)) return OperatorReply.Bad(problem);
        if (!TryNumber(request, "limit", ExtentsDefault, 1, ExtentsMax, out var limit, out problem)) return OperatorReply.Bad(problem);
        if (!TryNumber(request, "from", 0, 0, int.MaxValue, out var from, out problem)) return OperatorReply.Bad(problem);
        if (Find(desk, id) is null || desk.Surface()?.Partitions is not { } look) return NoPartition(id);
        var extents = await look.ExtentsAsync(id, cancel);
        return !extents.IsKnown ? OperatorReply.Failed(StatusCodes.Status409Conflict, $"partition {id} does not serve, so that its extents cannot be listed")
            : extents.Problem is { } failure ? OperatorReply.Failed(StatusCodes.Status500InternalServerError, failure)
            : OperatorReply.Ok(ExtentPage.Of(id.Value, extents.Value, (ulong)from, limit, request.Query.ContainsKey("all")), InspectJson.Default.ExtentPage);
    }

    private static OperatorReply Groups(OperatorDesk desk)
    {
        if (desk.Surface()?.Partitions is not { } look) return NotYet;
        return OperatorReply.Ok(
            new GroupList([.. desk.Status().Partitions.Select(one => look.Raft(one.Id) is { } group ? GroupFacts.Of(one.Id, group, one) : null).OfType<GroupFacts>()]), InspectJson.Default.GroupList);
    }

    private static OperatorReply Group(OperatorDesk desk, HttpRequest request)
    {
        if (!TryId(request, out var id, out var problem)) return OperatorReply.Bad(problem);
        return desk.Surface()?.Partitions.Raft(id) is { } group
            ? OperatorReply.Ok(GroupFacts.Of(id, group, Find(desk, id)), InspectJson.Default.GroupFacts)
            : OperatorReply.Failed(StatusCodes.Status404NotFound, Find(desk, id) is null ? $"there is no partition {id} on this node" : $"partition {id} takes no part in a raft group at the moment");
    }

    private static async Task<OperatorReply> TransferAsync(OperatorDesk desk, HttpRequest request, CancellationToken cancel)
    {
        if (!TryId(request, out var id, out var problem)) return OperatorReply.Bad(problem);
        if (desk.Surface()?.Inspection is not { } node) return NotYet;
        var answer = await node.Leadership.TransferAsync(id, Text(request, "to") is { Length: > 0 } to ? to : null, cancel);
        return answer.To is { } member ? OperatorReply.Ok(new TransferReply(id.Value, member), InspectJson.Default.TransferReply)
            : OperatorReply.Failed(answer.IsUnknown ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict, answer.Problem ?? "nobody was asked");
    }

    private static OperatorReply Disks(OperatorDesk desk, HttpRequest request)
    {
        var (all, path) = (DiskList.Of(desk.Status(), desk.Surface()), Text(request, "path"));
        if (path.Length == 0) return OperatorReply.Ok(all, InspectJson.Default.DiskList);
        var one = all.Disks.Where(disk => disk.Path == path).ToList();
        return one.Count > 0 ? OperatorReply.Ok(new DiskList(one), InspectJson.Default.DiskList)
            : OperatorReply.Failed(StatusCodes.Status404NotFound, $"there is no disk {path}; disks are {string.Join(", ", all.Disks.Select(disk => disk.Path))}");
    }

    private static OperatorReply Members(OperatorDesk desk)
    {
        if (desk.Surface() is not { Inspection: { } node } surface) return NotYet;
        var status = desk.Status();
        return OperatorReply.Ok(
            new MemberList(status.NodeId, status.Address, surface.Figures().Cluster is { Length: > 0 } cluster ? cluster : null, [.. node.Members().Select(MemberFacts.Of)]), InspectJson.Default.MemberList);
    }

    private static OperatorReply Log(OperatorDesk desk, HttpRequest request)
    {
        if (desk.Tail is not { } tail) return OperatorReply.Failed(StatusCodes.Status501NotImplemented, "nobody keeps the lines of this log");
        if (!TryNumber(request, "lines", LinesDefault, 1, LogTail.LinesMax, out var lines, out var problem)) return OperatorReply.Bad(problem);
        var from = LogEventLevel.Verbose;
        if (Text(request, "level") is { Length: > 0 } word)
        {
            if (LogLevels.Parse(word) is not { } level) return NoLevel(word);
            from = level;
        }

        return OperatorReply.Ok(
            new LogReply(desk.Levels is { } levels ? LogLevels.Name(levels.Switch.MinimumLevel) : null, tail.Read(lines, from, Text(request, "contains"))), InspectJson.Default.LogReply);
    }

    private static OperatorReply Level(OperatorDesk desk) => desk.Levels is { } levels
        ? OperatorReply.Ok(new LevelReply(LogLevels.Name(levels.Switch.MinimumLevel)), InspectJson.Default.LevelReply)
        : FixedLevel;

    private static OperatorReply SetLevel(OperatorDesk desk, HttpRequest request)
    {
        var word = Text(request, "level");
        if (LogLevels.Parse(word) is not { } level) return NoLevel(word);
        if (desk.Levels is not { } levels) return FixedLevel;
        levels.Set(level);
        return Level(desk);
    }

    private static PartitionFigures? Find(OperatorDesk desk, PartitionId id) => desk.Status().Partitions.FirstOrDefault(one => one.Id == id);

    private static string Text(HttpRequest request, string key) => request.Query.TryGetValue(key, out var values) && values.Count > 0 ? values[0] ?? "" : "";

    private static bool TryId(HttpRequest request, out PartitionId id, out string problem)
    {
        var text = Convert.ToString(request.RouteValues["id"], CultureInfo.InvariantCulture) ?? "";
        var isGood = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
        (id, problem) = (new PartitionId(number), isGood ? "" : $"\"{(text.Length <= 40 ? text : text[..40])}\" is no id of a partition");
        return isGood;
    }

    private static bool TryNumber(HttpRequest request, string key, int without, int least, int most, out int value, out string problem)
    {
        (value, problem) = (without, "");
        if (Text(request, key) is not { Length: > 0 } text) return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most) return true;
        problem = $"{key} must be a number from {least} to {most}";
        return false;
    }

    private static OperatorReply NoPartition(PartitionId id) => OperatorReply.Failed(StatusCodes.Status404NotFound, $"there is no partition {id} on this node");

    private static OperatorReply NoLevel(string word) => OperatorReply.Bad($"\"{(word.Length <= 40 ? word : word[..40])}\" is no level; levels are debug, info, warn, error and critical");

    private static OperatorReply FixedLevel { get; } = OperatorReply.Failed(StatusCodes.Status501NotImplemented, "the level of this log cannot be changed while the node runs");

    private static OperatorReply NotYet { get; } = OperatorReply.Failed(StatusCodes.Status503ServiceUnavailable, "the node is starting; ask again in a moment");
}
