using CubeActors.Actors;
using CubeActors.Protocol;
using Microsoft.AspNetCore.Http;

namespace CubeActors.Node;

/// <summary><c>/cubeactors/operations</c> and <c>/cubeactors/alerts</c>: the ledger. Looking is free; who ends an operation passes the strict guard.</summary>
internal static class OperationPaths
{
    public const string ListPath = "/cubeactors/operations";
    public const string OnePath = "/cubeactors/operations/{id}";
    public const string CancelPath = "/cubeactors/operations/{id}/cancel";
    public const string AlertsPath = "/cubeactors/alerts";

    private static OperatorReply NotYet { get; } = OperatorReply.Failed(StatusCodes.Status503ServiceUnavailable, "the node is starting; try again");

    public static OperatorReply List(HttpRequest request, OperatorDesk desk)
    {
        if (!IsLook(request)) return OnlyGet;
        if (TryFilter(request.Query, out var filter) is { } problem) return OperatorReply.Bad(problem);
        return desk.Surface()?.Ledger is { } ledger ? OperatorReply.Ok(OperationList.Of(ledger, filter, desk.Time.GetUtcNow()), OperatorJson.Default.OperationList) : NotYet;
    }

    public static OperatorReply One(HttpRequest request, OperatorDesk desk, string? id)
    {
        if (!IsLook(request)) return OnlyGet;
        if (!Guid.TryParse(id, out var operation)) return OperatorReply.Bad(NoId);
        if (desk.Surface()?.Ledger is not { } ledger) return NotYet;
        return ledger.Find(operation) is { } entry
            ? OperatorReply.Ok(OperationView.Of(entry, desk.Time.GetUtcNow()), OperatorJson.Default.OperationView)
            : OperatorReply.Failed(StatusCodes.Status404NotFound, $"there is no operation {operation}, or none any more");
    }

    public static OperatorReply Alerts(HttpRequest request, OperatorDesk desk)
    {
        if (!IsLook(request)) return OnlyGet;
        return desk.Surface()?.Ledger is { } ledger ? OperatorReply.Ok(AlertList.Of(ledger), OperatorJson.Default.AlertList) : NotYet;
    }

    /// <summary>202: whoever carries it out was told; that it has ended, the operation itself shows.</summary>
    public static OperatorReply Cancel(HttpRequest request, OperatorDesk desk, string? id)
    {
        if (!HttpMethods.IsPost(request.Method)) return OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "POST ends the operation");
        if (!Guid.TryParse(id, out var operation)) return OperatorReply.Bad(NoId);
        if (desk.Surface()?.Ledger is not { } ledger) return NotYet;
        if (ledger.Find(operation) is null) return OperatorReply.Failed(StatusCodes.Status404NotFound, $"there is no operation {operation}, or none any more");
        if (ledger.Cancel(operation) is { } problem) return OperatorReply.Failed(StatusCodes.Status409Conflict, problem);
        return new EnvelopeReply(StatusCodes.Status202Accepted, "", OperationView.Of(ledger.Find(operation)!, desk.Time.GetUtcNow()), OperatorJson.Default.OperationView);
    }

    private const string NoId = "the id of an operation is a UUID, as in the log and in /cubeactors/operations";

    private static OperatorReply OnlyGet { get; } = OperatorReply.Failed(StatusCodes.Status405MethodNotAllowed, "GET shows");

    private static bool IsLook(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    /// <returns>Null, or what is wrong with the query.</returns>
    private static string? TryFilter(IQueryCollection query, out OperationFilter filter)
    {
        filter = new OperationFilter();
        string Text(string key) => query.TryGetValue(key, out var values) ? values.ToString() : "";

        if (Text("state") is { Length: > 0 } state)
        {
            if (state.Equals("open", StringComparison.OrdinalIgnoreCase)) filter = filter with { IsOpen = true };
            else if (TryName<OperationState>(state) is { } known) filter = filter with { State = known };
            else return $"state is open or one of {string.Join(", ", Enum.GetNames<OperationState>())}";
        }

        if (Text("kind") is { Length: > 0 } kind)
        {
            if (TryName<OperationKind>(kind) is not { } known) return $"kind is one of {string.Join(", ", Enum.GetNames<OperationKind>())}";
            filter = filter with { Kind = known };
        }

        if (Text("partition") is { Length: > 0 } partition)
        {
            if (Arguments.Unsigned(partition, out var id) is { } error) return $"partition: {error}";
            filter = filter with { Partition = new PartitionId(id) };
        }

        if (Text("limit") is { Length: > 0 } limit)
        {
            if (Arguments.Unsigned(limit, out var count) is not null || count is < 1 or > OperationFilter.LimitMax) return $"limit is a number from 1 to {OperationFilter.LimitMax}";
            filter = filter with { Limit = (int)count };
        }

        return null;
    }

    private static T? TryName<T>(string text)
        where T : struct, Enum =>
        Enum.GetNames<T>().Any(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) ? Enum.Parse<T>(text, ignoreCase: true) : null; // no numbers
}
