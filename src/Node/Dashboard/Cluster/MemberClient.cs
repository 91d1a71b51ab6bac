using System.Net;
using System.Net.Sockets;

namespace CubeActors.Node;

/// <summary>Asks one member what it is and how it is, over HTTP on its operators' port.</summary>
/// <remarks>
/// The node asks and not the page: a member need not allow other origins for it, one that is a Go node never would, a phone need not reach all of them, and what is silent can be told from
/// what is foreign. No token goes along, since the address is the masters' word: who wants one is shown so.
/// </remarks>
/// <param name="make">Called when the first member is asked. Answers are limited by it in length, and followed nowhere.</param>
internal sealed class MemberClient(Func<HttpClient> make, TimeProvider time) : IAsyncDisposable
{
    private readonly Lazy<HttpClient> _http = new(make);

    /// <summary>For all of a member's answers together: a node that lives answers within milliseconds, and the others are waited for by whoever watches.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);

    public async Task<MemberReply> AskAsync(IPEndPoint place, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            var (code, body) = await GetAsync(place, InspectPaths.Root + "/node", either.Token);
            var (node, refuses) = (code == HttpStatusCode.OK ? MemberAnswers.ReadNode(body) : null, WantsToken(code));
            (code, body) = await GetAsync(place, "/disks", either.Token); // which those of CubeFS have too, and no token guards
            var disks = code == HttpStatusCode.OK ? MemberAnswers.ReadDisks(body) : null;
            return node is not null || (disks is not null && !refuses) ? new MemberReply(MemberState.Answers, null, node, disks)
                : refuses || WantsToken(code) ? Refused with { Disks = disks }
                : new MemberReply(MemberState.Strange, $"What answers at {place} is no data node.", null, null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Unreachable($"No answer from {place} within {Quantity.FormatTime(Patience)}.");
        }
        catch (HttpRequestException failure)
        {
            return failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded
                ? new MemberReply(MemberState.Strange, $"What answers at {place} says more than a data node does.", null, null)
                : failure.GetBaseException() is SocketException or IOException ? Unreachable($"{place} cannot be reached: {Sentence(failure.GetBaseException().Message)}")
                : new MemberReply(MemberState.Strange, $"What answers at {place} does not speak HTTP.", null, null);
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
        return ValueTask.CompletedTask;
    }

    private static MemberReply Refused { get; } = new(MemberState.Refuses, "It shows itself only to who knows its token; its own dashboard asks for it.", null, null);

    private static bool WantsToken(HttpStatusCode code) => code is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    private static MemberReply Unreachable(string problem) => new(MemberState.Unreachable, problem, null, null);

    private static string Sentence(string message) => message.ReplaceLineEndings(" ").TrimEnd('.') + ".";

    private async Task<(HttpStatusCode Code, byte[] Body)> GetAsync(IPEndPoint place, string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{place}{path}"));
        using var reply = await _http.Value.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
        return (reply.StatusCode, await reply.Content.ReadAsByteArrayAsync(cancel));
    }
}
