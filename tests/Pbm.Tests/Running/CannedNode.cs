using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace CubeActors.Pbm.Tests;

/// <summary>A node that answers what the test wrote, and remembers what it was asked.</summary>
internal sealed class CannedNode : HttpMessageHandler
{
    private readonly List<(string Request, HttpStatusCode Status, string Body, string ContentType)> _answers = [];

    /// <summary>Method, path and query of each request, in order.</summary>
    public List<string> Asked { get; } = [];

    public AuthenticationHeaderValue? Authorization { get; private set; }

    /// <summary>Called at every request, before it is answered.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>An answer in the envelope of a node.</summary>
    /// <param name="request">As in <c>GET /cubeactors/node</c>; of several that fit the longest counts.</param>
    public CannedNode Answers(string request, string data) => With(request, HttpStatusCode.OK, $$"""{"code":200,"msg":"","data":{{data}}}""");

    public CannedNode Refuses(string request, int status, string msg) => With(request, (HttpStatusCode)status, $$"""{"code":{{status}},"msg":"{{msg}}","data":null}""");

    public CannedNode With(string request, HttpStatusCode status, string body, string contentType = "application/json")
    {
        _answers.Add((request, status, body, contentType));
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = $"{request.Method} {request.RequestUri!.PathAndQuery}";
        Asked.Add(asked);
        Authorization = request.Headers.Authorization;
        await Before(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var answer = _answers.Where(known => asked.StartsWith(known.Request, StringComparison.Ordinal)).OrderByDescending(known => known.Request.Length).FirstOrDefault();
        if (answer.Body is null) return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("404 page not found\n") };
        return new HttpResponseMessage(answer.Status) { Content = new StringContent(answer.Body, Encoding.UTF8, answer.ContentType) };
    }
}
