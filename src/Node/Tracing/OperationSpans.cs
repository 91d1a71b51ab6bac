using CubeActors.Actors;

namespace CubeActors.Node;

/// <summary>The spans of one operation that has ended: one for the whole of it, and one for the time that it waited, if it did. Pure.</summary>
internal static class OperationSpans
{
    public static IReadOnlyList<Span> Of(OperationEntry operation, DateTimeOffset now)
    {
        var trace = TraceIds.Of(operation.Resumes ?? operation.Id); // what goes on with it belongs to the same trace
        var id = TraceIds.SpanOf(trace, operation.Id.ToString());
        var ended = operation.EndedAt ?? now;
        var spans = new List<Span>(2)
        {
            new(trace, id, default, operation.Kind.ToString(), SpanKind.Internal, operation.AcceptedAt, ended, Problem(operation), [.. Attributes(operation)]),
        };
        if (operation.StartedAt is { } started && started > operation.AcceptedAt)
            spans.Add(new Span(trace, TraceIds.SpanOf(trace, $"{operation.Id} waiting"), id, "waiting", SpanKind.Internal, operation.AcceptedAt, started, null, []));
        return spans;
    }

    /// <summary>That somebody cancelled it is no error.</summary>
    private static string? Problem(OperationEntry operation) => operation.State is OperationState.Failed or OperationState.Interrupted ? operation.Result : null;

    private static IEnumerable<KeyValuePair<string, object>> Attributes(OperationEntry operation)
    {
        yield return new("cubeactors.operation.id", operation.Id.ToString());
        yield return new("cubeactors.operation.state", operation.State.ToString());
        yield return new("cubeactors.operation.detail", operation.Detail);
        yield return new("cubeactors.operation.result", operation.Result);
        yield return new("cubeactors.operation.runs", (long)operation.Runs);
        if (operation.Resumes is { } resumes) yield return new("cubeactors.operation.resumes", resumes.ToString());
        if (operation.Partition is { } partition) yield return new("cubefs.partition", (long)partition.Value);
        if (operation.Disk is { } disk) yield return new("cubefs.disk", disk);
        if (operation.Peer is { } peer) yield return new("network.peer.address", peer);
        if (operation.Progress.Unit.Length == 0) yield break;
        yield return new("cubeactors.operation.done", operation.Progress.Done);
        yield return new("cubeactors.operation.of", operation.Progress.Of);
        yield return new("cubeactors.operation.unit", operation.Progress.Unit);
    }
}
