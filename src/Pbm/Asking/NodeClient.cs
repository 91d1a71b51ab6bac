using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CubeActors.Pbm;

/// <summary>Asks one node, and turns whatever comes of it into a value or a <see cref="PbmException"/> that says what it means.</summary>
internal sealed class NodeClient : IDisposable
{
    /// <summary>For a connection: a node that listens takes one at once.</summary>
    public static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    /// <summary>An answer of a node is a page, not a download; a list of the actors of a thousand partitions is a few MiB.</summary>
    private const int AnswerBytesMax = 64 << 20;

    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;

    /// <param name="token">Sent with every request; null: none.</param>
    /// <param name="patience">For a whole answer.</param>
    public NodeClient(HttpMessageHandler handler, Uri address, string? token, TimeSpan patience, TimeProvider time)
    {
        (_address, _patience, _time) = (address, patience, time);
        _http = new HttpClient(handler, disposeHandler: true) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = AnswerBytesMax };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary><c>host:port</c>, for messages.</summary>
    public string Name => $"{_address.Host}:{_address.Port}";

    /// <param name="lasts">How long the node takes before it answers.</param>
    /// <exception cref="PbmException">There is no value.</exception>
    public async Task<T> AskAsync<T>(NodeRequest request, JsonTypeInfo<T> shape, CancellationToken stop, TimeSpan lasts = default)
    {
        var (status, body) = await SendAsync(request, _patience + lasts, stop);
        return Read(status, body, shape, request);
    }

    /// <summary>Writes an answer that is no JSON into a file of this machine; nothing is left of one that broke off.</summary>
    /// <param name="lasts">How long the node takes before it is through.</param>
    /// <exception cref="PbmException">There is no such answer.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task<FileShape> DownloadAsync(NodeRequest request, string file, TimeSpan lasts, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_patience + lasts, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        var start = _time.GetTimestamp();
        try
        {
            using var message = new HttpRequestMessage(request.Method, request.Target);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.Content.Headers.ContentType?.MediaType != "application/octet-stream")
                Read(response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token), PbmJson.Default.FileShape, request);
            await using var written = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
            try
            {
                await response.Content.CopyToAsync(written, either.Token);
            }
            catch
            {
                await written.DisposeAsync();
                File.Delete(file);
                throw;
            }

            return new FileShape(Path.GetFullPath(file), written.Length, Math.Round(_time.GetElapsedTime(start).TotalSeconds, 1));
        }
        catch (OperationCanceledException silence) when (!stop.IsCancellationRequested)
        {
            throw new PbmException(ExitCode.Unreachable, $"{Name} was not through within {Human.Duration(_patience + lasts)}; --timeout gives it longer", silence);
        }
        catch (HttpRequestException failure)
        {
            throw new PbmException(ExitCode.Unreachable, $"{Name} cannot be reached, or broke off: {Failures.Explain(failure, IsTls)}", failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, byte[] Body)> SendAsync(NodeRequest request, TimeSpan patience, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            using var message = new HttpRequestMessage(request.Method, request.Target);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, either.Token);
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token));
        }
        catch (OperationCanceledException silence) when (!stop.IsCancellationRequested)
        {
            throw new PbmException(ExitCode.Unreachable, $"{Name} did not answer within {Human.Duration(patience)}; is this the node's prof port, and is the node well? --timeout gives it longer", silence);
        }
        catch (HttpRequestException failure)
        {
            throw new PbmException(
                ExitCode.Unreachable,
                $"{Name} cannot be reached: {Failures.Explain(failure, IsTls)}"
                    + (IsTls ? "" : $". Does the node run there, and is {_address.Port} its prof port (customary {NodeAddress.CustomaryPort})?"), failure);
        }
    }

    private bool IsTls => _address.Scheme == Uri.UriSchemeHttps;

    /// <summary>Takes the envelope <c>{code, msg, data}</c> apart.</summary>
    private T Read<T>(HttpStatusCode status, byte[] body, JsonTypeInfo<T> shape, NodeRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number)
            {
                if ((int)status is >= 200 and < 300 && document.RootElement.TryGetProperty("data", out var data) && data.ValueKind != JsonValueKind.Null)
                    return data.Deserialize(shape) ?? throw NoNode(request);
                var words = document.RootElement.TryGetProperty("msg", out var text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } said ? said : $"status {(int)status}";
                throw new PbmException(status == HttpStatusCode.NotFound ? ExitCode.NotFound : ExitCode.Refused, Said(status, words));
            }
        }
        catch (JsonException malformed)
        {
            if (status == HttpStatusCode.OK) throw new PbmException(ExitCode.Unreachable, $"{Name} answers {request.Path} with something that is not what this pbm knows; its version may be another one", malformed);
        }

        throw NoNode(request);
    }

    private static string Said(HttpStatusCode status, string words) => status switch
    {
        HttpStatusCode.NotFound => words,
        HttpStatusCode.Unauthorized => $"the node refuses: {words}; a token is given with --token-file, --token or in {PbmContext.TokenVariable}",
        _ => $"the node says no: {words}",
    };

    private PbmException NoNode(NodeRequest request) =>
        new(ExitCode.Unreachable, $"what answers at {Name} does not know {request.Path}: it is no CubeActors node, an older one, or another of its ports (prof is wanted)");
}
