using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CubeActors.Protocol;
using CubeActors.Protocol.Master;
using CubeActors.Runtime;

namespace CubeActors.Client;

/// <summary>Calls the masters over HTTP: the one that answered last first, then the others in order. Thread-safe.</summary>
/// <remarks>
/// Rules: control-plane HTTP rules of CubeFS sdk/master/client.go. A call is sent to the next master after a failure of the connection,
/// also one after which nobody knows whether the first master did it: every call of this class may be made twice.
/// </remarks>
public sealed partial class MasterClient : IDisposable
{
    private readonly MasterSettings _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly MasterNames _names;
    private volatile string? _lastAnswered;
    private volatile string? _leaderTold;

    /// <param name="transport">Takes the requests instead of sockets, for simulations: those of HttpClient hop between threads as they like. Stays the caller's.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public MasterClient(MasterSettings settings, INetwork network, TimeProvider time, HttpMessageHandler? transport = null) : this(settings, network, time, transport, MasterNames.FromSystem)
    {
    }

    internal MasterClient(MasterSettings settings, INetwork network, TimeProvider time, HttpMessageHandler? transport, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        settings.Validate();
        _settings = settings;
        _time = time;
        _http = transport is null ? MasterTransport.Create(settings, network) : new HttpClient(transport, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = settings.ReplyBytesMax };
        _names = new MasterNames(settings, resolve, time);
    }

    /// <summary>The masters as <c>ip:port</c>: those given by number, and those given by name as far as they were resolved so far.</summary>
    public IReadOnlyList<string> Addresses => _names.Known;

    /// <summary>The leader as <c>ip:port</c> that a master last named instead of serving a call; it need not be one of <see cref="Addresses"/>. Null: none did.</summary>
    public string? LeaderTold => _leaderTold;

    public void Dispose() => _http.Dispose();

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) where T : notnull =>
        (await CallAsync(HttpMethod.Get, path, null, type, cancel).ConfigureAwait(false)).Result;

    private async Task<TReply> PostAsync<TBody, TReply>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TReply> type, CancellationToken cancel) where TReply : notnull =>
        (await CallAsync(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(body, bodyType), type, cancel).ConfigureAwait(false)).Result;

    private async Task<(string Master, T Result)> CallAsync<T>(HttpMethod method, string path, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : notnull
    {
        var (master, data) = await CallAsync(method, path, body, cancel).ConfigureAwait(false);
        if (GoJson.TryRead(data, type, out var result)) return (master, result);
        throw new MasterException(MasterFailure.BadReply,
            $"master {master}: the data of its answer to {Title(path)} is not a {typeof(T).Name}; is it a CubeFS 3.5 or an embedded master?");
    }

    /// <summary>The call up to a successful envelope.</summary>
    private async Task<(string Master, JsonElement? Data)> CallAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        var failures = new List<string>();
        var unknowing = new List<string>(); // masters that do not know the path
        var answers = 0;
        for (var restarts = 0; restarts <= _settings.RestartsMax; restarts++)
        {
            var restart = false;
            foreach (var master in Order(await _names.AddressesAsync(failures, cancel).ConfigureAwait(false)))
            {
                HttpAnswer answer;
                try
                {
                    answer = await AskAsync(master, method, path, body, cancel).ConfigureAwait(false);
                }
                catch (Exception e) when (!cancel.IsCancellationRequested && e is HttpRequestException or SocketException or IOException or OperationCanceledException)
                {
                    failures.Add($"{master}: {Describe(e)}");
                    continue;
                }

                if (answer.Status == HttpStatusCode.OK) return (master, Open(master, path, answer));
                answers++;
                if (LeaderIn(answer) is { } leader) _leaderTold = leader;
                if (answer.Status == HttpStatusCode.NotFound) unknowing.Add(master);
                failures.Add($"{master}: HTTP {(int)answer.Status} {Excerpt(answer.Body)}".TrimEnd());
                if (answer.Status != HttpStatusCode.Forbidden) continue;
                if (answer.Body.Length == 0)
                    throw new MasterException(MasterFailure.Unreachable, $"{Title(path)}: no valid master ({master} answered 403); check the list of masters");
                restart = true; // it knows of another leader: the whole round again
                break;
            }

            if (!restart) break;
        }

        if (answers > 0 && answers == unknowing.Count) throw UnknownApi(path, unknowing);
        throw new MasterException(MasterFailure.Unreachable,
            $"{Title(path)}: no master served it: {string.Join("; ", failures)}. Check that the masters run and have a leader, then try again");
    }

    /// <summary>Masters that do not serve name the leader as plain text: 403 of older ones, 400 of one that is still loading. Source: control-plane 2.1.</summary>
    private static string? LeaderIn(HttpAnswer answer)
    {
        const int addressBytesMax = 64; // the longest ip:port there is
        return answer.Status is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest && answer.Body.Length is > 0 and <= addressBytesMax
            && IPEndPoint.TryParse(System.Text.Encoding.UTF8.GetString(answer.Body).Trim(), out var leader) && leader.Port != 0 ? leader.ToString() : null;
    }

    /// <summary>The last that answered first, while it is a master still, then all in the order of the settings.</summary>
    private IEnumerable<string> Order(IReadOnlyList<string> masters)
    {
        var last = _lastAnswered;
        return last is null || !masters.Contains(last) ? masters : masters.Where(master => master != last).Prepend(last);
    }

    private async Task<HttpAnswer> AskAsync(string master, HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_settings.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var request = new HttpRequestMessage(method, $"http://{master}{path}");
        if (body is not null) request.Content = new ByteArrayContent(body);
        else if (method == HttpMethod.Post) request.Content = new ByteArrayContent([]);
        if (request.Content is not null) request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("cubeactors/0.1");
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            var answer = new HttpAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false));
            // Any 200 makes a master the first to ask: a follower passes the call on to its leader.
            if (answer.Status == HttpStatusCode.OK) _lastAnswered = master;
            return answer;
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new IOException($"no answer within {_settings.RequestTimeout.TotalSeconds:0.#} s", e);
        }
    }

    private static JsonElement? Open(string master, string path, HttpAnswer answer)
    {
        if (!GoJson.TryRead(answer.Body, MasterJson.Default.RawReply, out var reply))
            throw new MasterException(MasterFailure.BadReply, $"master {master}: its answer to {Title(path)} is no envelope: {Excerpt(answer.Body)}");
        if (reply.Code == MasterReply.Success) return reply.Data;
        throw new MasterException(MasterFailure.Refused, $"master {master} refused {Title(path)}: {MasterErrors.Text(reply.Code, reply.Message ?? "")}", reply.Code);
    }

    private static MasterException UnknownApi(string path, List<string> masters)
    {
        var who = string.Join(", ", masters);
        return new MasterException(MasterFailure.UnknownApi, path.StartsWith("/cubeactors/", StringComparison.Ordinal)
            ? $"objects are kept by the embedded master; {who} does not have them"
            : $"{Title(path)}: {who} does not know this path (404 page not found); it is an older master");
    }

    private static string Describe(Exception e) => e is HttpRequestException { InnerException: { } inner } ? inner.Message : e.Message;

    // Values stay out of messages: a client key could be among them.
    private static string Title(string path) => path.IndexOf('?') is var query and >= 0 ? path[..query] : path;

    private static string Excerpt(byte[] body)
    {
        const int CharsMax = 200;
        var text = Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, CharsMax)).Trim();
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static string Query(string path, params ReadOnlySpan<(string Key, string Value)> values)
    {
        var text = new StringBuilder(path);
        var separator = '?';
        foreach (var (key, value) in values)
        {
            text.Append(separator).Append(key).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return text.ToString();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private readonly record struct HttpAnswer(HttpStatusCode Status, byte[] Body);
}
