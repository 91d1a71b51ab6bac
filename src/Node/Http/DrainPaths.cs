using CubeActors.Actors;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary>A drain as operators see it.</summary>
/// <param name="State">idle, draining (groups are being handed over), drained (nothing more is expected), or stopping (the same before the end of the process).</param>
/// <param name="SecondsLeft">For handing over.</param>
internal sealed record DrainReply(
    string State, DateTimeOffset? Since, double SecondsLeft, int GroupsHandedOver, int GroupsStillLed, int Connections, int InFlight, IReadOnlyList<DrainGroupReply> Groups)
{
    public static DrainReply Of(DrainStatus status) => new(
        status switch { { IsStopping: true } => "stopping", { IsDraining: false } => "idle", { IsDone: true } => "drained", _ => "draining" },
        status.Since, Math.Round(status.TimeLeft.TotalSeconds, 1), status.Groups.Count - status.StillLed, status.StillLed, status.Connections, status.InFlight,
        [.. status.Groups.Select(group => new DrainGroupReply(group.Partition.Value, group.Step.ToString(), group.To, group.Why))]);
}

/// <param name="Step">Led, Asking or HandedOver.</param>
/// <param name="To">Data address of the member that has taken it over or is asked to.</param>
/// <param name="Why">Why it is still led here.</param>
internal sealed record DrainGroupReply(ulong Partition, string Step, string To, string Why);

/// <summary><c>/cubeactors/drain</c>: GET shows, POST begins, DELETE takes back. None of CubeFS's paths, so that the strict rules of <see cref="AccessRules"/> hold.</summary>
internal static class DrainPaths
{
    public const string Path = "/cubeactors/drain";

    public static OperatorReply Answer(HttpRequest request, OperatorDesk desk)
    {
        var isOrder = HttpMethods.IsPost(request.Method) || HttpMethods.IsDelete(request.Method);
        if (!isOrder && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "GET shows the drain, POST begins one, DELETE takes it back");
        if (desk.Surface()?.Drain is not { } drain) return OperatorReply.Failed(StatusCodes.Status503ServiceUnavailable, "the node is starting; try again");
        var problem = HttpMethods.IsPost(request.Method) ? drain.Begin() : HttpMethods.IsDelete(request.Method) ? drain.Cancel() : null;
        return problem is null ? OperatorReply.Ok(DrainReply.Of(drain.Status), OperatorJson.Default.DrainReply) : OperatorReply.Failed(StatusCodes.Status409Conflict, problem);
    }
}
