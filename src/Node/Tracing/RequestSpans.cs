using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Node;

/// <summary>The spans of one request: one for the whole of it on this replica, and one for each of its phases. Pure.</summary>
/// <remarks>A follower's span is a child of the chain leader's, although the two nodes tell each other nothing: see <see cref="TraceIds"/>.</remarks>
internal static class RequestSpans
{
    private const string FromClient = "client";

    /// <param name="self">Data address of this node.</param>
    public static IReadOnlyList<Span> Of(in TracedRequest request, string self)
    {
        var trace = TraceIds.Of(request.Key);
        var root = TraceIds.SpanOf(trace, FromClient);
        var id = request.IsForwarded ? TraceIds.SpanOf(trace, self) : root;
        var start = request.EndedAt;
        foreach (var (_, took) in request.Phases) start -= took;
        var spans = new List<Span>(request.Phases.Count + 1)
        {
            new(trace, id, request.IsForwarded ? root : default, request.Name, SpanKind.Server, start, request.EndedAt,
                request.Result == ResultCode.Ok ? null : request.Result.ToString(), Attributes(request)),
        };
        foreach (var (phase, took) in request.Phases)
        {
            var name = RequestPhaseNames.Of(phase);
            spans.Add(new Span(trace, TraceIds.SpanOf(trace, $"{id.Value}{name}"), id, name, SpanKind.Internal, start, start + took, null, []));
            start += took;
        }

        return spans;
    }

    private static IReadOnlyList<KeyValuePair<string, object>> Attributes(in TracedRequest request) =>
    [
        new("cubefs.partition", (long)request.Key.Partition.Value), new("cubefs.extent", (long)request.Key.Extent.Value), new("cubefs.offset", request.Key.Offset),
        new("cubefs.size", (long)request.Size), new("cubefs.request_id", request.Key.RequestId), new("cubefs.result", request.Result.ToString()),
        new("cubefs.followers", (long)request.Followers), new("network.peer.address", request.Remote),
    ];
}
